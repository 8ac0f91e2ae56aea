// GraphQL over Server-Sent Events, distinct connections mode, through a running gateway.

import { createClient } from "graphql-sse";
import type { ExecutionResult } from "graphql-sse";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";

let lava: LavaSandbox;
let gateway: TestGateway;

beforeAll(async () => {
  lava = await createLavaSandbox();
  gateway = await startGateway({ lava: [{ url: lava.url }] });
});
afterAll(async () => {
  await gateway.close();
  await lava.close();
});

const FOLLOW = `subscription ($jobId: ID!) { testJobUpdates(jobIds: [$jobId]) { state source } }`;

async function collect(variables: Record<string, unknown>, headers: Record<string, string> = {}) {
  const client = createClient({ url: `${gateway.origin}/graphql/stream`, headers, retryAttempts: 0 });
  const results: ExecutionResult<Record<string, any>, unknown>[] = [];
  for await (const result of client.iterate<Record<string, any>>({ query: FOLLOW, variables })) results.push(result);
  client.dispose();
  return results;
}

test("a subscription is delivered to its end and then completes", async () => {
  const [jobId] = lava.submit("alice", jobFile("played"));
  const states = (await collect({ jobId })).map((result) => result.data?.testJobUpdates.state as string);
  expect(states.at(-1)).toBe("FINISHED");
  expect(new Set(states).size).toBe(states.length);
});

test("the viewer's token comes with the request", async () => {
  const [jobId] = lava.submit("bob", jobFile("played-private"));
  expect(await collect({ jobId })).toMatchObject([{ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] }]);
  const results = await collect({ jobId }, asUser(lava.users.bob.token));
  expect(results.at(-1)?.data?.testJobUpdates.state).toBe("FINISHED");
});

test("the wire is the protocol's: next events with the result, then a complete event", async () => {
  const reply = await fetch(`${gateway.origin}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: `{ servers { name } }` }),
  });
  expect(reply.status).toBe(200);
  expect(reply.headers.get("content-type")).toMatch(/^text\/event-stream/);
  expect(await reply.text()).toMatch(
    /event: next\ndata: {"data":{"servers":\[{"name":"lava"}\]}}\n\nevent: complete\n/,
  );
});

test("a fault of the document answers it and leaves the gateway alone", async () => {
  for (const [query, code] of [
    ["subscription { nonsense", "GRAPHQL_PARSE_FAILED"],
    ["subscription { nonsense }", "GRAPHQL_VALIDATION_FAILED"],
  ]) {
    const reply = await fetch(`${gateway.origin}/graphql/stream`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ errors: [{ extensions: { code } }] });
  }
  expect((await gateway.query("{ __typename }")).errors).toEqual([]);
});

test("only POST with JSON is served, so that no other site's page can ask", async () => {
  expect((await fetch(`${gateway.origin}/graphql/stream?query={__typename}`)).status).toBe(405);
  const reply = await fetch(`${gateway.origin}/graphql/stream`, { method: "POST", body: `{"query":"{__typename}"}` });
  expect(reply.status).toBe(415);
  const wrong = await fetch(`${gateway.origin}/graphql/stream`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Basic x" },
    body: JSON.stringify({ query: `{ __typename }` }),
  });
  expect(wrong.status).toBe(400);
});

test("a client that leaves is let go of", async () => {
  const [jobId] = lava.submit("alice", jobFile("queued"));
  const leaving = new AbortController();
  const reply = await fetch(`${gateway.origin}/graphql/stream`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: FOLLOW, variables: { jobId } }),
    signal: leaving.signal,
  });
  const reader = reply.body?.getReader();
  await reader?.read();
  leaving.abort();
  // A gateway that still served the stream would wait for it when it closes; the next test file would hang.
  const other = await startGateway({ lava: [{ url: lava.url }] });
  await other.close();
});
