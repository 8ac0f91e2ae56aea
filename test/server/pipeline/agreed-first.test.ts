// Nothing runs before the form of the answer, the operation's type and the transport are agreed: a refusal means that
// nothing was done. And equal queries that are under way together are executed once, whatever they came by.

import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { closeGate, startOwnServer } from "../own-server.js";
import { WAYS } from "../three-ways.js";
import type { OwnServer } from "../own-server.js";

const JSON_TYPE = { "content-type": "application/json" };

let server: OwnServer;
beforeAll(async () => {
  server = await startOwnServer();
});
afterAll(() => server.close());

const post = (body: unknown, headers: Record<string, string> = {}, path = "/graphql") =>
  fetch(`${server.origin}${path}`, {
    method: "POST",
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify(body),
  });

describe("a mutation that is refused has not run", () => {
  test.each([
    "text/plain",
    "text/html",
    "multipart/mixed",
    "multipart/mixed;deferSpec=20220824",
    "multipart/mixed;subscriptionSpec=1.0",
    "application/xml, image/*",
    "application/json;q=0",
  ])("with Accept: %s", async (accept) => {
    const before = server.runs();
    const reply = await post({ query: "mutation { add }" }, { accept });
    expect(reply.status).toBe(406);
    expect(((await reply.json()) as any).errors).toMatchObject([{ extensions: { code: "BAD_REQUEST" } }]);
    expect(server.runs()).toBe(before);
  });

  test.each([
    ["by GET", "/graphql?query=mutation%7Badd%7D", {}, 405],
    [
      "by GET, where a query beside it is not asked for",
      `/graphql?query=${encodeURIComponent("query Q{hello} mutation M{add}")}&operationName=M`,
      {},
      405,
    ],
    [
      "by a GET for a stream",
      "/graphql/stream?query=mutation%7Badd%7D",
      { headers: { accept: "text/event-stream" } },
      405,
    ],
    [
      "as a stream that the client does not take",
      "/graphql/stream",
      { method: "POST", headers: { ...JSON_TYPE, accept: "application/json" }, body: `{"query":"mutation{add}"}` },
      406,
    ],
    ["as a form", "/graphql", { method: "POST", body: new URLSearchParams({ query: "mutation{add}" }) }, 400],
    ["by PUT", "/graphql", { method: "PUT", headers: JSON_TYPE, body: `{"query":"mutation{add}"}` }, 405],
  ] as const)("%s", async (_, path, init, status) => {
    const before = server.runs();
    const reply = await fetch(`${server.origin}${path}`, init);
    expect(reply.status).toBe(status);
    await reply.text();
    expect(server.runs()).toBe(before);
  });

  test.each([
    undefined,
    "*/*",
    "application/*",
    "application/json",
    "application/graphql-response+json",
    "text/html, */*;q=0.1",
  ])("and with Accept: %s it runs", async (accept) => {
    const before = server.runs();
    const reply = await post({ query: "mutation { add }" }, accept === undefined ? {} : { accept });
    expect([reply.status, await reply.json()]).toEqual([200, { data: { add: before + 1 } }]);
  });
});

describe("a subscription by POST without a stream is refused, with the addresses where it runs", () => {
  test.each([
    "*/*",
    "application/json",
    "application/graphql-response+json",
    "text/event-stream;q=0",
    "text/event-stream; q=0.000, */*",
    'multipart/mixed;subscriptionSpec="1.0";q=0',
  ])("with Accept: %s", async (accept) => {
    const reply = await post({ query: "subscription { forever }" }, { accept });
    expect(reply.status).toBe(406);
    const { errors } = (await reply.json()) as any;
    expect(errors).toHaveLength(1);
    expect(errors[0].extensions).toEqual({ code: "BAD_REQUEST" });
    expect(errors[0].message).toMatch(/\/graphql\/stream/);
    expect(errors[0].message).toMatch(/WebSocket/);
    expect(errors[0].message).toMatch(/text\/event-stream/);
    expect(server.faults).toEqual([]);
    expect(server.started()).toBe(0);
  });

  test("by GET with 405", async () => {
    const reply = await fetch(`${server.origin}/graphql?query=subscription%7Bforever%7D`);
    expect([reply.status, reply.headers.get("allow")]).toEqual([405, "POST"]);
    await reply.text();
    expect(server.started()).toBe(0);
  });

  test("with Accept: text/event-stream it runs", async () => {
    const reply = await post({ query: "subscription { count(to: 2) }" }, { accept: "text/event-stream" });
    expect(reply.status).toBe(200);
    expect(await reply.text()).toContain(`{"count":2}`);
  });
});

describe("equal queries under way together", () => {
  const QUERY = "query Gated($x: Int) { gated half(of: $x) }";
  const variables = { x: 4 };
  const hash = createHash("sha256").update(QUERY).digest("hex");
  const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
  const get = (params: Record<string, string>) =>
    fetch(
      `${server.origin}/graphql?${new URLSearchParams({ ...params, variables: JSON.stringify(variables) }).toString()}`,
    );

  test("are executed once, whichever way they came and however they are written", async () => {
    const open = closeGate();
    const [before, { shared }] = [server.runs(), server.responseStats()];
    const first = post({ query: QUERY, extensions, variables });
    await vi.waitFor(() => expect(server.runs()).toBe(before + 1));
    const others = [
      post({ query: QUERY, variables }),
      post({ query: QUERY, variables, at: 1 }),
      post({ query: QUERY, variables: { ...variables, at: 1 } }),
      post({ query: QUERY, variables, operationName: "Gated" }),
      post({ extensions, variables }),
      post({ documentId: hash, variables }),
      get({ query: QUERY }),
      get({ extensions: JSON.stringify(extensions) }),
      get({ documentId: `sha256:${hash}` }),
      post({ query: QUERY, variables }, { accept: "application/graphql-response+json" }),
    ].map(async (reply) => (await reply).json() as any);
    others.push(...WAYS.map((way) => way.ask(server.origin, { query: QUERY, variables })));
    await vi.waitFor(() => expect(server.responseStats().shared).toBe(shared + others.length));
    open();
    const answers = [await (await first).json(), ...(await Promise.all(others))];
    for (const answer of answers) expect(answer).toEqual({ data: { gated: before + 1, half: 2 } });
    expect(server.runs()).toBe(before + 1);
  });

  test("are not mixed up with those of other variables, operations or rights", async () => {
    const open = closeGate();
    const [before, { shared }] = [server.runs(), server.responseStats()];
    const two = `${QUERY} query Other($x: Int) { gated half(of: $x) }`;
    const asked = [
      post({ query: QUERY, variables }),
      post({ query: QUERY, variables: { x: 2 } }),
      post({ query: QUERY }),
      post({ query: two, variables, operationName: "Gated" }),
      post({ query: two, variables, operationName: "Other" }),
      post({ query: QUERY, variables }, { authorization: "Token abc" }),
    ];
    await vi.waitFor(() => expect(server.runs()).toBe(before + asked.length));
    open();
    const answers = await Promise.all(asked.map(async (reply) => (await reply).json() as any));
    expect(new Set(answers.map(({ data }) => data.gated as number)).size).toBe(asked.length);
    expect(server.responseStats().shared).toBe(shared);
  });
});
