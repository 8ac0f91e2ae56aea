// The client over a real gateway, and over a link that breaks: each change once, whichever way subscriptions come.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { createEtnaClient } from "../../client/src/index.js";
import type { EtnaClient, EtnaClientOptions } from "../../client/src/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { freePort, untilConnected } from "../e2e/scene.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { startTcpProxy } from "../support/tcp-proxy.js";
import type { TcpProxy } from "../support/tcp-proxy.js";

const FOLLOW = `subscription ($jobId: ID!, $after: String) {
  testJobUpdates(jobIds: [$jobId], after: $after) { cursor cursorExpired state }
}`;
interface Followed {
  readonly testJobUpdates: { readonly state: string; readonly cursorExpired: boolean };
}

let lava: LavaSandbox;
let gateway: TestGateway;
let link: TcpProxy;
const clients: EtnaClient[] = [];

beforeAll(async () => {
  lava = await createLavaSandbox({ jobs: 0 });
  gateway = await startGateway({ lava: [{ name: "lab", url: lava.url }] });
  link = await startTcpProxy(Number(new URL(gateway.origin).port));
  await untilConnected(gateway);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await link.close();
  await gateway.close();
  await lava.close();
});

function connect(options: Partial<EtnaClientOptions> = {}): EtnaClient {
  const client = createEtnaClient({ url: gateway.origin, ...options });
  clients.push(client);
  return client;
}

const submit = (file = "queued") => lava.submit("alice", jobFile(file))[0] ?? "";
const codeOf = (failing: Promise<unknown>) => failing.then(() => "no error").catch((error: unknown) => toCode(error));
const toCode = (error: unknown) => (error instanceof Error && "code" in error ? error.code : error);

describe("request", () => {
  test("gives the data of a query, with or without /graphql in the address", async () => {
    for (const path of ["", "/", "/graphql", "/graphql/"]) {
      const client = connect({ url: `${gateway.origin}${path}` });
      expect(await client.request("{ servers { name } }")).toEqual({ servers: [{ name: "lab" }] });
    }
  });

  test("throws the gateway's code, with what came in spite of the errors", async () => {
    const client = connect();
    expect(await codeOf(client.request("{ nothing }"))).toBe("GRAPHQL_VALIDATION_FAILED");
    const query = `query ($id: ID!) { servers { name } testJob(jobId: $id, server: "nowhere") { state } }`;
    await expect(client.request(query, { id: "1" })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      data: { servers: [{ name: "lab" }], testJob: null },
    });
  });

  test("shows the token to its gateway only: not over plain http, nor where a redirect leads", async () => {
    const token = lava.users.alice.token;
    const job = submit("played-private");
    const ask = (client: EtnaClient) => client.request(`{ testJob(jobId: "${job}") { jobId } }`);
    const seen = { testJob: { jobId: job } };
    expect(await ask(connect())).toEqual({ testJob: null });
    expect(await ask(connect({ token }))).toEqual(seen);
    expect(await ask(connect({ token: () => Promise.resolve(token), server: "lab" }))).toEqual(seen);
    const elsewhere = { url: "http://etna.invalid", token, transport: "sse" } as const;
    expect(await codeOf(ask(connect(elsewhere)))).toBe("INSECURE");
    expect(await codeOf(connect(elsewhere).waitForTestJob(job))).toBe("INSECURE");
    const shown: unknown[] = [];
    const redirects = createServer(({ headers }, response) => {
      shown.push(headers.authorization);
      response.writeHead(307, { location: `${gateway.origin}/graphql` }).end();
    });
    await new Promise<void>((resolve) => redirects.listen(0, "127.0.0.1", resolve));
    const { port } = redirects.address() as AddressInfo;
    expect(await codeOf(ask(connect({ url: `http://127.0.0.1:${port}`, token })))).toBe("NOT_A_GATEWAY");
    expect(shown).toEqual([`Token ${token}`]);
    redirects.close();
  });

  test("says where no gateway answers, and takes an address of http only", async () => {
    const port = await freePort();
    const failing = connect({ url: `http://user:secret@127.0.0.1:${port}/ci` }).request("{ servers { name } }");
    await expect(failing).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: `no gateway answers at http://127.0.0.1:${port}/ci/graphql`,
      cause: expect.any(Error),
    });
    expect(() => createEtnaClient({ url: "ftp://127.0.0.1" })).toThrow(TypeError);
  });
});

test("answers come with their errors where they are asked for as they came", async () => {
  const client = connect({ webSocket: WebSocket });
  const text = `query Other { nothing: servers { name } } query Both { servers { name } testJob(jobId: "1", server: "x") { state } }`;
  expect(await client.requestAnswer(text, {}, { operationName: "Both" })).toMatchObject({
    data: { servers: [{ name: "lab" }], testJob: null },
    errors: [{ path: ["testJob"], extensions: { code: "BAD_USER_INPUT" } }],
  });
  const job = submit();
  await lava.advance(Number(job), "Finished");
  // What fails beside a state is no end of it.
  const partly = `subscription ($jobId: ID!) {
    testJobUpdates(jobIds: [$jobId]) { state testJob { cases(first: 1, after: "nonsense") { totalCount } } }
  }`;
  const states: unknown[] = [];
  for await (const { data, errors } of client.subscribeAnswers(partly, { jobId: job }))
    states.push([data, errors?.length]);
  expect(states).toMatchObject([[{ testJobUpdates: { state: "FINISHED" } }, 1]]);
});

