// Texts of a client that want to be more than text: whatever they are and whichever argument they come in, they reach a
// server in the place that is theirs, and no other host, path, parameter, header or element comes of them.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { SaxesParser } from "saxes";
import { isEnumType, isInputObjectType, isListType, isNonNullType, isObjectType, isScalarType } from "graphql";
import type { GraphQLArgument, GraphQLInputType, GraphQLSchema } from "graphql";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createSchema } from "../../src/schema.js";
import { encodeGlobalId } from "../../src/ci/global-id.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";

const EVIL = [
  "../../../evil/",
  "..%2f..%2fevil%2f",
  "..",
  ".",
  "a/../../evil",
  "//evil.example/",
  "http://evil.example/a",
  "@evil.example/",
  "a?evil=1&evil=2#evil",
  "a&evil=1",
  "a;evil=1",
  "a\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1",
  "a\u0000evil",
  "</string></value></param><evil/><param><value><string>",
  "]]><evil/><![CDATA[",
  "<!DOCTYPE a [<!ENTITY evil SYSTEM 'file:///etc/passwd'>]>&evil;",
  "%0d%0aX-Evil:%201",
  "' OR evil=1 --",
  "\ud800 evil \u2028",
];

/** What Etna may ask for, whatever a client says. */
const PATHS = [
  /^\/api\/v0\.2\/(jobs|devices|devicetypes|workers|tags|aliases|system|permissions)\/([\w.%+-]+\/)*$/,
  /^\/RPC2$/,
  /^\/api\/(latestbuilds|queue|evaluation|evaluations|jobs|jobs\/history|jobsets|products?)$/,
  /^\/(build|output|eval)\/[^/]*(\/log\/raw|\/details)?$/,
  /^\/specifications$/,
  /^\/jobset\/[^/]+\/hook\/evaluate$/,
  /^\/admin\/(build|evaluation)\/\d+\/[a-z]+$/,
  /^\/api\/dashboard\/register$/,
  /^\/$/,
];

interface Seen {
  readonly line: string;
  readonly headers: readonly string[];
  readonly body: string;
}

let seen: Seen[] = [];
let schema: GraphQLSchema;
let gateway: TestGateway;
const upstream = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    seen.push({ line: request.url ?? "", headers: request.rawHeaders, body: Buffer.concat(chunks).toString("utf8") });
    response.writeHead(404, { "content-type": "application/json" }).end('{"detail": "Not found."}');
  });
});
beforeAll(async () => {
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  schema = await createSchema();
  gateway = await startGateway({ lava: [{ url, events: "poll" }], cuirass: [{ url, mutations: true }] });
});
afterAll(async () => {
  await gateway.close();
  upstream.close();
});
beforeEach(() => {
  seen = [];
});

