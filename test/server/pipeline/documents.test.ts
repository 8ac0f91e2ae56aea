// Documents that a gateway knows: the trusted ones, when only those run, and those that a client has had remembered.

import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { createDocuments } from "../../../src/server/pipeline/documents.js";
import { startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { WAYS } from "../three-ways.js";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const persisted = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

const JOBS = "query Jobs($first: Int) {\n  testJobs(first: $first) {\n    nodes {\n      jobId\n    }\n  }\n}";
const STRANGE = "query Strange { testJobs { nodes { jobId submitter } } }";

let lava: LavaSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  lava = await createLavaSandbox({ jobs: 5, events: false });
});
afterAll(() => lava.close());
beforeEach(() => lava.requests.reset());
afterEach(() => gateway.close());

describe.each(WAYS)("over $name", (way) => {
  describe("with trusted documents", () => {
    beforeEach(async () => {
      gateway = await startGateway({
        lava: [{ url: lava.url, events: "poll" }],
        clients: { trustedDocuments: new Map([[sha256(JOBS), JOBS]]) },
      });
    });
    const variables = { first: 2 };

    test.each([
      ["documentId", { documentId: sha256(JOBS) }],
      ["documentId with the name of its hash", { documentId: `sha256:${sha256(JOBS)}` }],
      ["the hash of a persisted query", { extensions: persisted(sha256(JOBS)) }],
      ["that hash with the name of its kind", { extensions: persisted(`sha256:${sha256(JOBS)}`) }],
      ["its text", { query: JOBS }],
      ["its text in another layout", { query: "query Jobs($first:Int){testJobs(first:$first){nodes{jobId}}} # mine" }],
    ])("one runs by %s", async (_, payload) => {
      const { data, errors } = await way.ask(gateway.origin, { ...payload, variables });
      expect(errors).toBeUndefined();
      expect(data.testJobs.nodes).toHaveLength(2);
    });

    test.each([
      ["another text", { query: STRANGE }],
      ["a trusted text with one field more", { query: JOBS.replace("jobId", "jobId submitter") }],
      ["a text that is none", { query: "{" }],
      ["another hash", { documentId: sha256(STRANGE) }],
      [
        "a hash that its text belongs to, but that is not trusted",
        { query: STRANGE, extensions: persisted(sha256(STRANGE)) },
      ],
      ["a name that every object has", { documentId: "constructor" }],
      ["no hash at all", { extensions: { persistedQuery: null } }],
    ])("%s is refused, and nothing is asked", async (_, payload) => {
      const { data, errors } = await way.ask(gateway.origin, payload);
      expect(data ?? null).toBeNull();
      expect(errors).toMatchObject([{ extensions: { code: "DOCUMENT_NOT_TRUSTED" } }]);
      expect(lava.requests.total()).toBe(0);
    });

    test("a trusted hash beside another text runs what is trusted", async () => {
      const { data } = await way.ask(gateway.origin, { query: STRANGE, documentId: sha256(JOBS), variables });
      expect(Object.keys(data.testJobs.nodes[0])).toEqual(["jobId"]);
    });
  });

  describe("with any", () => {
    beforeEach(async () => {
      gateway = await startGateway({ lava: [{ url: lava.url, events: "poll" }] });
    });

    test("a text is remembered, and runs by its hash from then on, over the other ways too", async () => {
      const byHash = { extensions: persisted(sha256(JOBS)) };
      const unknown = await way.ask(gateway.origin, byHash);
      expect(unknown.errors).toMatchObject([
        { message: "PersistedQueryNotFound", extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } },
      ]);
      expect((await way.ask(gateway.origin, { query: JOBS, ...byHash })).errors).toBeUndefined();
      for (const other of WAYS) expect((await other.ask(gateway.origin, byHash)).data.testJobs.nodes).not.toEqual([]);
    });

    test("a text is not remembered by a hash that is not its own", async () => {
      const wrong = { query: STRANGE, extensions: persisted(sha256(JOBS)) };
      expect((await way.ask(gateway.origin, wrong)).errors).toHaveLength(1);
      expect((await way.ask(gateway.origin, { extensions: persisted(sha256(JOBS)) })).errors).toMatchObject([
        { extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } },
      ]);
      expect(lava.requests.total()).toBe(0);
    });
  });
});

describe("GET", () => {
  const get = async (params: Record<string, string>) => {
    const reply = await fetch(`${gateway.origin}/graphql?${new URLSearchParams(params).toString()}`, {
      headers: { "apollo-require-preflight": "1" },
    });
    return (await reply.json()) as any;
  };

  test("runs trusted documents only, by hash and by text", async () => {
    gateway = await startGateway({
      lava: [{ url: lava.url, events: "poll" }],
      clients: { trustedDocuments: new Map([[sha256(JOBS), JOBS]]) },
    });
    const variables = JSON.stringify({ first: 2 });
    const extensions = JSON.stringify(persisted(sha256(JOBS)));
    for (const named of [{ query: JOBS }, { documentId: sha256(JOBS) }, { extensions }] as Record<string, string>[]) {
      expect((await get({ ...named, variables })).data.testJobs.nodes).toHaveLength(2);
    }
    for (const named of [{ query: STRANGE }, { documentId: sha256(STRANGE) }, {}] as Record<string, string>[]) {
      expect(await get(named)).toMatchObject({ errors: [{ extensions: { code: "DOCUMENT_NOT_TRUSTED" } }] });
    }
  });
});

test("remembered documents are bounded: the oldest goes first", async () => {
  gateway = await startGateway({});
  const { resolve, remembered } = createDocuments(null, 5_000);
  const text = (at: number) => `{ servers { name } } # ${at} ${"x".repeat(1_000_000)}`;
  for (let at = 0; at < 20; at += 1) resolve({ query: text(at), extensions: persisted(sha256(text(at))) });
  expect(remembered.size).toBeLessThan(10);
  expect(resolve({ extensions: persisted(sha256(text(19))) })).toBe(text(19));
  expect(resolve({ extensions: persisted(sha256(text(0))) })).toMatchObject({ message: "PersistedQueryNotFound" });
});
