// Equal operations at the same time: queries are executed once for all who ask, and given again; mutations each run, however
// their request is written. What an operation is, is asked of its document: no spelling of the request may hide it.

import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import type { ClientsConfig } from "../../src/config/limits.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const persisted = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } });

const TIMES = 10;
const DEFINITION = jobFile("queued");
const SUBMIT = `mutation Submit ($definition: String!) { submitTestJob(definition: $definition) { ... on TestJobsSubmitted { jobIds } } }`;
const variables = { definition: DEFINITION };
const plainBody = JSON.stringify({ query: SUBMIT, variables });
const inAnotherOrder = `fragment F on TestJobsSubmitted { jobIds } ${SUBMIT.replace("jobIds", "...F")}`;

let lava: LavaSandbox;
let gateway: TestGateway;
let headers: Record<string, string>;
beforeAll(async () => {
  lava = await createLavaSandbox({ jobs: 20 });
  headers = { "content-type": "application/json", ...asUser(lava.users.alice.token) };
});
afterAll(() => lava.close());
beforeEach(() => lava.requests.reset());
afterEach(() => gateway.close());

const start = async (clients: Partial<ClientsConfig> = {}) => {
  gateway = await startGateway({ lava: [{ url: lava.url, events: "poll", share: true }], clients });
};
const post = async (body: string) => {
  const reply = await fetch(`${gateway.origin}/graphql`, { method: "POST", headers, body });
  return (await reply.json()) as any;
};

describe("identical mutations under way together each run", () => {
  const each = async (body: string) => {
    const answers = await Promise.all(Array.from({ length: TIMES }, () => post(body)));
    const ids = answers.map(({ data }) => String(data.submitTestJob.jobIds));
    expect(new Set(ids).size).toBe(TIMES);
    expect(lava.requests.counts()["POST jobs/"]).toBe(TIMES);
  };

  test.each([
    ["as they are", plainBody],
    ["with a line feed before the word", JSON.stringify({ query: `\n${SUBMIT}`, variables })],
    ["with an escaped letter in the word", plainBody.replace("mutation", "mut\\u0061tion")],
    ["with an escaped letter in the key", plainBody.replace(`"query"`, `"qu\\u0065ry"`)],
    ["with a fragment printed first", JSON.stringify({ query: inAnotherOrder, variables })],
    ["with a comment between", JSON.stringify({ query: SUBMIT.replace("mutation", "#\nmutation#\n"), variables })],
    [
      "beside a query that is not asked for",
      JSON.stringify({ query: `query Q { servers { name } }\n${SUBMIT}`, operationName: "Submit", variables }),
    ],
  ])("%s", async (_, body) => {
    await start();
    await each(body);
  });

  test("by the hash of a persisted document, and by `documentId` with a key `query` elsewhere in the body", async () => {
    await start();
    expect((await post(JSON.stringify({ query: "query { servers { name } }" }))).errors).toBeUndefined();
    const text = SUBMIT.replace("Submit", "Persisted");
    const extensions = persisted(text);
    const first = await post(JSON.stringify({ query: text, extensions, variables }));
    expect(first.errors).toBeUndefined();
    lava.requests.reset();
    await each(JSON.stringify({ extensions: { ...extensions, query: "query" }, variables }));
  });

  test("by the id of a trusted document", async () => {
    await start({ trustedDocuments: new Map([[sha256(SUBMIT), SUBMIT]]) });
    await each(JSON.stringify({ documentId: sha256(SUBMIT), variables, extensions: { query: "query" } }));
  });
});

describe("identical queries", () => {
  const JOBS = "query Jobs($first: Int) { testJobs(first: $first) { nodes { jobId } } }";
  const page = { first: 3 };
  type Ask = () => Promise<unknown>;
  const byPost =
    (body: unknown): Ask =>
    () =>
      post(JSON.stringify(body));
  const byGet =
    (params: Record<string, string>): Ask =>
    async () => {
      const search = new URLSearchParams({ ...params, variables: JSON.stringify(page) }).toString();
      const reply = await fetch(`${gateway.origin}/graphql?${search}`, { headers: asUser(lava.users.alice.token) });
      expect(reply.headers.get("cache-control")).toBe("private, no-cache");
      return reply.json();
    };

  const WAYS: readonly (readonly [string, boolean, Ask])[] = [
    ["POST with the text", false, byPost({ query: JOBS, variables: page })],
    ["GET with the text", false, byGet({ query: JOBS })],
    ["POST with the hash alone", false, byPost({ extensions: persisted(JOBS), variables: page })],
    ["GET with the hash alone", false, byGet({ extensions: JSON.stringify(persisted(JOBS)) })],
    ["POST with the id of a trusted document", true, byPost({ documentId: sha256(JOBS), variables: page })],
    ["GET with the id of a trusted document", true, byGet({ documentId: sha256(JOBS) })],
    ["POST with a key that means nothing", false, () => byPost({ query: JOBS, variables: page, at: Math.random() })()],
    [
      "POST with a variable that means nothing",
      false,
      () => byPost({ query: JOBS, variables: { ...page, at: Math.random() } })(),
    ],
    ["POST with its name, or without", false, () => post(JSON.stringify(named()))],
  ];
  let count = 0;
  const named = () => ({ query: JOBS, variables: page, ...(count++ % 2 === 0 ? {} : { operationName: "Jobs" }) });

  const prepare = async (trusted: boolean) => {
    await start(trusted ? { trustedDocuments: new Map([[sha256(JOBS), JOBS]]) } : {});
    if (!trusted) expect(await byPost({ query: JOBS, extensions: persisted(JOBS) })()).not.toHaveProperty("errors");
  };
  const stats = async () => {
    const text = await (await fetch(`${gateway.origin}/metrics`)).text();
    const of = (result: string) =>
      Number(new RegExp(`^etna_responses_total\\{result="${result}"\\} (\\d+)`, "m").exec(text)?.[1] ?? 0);
    return { kept: of("hit") };
  };

  test.each(WAYS)("by %s are given again", async (_, trusted, ask) => {
    await prepare(trusted);
    // Not at the first try where the beginning of polling has just ended the life of what was kept.
    await vi.waitFor(
      async () => {
        const first = await ask();
        const before = await stats();
        for (let time = 0; time < 4; time += 1) expect(await ask()).toEqual(first);
        expect((await stats()).kept - before.kept).toBe(4);
      },
      { timeout: 10_000 },
    );
  });

  test("of different forms of the answer are not mixed up", async () => {
    await start();
    const ask = async (accept: string) => {
      const reply = await fetch(`${gateway.origin}/graphql`, {
        method: "POST",
        headers: { ...headers, accept },
        body: JSON.stringify({ query: JOBS, variables: page }),
      });
      return reply.headers.get("content-type");
    };
    for (let time = 0; time < 3; time += 1) {
      expect(await ask("application/json")).toMatch(/^application\/json/);
      expect(await ask("application/graphql-response+json")).toMatch(/^application\/graphql-response\+json/);
    }
  });
});