/** A value of the type with the text in every place for text; undefined where it has none. */
function filled(type: GraphQLInputType, text: string, depth = 0): unknown {
  if (isNonNullType(type)) return filled(type.ofType, text, depth);
  if (isListType(type)) {
    const item = filled(type.ofType, text, depth);
    return item === undefined ? undefined : [item];
  }
  if (isScalarType(type)) return type.name === "String" || type.name === "ID" ? text : undefined;
  if (!isInputObjectType(type) || depth > 3) return undefined;
  const values = Object.values(type.getFields()).map((field) => {
    const value = filled(field.type, text, depth + 1);
    return [field.name, value ?? (isNonNullType(field.type) ? plain(field.type) : undefined)] as const;
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Any value that the type takes. */
function plain(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return plain(type.ofType);
  if (isListType(type)) return [plain(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) return filled(type, "a") ?? {};
  return { Int: 7, Boolean: true, Float: 1.5, DateTime: "2026-01-01T00:00:00Z" }[type.name] ?? "7";
}

interface Attack {
  readonly name: string;
  readonly document: string;
  readonly variablesFor: (text: string) => Record<string, unknown>;
}

function attackOn(root: "query" | "mutation", fieldName: string, args: readonly GraphQLArgument[], composite: boolean) {
  return args.flatMap((target): Attack[] => {
    if (target.name === "server" || filled(target.type, "x") === undefined) return [];
    const used = args.filter((arg) => arg === target || isNonNullType(arg.type));
    const head = used.map(({ name, type }) => `$${name}: ${String(type)}`).join(", ");
    const inner = used.map(({ name }) => `${name}: $${name}`).join(", ");
    return [
      {
        name: `${fieldName}(${target.name}:)`,
        document: `${root} (${head}) { ${fieldName}(${inner})${composite ? " { __typename }" : ""} }`,
        variablesFor: (text) =>
          Object.fromEntries(used.map((arg) => [arg.name, arg === target ? filled(arg.type, text) : plain(arg.type)])),
      },
    ];
  });
}

function checkAll(): void {
  for (const { line, headers, body } of seen) {
    const [path = "", query = ""] = line.split("?", 2);
    expect(
      PATHS.some((known) => known.test(path)),
      `path ${line}`,
    ).toBe(true);
    // A segment of dots alone would be taken for a way up by any proxy.
    expect(path, `path ${line}`).not.toMatch(/\/(\.|%2e){1,2}(\/|$)|\/\/|#|\\/i);
    expect([...new URLSearchParams(query).keys()]).not.toContain("evil");
    expect(line).toMatch(/^[\x21-\x7e]*$/);
    expect(headers.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())).not.toContain("x-evil");
    if (path === "/RPC2") {
      const elements: string[] = [];
      const parser = new SaxesParser();
      parser.on("opentag", ({ name }) => elements.push(name));
      parser.on("doctype", () => elements.push("DOCTYPE"));
      parser.on("error", (error) => {
        throw error;
      });
      parser.write(body).close();
      expect(elements).not.toContain("evil");
      expect(elements).not.toContain("DOCTYPE");
    }
  }
}

test("every text argument of every query and mutation stays in its place", { timeout: 120_000 }, async () => {
  const attacks = (["query", "mutation"] as const).flatMap((root) => {
    const type = root === "query" ? schema.getQueryType() : schema.getMutationType();
    return Object.values(isObjectType(type) ? type.getFields() : {}).flatMap(({ name, args }) =>
      attackOn(root, name, args, true),
    );
  });
  expect(attacks.length).toBeGreaterThan(40);
  let asked = 0;
  for (const { document, variablesFor, name } of attacks) {
    for (const text of EVIL) {
      seen = [];
      const { errors } = await gateway.query(document, variablesFor(text));
      for (const { extensions } of errors) expect(extensions.code, `${name} ${text}`).not.toBe("INTERNAL_SERVER_ERROR");
      for (const { extensions } of errors)
        expect(extensions.code, `${name} is well-formed`).not.toBe("GRAPHQL_VALIDATION_FAILED");
      asked += seen.length;
      checkAll();
    }
  }
  // They did reach the servers: it is not only that all are refused before.
  expect(asked).toBeGreaterThan(200);
});

test("ids that a client makes up lead to no other place either", async () => {
  const types = [
    "TestJob",
    "TestCase",
    "TestSuite",
    "Device",
    "DeviceType",
    "Worker",
    "Build",
    "Evaluation",
    "Specification",
  ];
  for (const text of EVIL) {
    const ids = types.map((type) =>
      encodeGlobalId(type, ["Build", "Evaluation", "Specification"].includes(type) ? "cuirass" : "lava", text),
    );
    const { errors } = await gateway.query("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids });
    for (const { extensions } of errors) expect(extensions.code).not.toBe("INTERNAL_SERVER_ERROR");
    checkAll();
  }
});

test("paths of exports lead to no other place either", async () => {
  for (const text of EVIL.filter((evil) => !evil.includes("\ud800"))) {
    await fetch(`${gateway.origin}/export/lava/lava/${encodeURIComponent(text)}.csv`);
    await fetch(`${gateway.origin}/export/lava/lava/1/${encodeURIComponent(text)}.csv`);
    await fetch(`${gateway.origin}/export/lava/${encodeURIComponent(text)}/1.csv`);
    checkAll();
  }
});
