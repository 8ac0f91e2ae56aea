// `/metrics` and the log of a running gateway: what is counted, that it adds up, and that no label or line holds what
// is a client's own.

import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { VERSION } from "../../src/version.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { FOLLOW, freePort, untilConnected } from "./scene.js";

let lava: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;

beforeAll(async () => {
  [lava, cuirass] = await Promise.all([createLavaSandbox({ jobs: 5 }), createCuirassSandbox({})]);
  gateway = await startGateway({
    lava: [{ name: "lab", url: lava.url }],
    cuirass: [{ name: "guix", url: cuirass.url }],
  });
  await untilConnected(gateway);
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([lava.close(), cuirass.close()]);
});

async function metricsText(origin = gateway.origin): Promise<string> {
  const reply = await fetch(`${origin}/metrics`);
  expect(reply.status).toBe(200);
  expect(reply.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  return reply.text();
}

/** The value of one series, `name` or `name{labels}`; 0 where there is none. */
async function valueOf(series: string, origin?: string): Promise<number> {
  const line = (await metricsText(origin)).split("\n").find((text) => text.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly requestId?: string | null;
  readonly [key: string]: unknown;
}

function logged(msg: string, from: TestGateway = gateway): LogLine[] {
  return from.logLines.map((line) => JSON.parse(line) as LogLine).filter((line) => line.msg === msg);
}

describe("/metrics", () => {
  test("says which Etna runs", async () => {
    expect(await valueOf(`etna_build_info{version="${VERSION}",node="${process.version}"}`)).toBe(1);
  });

  test("counts operations by type, transport and code, and what each took", async () => {
    const ok = `etna_operations_total{type="query",transport="http",code="OK"}`;
    const refused = `etna_operations_total{type="unknown",transport="http",code="GRAPHQL_VALIDATION_FAILED"}`;
    const took = `etna_operation_seconds_count{type="query",transport="http"}`;
    const before = await Promise.all([valueOf(ok), valueOf(refused), valueOf(took)]);
    expect((await gateway.query(`query Counted { testJobs(first: 3) { nodes { jobId } } }`)).errors).toEqual([]);
    await gateway.query(`{ noSuchField }`);
    expect(await Promise.all([valueOf(ok), valueOf(refused), valueOf(took)])).toEqual([
      before[0] + 1,
      before[1] + 1,
      before[2] + 1,
    ]);
  });

  test("counts a whole answer from memory as a response, and not as an operation that ran", async () => {
    const ran = `etna_operations_total{type="query",transport="http",code="OK"}`;
    const hits = `etna_responses_total{result="hit"}`;
    const ask = () => gateway.query(`query Again { testJobs(first: 2) { nodes { jobId state } } }`);
    // Not at the first try where an event, or the bus coming up, has just ended the life of what was remembered.
    await vi.waitFor(async () => {
      const before = await Promise.all([valueOf(ran), valueOf(hits)]);
      await ask();
      expect(await Promise.all([valueOf(ran), valueOf(hits)])).toEqual([before[0], before[1] + 1]);
    });
  });

  test("counts upstream calls by server, operation and outcome, and reads by what answered them", async () => {
    const calls = `etna_upstream_calls_total{server="lab",operation="GET devicetypes/",outcome="200"}`;
    const misses = `etna_reads_total{server="lab",result="miss"}`;
    const before = await Promise.all([valueOf(calls), valueOf(misses)]);
    await gateway.query(`{ deviceTypes(first: 2) { nodes { name } } }`);
    expect(await Promise.all([valueOf(calls), valueOf(misses)])).toEqual([before[0] + 1, before[1] + 1]);
    expect(await valueOf(`etna_upstream_call_seconds_count{server="lab",operation="GET devicetypes/"}`)).toBe(
      before[0] + 1,
    );
    await gateway.query(`{ specifications { name } }`);
    expect(
      await valueOf(`etna_upstream_calls_total{server="guix",operation="GET /specifications",outcome="200"}`),
    ).toBeGreaterThan(0);
  });

  test("tells of events, the queue, the breaker, memory and the process", async () => {
    const source = (name: string) => valueOf(`etna_events_source{server="lab",source="${name}"}`);
    expect([await source("ZMQ"), await source("POLL")]).toEqual([1, 0]);
    const received = `etna_events_received_total{server="lab"}`;
    const before = await valueOf(received);
    lava.submit("alice", jobFile("queued"));
    await vi.waitFor(async () => expect(await valueOf(received)).toBeGreaterThan(before));
    expect(await valueOf(`etna_events_last_timestamp_seconds{server="lab"}`)).toBeGreaterThan(Date.now() / 1000 - 60);
    expect(await valueOf(`etna_upstream_breaker{server="lab",state="closed"}`)).toBe(1);
    expect(await valueOf(`etna_upstream_breaker{server="lab",state="open"}`)).toBe(0);
    expect(await metricsText()).toMatch(/^etna_upstream_waiting\{server="guix"\} 0$/m);
    expect(await valueOf("etna_memory_max_bytes")).toBe(256 * 1024 * 1024);
    expect(await valueOf("etna_memory_entries")).toBeGreaterThan(0);
    expect(await valueOf("process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
  });

  test("has open subscriptions by their field, and forgets those that have ended", async () => {
    const series = `etna_subscribers{field="testJobUpdates"}`;
    const jobId = lava.submit("alice", jobFile("queued"))[0] ?? "";
    const [one, two] = [gateway.subscribe(FOLLOW, { jobId }), gateway.subscribe(FOLLOW, { jobId })];
    await Promise.all([one.next(), two.next()]);
    expect(await valueOf(series)).toBe(2);
    one.close();
    two.close();
    await vi.waitFor(async () => expect(await valueOf(series)).toBe(0));
    expect(await valueOf(`etna_operations_total{type="subscription",transport="websocket",code="OK"}`)).toBe(2);
  });

  test("shows nothing that is a client's: no token, name of an operation, argument or address", async () => {
    const { alice } = lava.users;
    await gateway.query(
      `query VeryOwnName { testJobs(first: 1, filter: { submitters: ["very-own-argument"] }) { nodes { jobId } } }`,
      {},
      { ...asUser(alice.token), "x-request-id": "very-own-id" },
    );
    const text = await metricsText();
    for (const secret of [alice.token, "VeryOwnName", "very-own", "127.0.0.1"]) expect(text).not.toContain(secret);
  });

  test("names counters and nothing else with _total, as Prometheus' own check wants it", async () => {
    const types = [...(await metricsText()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    expect(types.length).toBeGreaterThan(30);
    const misnamed = types.filter(([, name = "", type]) => name.endsWith("_total") !== (type === "counter"));
    expect(misnamed.map(([line]) => line)).toEqual([]);
  });

  test("is not there when it is switched off", async () => {
    const quiet = await startGateway({ telemetry: { metrics: false } });
    expect((await fetch(`${quiet.origin}/metrics`)).status).toBe(404);
    await quiet.close();
  });
});

describe("the log", () => {
  test("has a line for each operation and each upstream call, with the request id that the client gave and got", async () => {
    const reply = await fetch(`${gateway.origin}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": "run-17.a" },
      body: JSON.stringify({ query: `query Named { workers(first: 2) { nodes { hostname } } }` }),
    });
    expect(reply.headers.get("x-request-id")).toBe("run-17.a");
    await reply.json();
    const [line] = logged("operation").filter(({ requestId }) => requestId === "run-17.a");
    expect(line).toMatchObject({ level: 20, operation: "Named", type: "query", transport: "http", codes: [] });
    expect(line?.ms).toEqual(expect.any(Number));
    expect(logged("upstream call").filter(({ requestId }) => requestId === "run-17.a")).toMatchObject([
      { system: "lab", operation: "GET workers/", status: 200, code: null },
    ]);
  });

  test("has a line with the code of an operation that was refused, and one for an answer from memory", async () => {
    await gateway.query(`query Refused { nope }`, {}, { "x-request-id": "refused-1" });
    const of = (id: string) => logged("operation").filter(({ requestId }) => requestId === id);
    expect(of("refused-1")).toMatchObject([{ type: "unknown", codes: ["GRAPHQL_VALIDATION_FAILED"] }]);
    const ask = (id: string) =>
      gateway.query(`query Kept { devices(first: 1) { nodes { hostname } } }`, {}, { "x-request-id": id });
    await ask("first");
    expect(of("first")).toMatchObject([{ operation: "Kept", codes: [] }]);
    expect(of("first")[0]).not.toHaveProperty("remembered");
    let tries = 0;
    await vi.waitFor(async () => {
      const id = `again-${(tries += 1)}`;
      await ask(id);
      expect(of(id)).toMatchObject([{ operation: "Kept", type: "query", remembered: true }]);
    });
  });

  test("has the id of a socket and of a stream, which their answers tell", async () => {
    const socket = new WebSocket(`${gateway.origin.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
      headers: { "x-request-id": "socket-1" },
    });
    const [answer] = (await once(socket, "upgrade")) as [IncomingMessage];
    expect(answer.headers["x-request-id"]).toBe("socket-1");
    socket.close();
    const stream = await fetch(`${gateway.origin}/graphql/stream`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": "stream-1" },
      body: JSON.stringify({ query: `query Streamed { deviceTypes(first: 1) { nodes { name } } }` }),
    });
    expect(stream.headers.get("x-request-id")).toBe("stream-1");
    await stream.text();
    const [line] = logged("operation").filter(({ requestId }) => requestId === "stream-1");
    expect(line).toMatchObject({ operation: "Streamed", transport: "sse", codes: [] });
  });

  test("numbers the operations of a socket behind its request id", async () => {
    const jobId = lava.submit("alice", jobFile("queued"))[0] ?? "";
    const updates = gateway.subscribe(FOLLOW, { jobId });
    await updates.next();
    updates.close();
    await vi.waitFor(() => {
      const [line] = logged("operation")
        .filter(({ type }) => type === "subscription")
        .slice(-1);
      expect(line).toMatchObject({ transport: "websocket", codes: [] });
      expect(line?.requestId).toMatch(/^[\w-]{36}\.1$/);
    });
  });

  test.for(["two words", "x".repeat(129), "a/b", 'quote"'])("has an id of Etna's own in place of %j", async (given) => {
    const reply = await fetch(`${gateway.origin}/graphql?query={__typename}`, {
      headers: { "x-request-id": given, "apollo-require-preflight": "1" },
    });
    await reply.json();
    expect(reply.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("says when a server is not asked any more, and when it is asked again; the metrics show both", async () => {
    const port = await freePort();
    const own = await startGateway({
      lava: [{ name: "far", url: `http://127.0.0.1:${port}`, events: "poll", limits: { probeDelayMs: 100 } }],
      remembers: false,
    });
    try {
      for (let at = 0; at < 8; at += 1) await own.query(`{ devices(first: 1) { nodes { hostname } } }`);
      await vi.waitFor(() =>
        expect(logged("the server is not asked any more until a probe succeeds", own)).toHaveLength(1),
      );
      expect(logged("the server is not asked any more until a probe succeeds", own)).toMatchObject([
        { level: 30, system: "far", breaker: "open" },
      ]);
      expect(await valueOf(`etna_upstream_breaker{server="far",state="closed"}`, own.origin)).toBe(0);
      const back = await createLavaSandbox({ port, jobs: 0 });
      try {
        await vi.waitFor(() => expect(logged("the server is asked again", own)).toHaveLength(1), { timeout: 10_000 });
        expect(await valueOf(`etna_upstream_breaker{server="far",state="closed"}`, own.origin)).toBe(1);
      } finally {
        await back.close();
      }
    } finally {
      await own.close();
    }
  });

  test("says when events come from elsewhere than before", async () => {
    const own = await createLavaSandbox({ jobs: 0 });
    const gateway = await startGateway({ lava: [{ name: "lab", url: own.url, events: "zmq" }] });
    try {
      await untilConnected(gateway);
      expect(logged("events come", gateway)).toMatchObject([{ level: 20, system: "lab", source: "ZMQ" }]);
      await own.close();
      await vi.waitFor(
        () =>
          expect(logged("events come from elsewhere than before", gateway)).toMatchObject([
            { level: 30, system: "lab", source: "POLL" },
          ]),
        { timeout: 10_000 },
      );
    } finally {
      await gateway.close();
      await own.close();
    }
  });
});
