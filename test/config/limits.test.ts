// What the configuration says of clients: each key, its faults, and what `--production` stands for.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "../../src/config/config.js";
import type { ConfigFlags } from "../../src/config/config.js";
import type { ClientsConfig } from "../../src/config/limits.js";
import { DEFAULT_CLIENT_LIMITS, withDefaults } from "../../src/server/limits/limits.js";

const folder = mkdtempSync(join(tmpdir(), "etna-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const fileOf = (text: string): string => {
  files += 1;
  const path = join(folder, `${files}.yaml`);
  writeFileSync(path, text);
  return path;
};
const read = (yaml: string, flags: ConfigFlags = {}): ClientsConfig | undefined =>
  readConfig({ config: fileOf(yaml), ...flags }, {}).clients;
const faultsOf = (yaml: string, flags: ConfigFlags = {}): readonly string[] => {
  try {
    read(yaml, flags);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error("was accepted");
};

test("without a word everything is shown, no page may call, and the limits are the defaults", () => {
  const clients = read("");
  expect(clients).toEqual({
    limits: {},
    origins: [],
    introspection: true,
    graphiql: true,
    page: true,
    suggestions: false,
    trustedDocuments: null,
  });
  expect(read("{ page: false, production: true }")?.page).toBe(false);
  expect(read("production: true")?.page).toBe(true);
  expect(withDefaults(clients?.limits)).toEqual(DEFAULT_CLIENT_LIMITS);
});

test("each limit can be set by itself, and leaves the others alone", () => {
  const clients = read(`limits:
  query: { tokens: 1000, depth: 7, aliases: 0, repeats: 4, directives: 1, rootFields: 2, cost: 99, pageSize: 50 }
  bodyBytes: 1000
  messageBytes: 2000
  jsonValues: 2500
  answerBytes: 3000
  deadlineSeconds: 2.5
  operationsPerSocket: 3
  connectionsPerAddress: 6
  socketsPerAddress: 4
  operationsPerAddress: 5
  proxies: 1`);
  expect(withDefaults(clients?.limits)).toEqual({
    query: { tokens: 1000, depth: 7, aliases: 0, repeats: 4, directives: 1, rootFields: 2, cost: 99, pageSize: 50 },
    bodyBytes: 1000,
    messageBytes: 2000,
    jsonValues: 2500,
    answerBytes: 3000,
    deadlineMs: 2500,
    operationsPerSocket: 3,
    connectionsPerAddress: 6,
    socketsPerAddress: 4,
    operationsPerAddress: 5,
    proxies: 1,
  });
  const one = withDefaults(read("limits: { query: { cost: 7 } }")?.limits);
  expect(one).toEqual({ ...DEFAULT_CLIENT_LIMITS, query: { ...DEFAULT_CLIENT_LIMITS.query, cost: 7 } });
});

test("faults are told together, each with its key and an example", () => {
  const faults = faultsOf(`production: perhaps
cors: { origins: ["https://dashboard.example.org/page", "*"] }
trustedDocuments: ""
limits: { query: { cost: 0, width: 3 }, deadlineSeconds: 0, proxies: -1 }`);
  expect(faults).toHaveLength(8);
  for (const start of [
    /^production: .*; e\.g\. true$/,
    /^cors\.origins\.0: is not an origin.*; e\.g\. \[https:\/\/dashboard\.example\.org\]$/,
    /^cors\.origins\.1: is not an origin/,
    /^trustedDocuments: .*; e\.g\. \/etc\/etna\/documents\.json$/,
    /^limits\.query\.cost: .*; e\.g\. 300$/,
    /^limits\.query: unknown key width/,
    /^limits\.deadlineSeconds: .*; e\.g\. 60$/,
    /^limits\.proxies: .*; e\.g\. 1$/,
  ]) {
    expect(faults).toContainEqual(expect.stringMatching(start));
  }
});

describe("production", () => {
  const hidden = { introspection: false, graphiql: false, suggestions: false };

  test("hides the schema, by key and by flag", () => {
    expect(read("production: true")).toMatchObject(hidden);
    expect(read("", { production: true })).toMatchObject(hidden);
    expect(read("production: false", { production: true })).toMatchObject(hidden);
  });

  test("leaves each part to its own key", () => {
    expect(read("{ production: true, introspection: true }")).toMatchObject({ ...hidden, introspection: true });
    expect(read("{ production: true, graphiql: true }")).toMatchObject({ ...hidden, graphiql: true });
    expect(read("introspection: false")).toMatchObject({ introspection: false, graphiql: true });
    expect(read("suggestions: true")).toMatchObject({ introspection: true, graphiql: true, suggestions: true });
  });
});

test("origins of flags stand in for those of the file", () => {
  const file = "cors: { origins: ['https://dashboard.example.org'] }";
  expect(read(file, { cors: ["http://localhost:5173", "https://b.example.org"] })?.origins).toEqual([
    "http://localhost:5173",
    "https://b.example.org",
  ]);
  expect(faultsOf("", { cors: ["localhost:5173"] })).toEqual([
    expect.stringMatching(/^cors\.origins\.0: is not an origin/),
  ]);
});

test("origins are read as browsers write them", () => {
  const { origins } = read("cors: { origins: ['https://Dashboard.example.org', 'http://localhost:5173/'] }") ?? {};
  expect(origins).toEqual(["https://dashboard.example.org", "http://localhost:5173"]);
});

describe("trusted documents", () => {
  const hash = "a".repeat(64);

  test("are read from the file, named by key or by flag", () => {
    const file = fileOf(JSON.stringify({ [hash]: "{ servers { name } }" }));
    for (const clients of [read(`trustedDocuments: ${file}`), read("", { "trusted-documents": file })]) {
      expect([...(clients?.trustedDocuments ?? [])]).toEqual([[hash, "{ servers { name } }"]]);
    }
  });

  test("are read with `sha256:` before the hash, as client-preset writes them, and from a manifest of Apollo's", () => {
    const expected = [[hash, "{ servers { name } }"]];
    const documentsIn = (text: unknown) => [
      ...(read(`trustedDocuments: ${fileOf(JSON.stringify(text))}`)?.trustedDocuments ?? []),
    ];
    expect(documentsIn({ [`sha256:${hash}`]: "{ servers { name } }" })).toEqual(expected);
    const operation = { id: hash, name: "Servers", type: "query", body: "{ servers { name } }" };
    const manifest = { format: "apollo-persisted-query-manifest", version: 1, operations: [operation] };
    expect(documentsIn(manifest)).toEqual(expected);
  });

  test.each([
    [
      "that is a manifest of another version",
      '{"format": "apollo-persisted-query-manifest", "version": 2}',
      "version 1",
    ],
    [
      "that is a manifest with ids of its own",
      '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "Jobs", "body": "{ a }"}]}',
      "no SHA-256 with its document",
    ],
    ["that is not there", null, "can't be read"],
    ["that is not JSON", "{", "is not JSON"],
    ["that is a list", "[]", "is not a JSON object"],
    ["with a name for a hash", '{"Jobs": "{ servers { name } }"}', "no SHA-256 with its document"],
    ["with a number for a document", `{"${hash}": 5}`, "no SHA-256 with its document"],
  ])("refuse a file %s", (_, text, fault) => {
    const file = text === null ? join(folder, "nothing.json") : fileOf(text);
    expect(faultsOf("", { "trusted-documents": file })).toEqual([expect.stringContaining(fault)]);
  });
});