describe.each([
  ["a WebSocket", { transport: "websocket", webSocket: WebSocket }],
  ["an event stream", { transport: "sse" }],
] as const)("a subscription over %s", (_, transport) => {
  const overLink = (options: Partial<EtnaClientOptions> = {}) =>
    connect({ url: `http://127.0.0.1:${link.port}`, ...transport, ...options });

  test("goes on behind the last update after a break: each change once, none missed", async () => {
    const jobId = submit();
    const updates = overLink().subscribe<Followed>(FOLLOW, { jobId });
    const states: string[] = [];
    const next = async () => {
      const { value, done } = await updates.next();
      if (done === true) return false;
      states.push(`${value.testJobUpdates.state}${value.testJobUpdates.cursorExpired ? " again" : ""}`);
      return true;
    };
    await next();
    link.cut();
    await lava.advance(Number(jobId), "Running");
    link.mend();
    await next();
    link.cut();
    await lava.advance(Number(jobId), "Finished");
    link.mend();
    while (await next());
    expect(states).toEqual(["SUBMITTED", "SCHEDULED", "RUNNING", "FINISHED"]);
  });

  test("ends where it is left, at the gateway too", async () => {
    const open = async () => /^etna_subscribers\{.*\} (\d+)$/m.exec(await metrics())?.[1] ?? "0";
    const metrics = async () => (await fetch(`${gateway.origin}/metrics`)).text();
    const before = await open();
    for await (const { testJobUpdates } of overLink().subscribe<Followed>(FOLLOW, { jobId: submit() })) {
      expect(testJobUpdates.state).toBe("SUBMITTED");
      break;
    }
    await vi.waitFor(async () => expect(await open()).toBe(before));
  });

  test("is refused with the gateway's code, and with UNREACHABLE where none answers", async () => {
    expect(await codeOf(overLink().subscribe("subscription { nothing }").next())).toBe("GRAPHQL_VALIDATION_FAILED");
    const nowhere = overLink({ url: `http://127.0.0.1:${await freePort()}`, retry: { first: 2, maxDelayMs: 10 } });
    const failed: unknown = await nowhere
      .subscribe(FOLLOW, { jobId: "1" })
      .next()
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "UNREACHABLE", cause: expect.any(Error) });
    expect(inspect(failed)).toContain("ECONNREFUSED");
    const refused = overLink({ token: "a-token", server: "nowhere" }).subscribe(FOLLOW, { jobId: "1" });
    expect(await codeOf(refused.next())).toBe(transport.transport === "sse" ? "BAD_USER_INPUT" : "CLOSED");
  });

  test("gives up by its signal and by its client's end, and takes what a caller says of going on", async () => {
    const jobId = submit();
    const left = new AbortController();
    const updates = overLink().subscribe(FOLLOW, { jobId }, { signal: left.signal });
    await updates.next();
    const waiting = updates.next();
    left.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    const client = overLink();
    const others = client.subscribe(FOLLOW, { jobId }, { resume: (_data, variables) => variables });
    await others.next();
    link.cut();
    link.mend();
    // The same variables: the present state once more.
    expect((await others.next()).value).toMatchObject({ testJobUpdates: { state: "SUBMITTED" } });
    const last = others.next();
    client.close();
    expect(await codeOf(last)).toBe("CLOSED");
  });

  test("waits for a test job's end over a break", async () => {
    const jobId = submit();
    const states: string[] = [];
    const ended = overLink().waitForTestJob(jobId, { onProgress: ({ state }) => states.push(state) });
    await vi.waitFor(() => expect(states).toEqual(["SUBMITTED"]));
    link.cut();
    await lava.advance(Number(jobId), "Finished");
    link.mend();
    expect(await ended).toMatchObject({
      state: "FINISHED",
      health: "COMPLETE",
      resultsReady: true,
      testJob: { jobId },
    });
    expect(states.at(-1)).toBe("FINISHED");
  });

  test("waits no longer than it may, and not for a job that is not there", async () => {
    const client = overLink();
    await expect(client.waitForTestJob(submit(), { timeoutMs: 50 })).rejects.toMatchObject({ code: "TIMED_OUT" });
    expect(await codeOf(client.waitForTestJob("999999"))).toBe(await refusalOf("999999"));
  });
});

/** What the gateway itself says to a subscriber of such a job. */
async function refusalOf(jobId: string): Promise<unknown> {
  const refused = await gateway.subscribe(FOLLOW, { jobId }).rest();
  return refused[0]?.errors?.[0]?.extensions["code"] ?? "ENDED";
}

test("documents with their types are taken as codegen and gql.tada write them", async () => {
  const text = "query Names { servers { name } }";
  class TypedDocumentString extends String {
    readonly __apiType?: (variables: Record<string, never>) => {
      readonly servers: readonly { readonly name: string }[];
    };
  }
  const parsed = { kind: "Document", definitions: [], loc: { source: { body: text } } };
  const client = connect();
  const { servers } = await client.request(new TypedDocumentString(text), {});
  expect(servers[0]?.name).toBe("lab");
  expect(await client.request(parsed)).toEqual({ servers: [{ name: "lab" }] });
  const withoutText = { kind: "Document" };
  await expect(client.request(withoutText)).rejects.toThrow(/print it first/);
});
