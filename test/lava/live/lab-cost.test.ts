// What questions about the lab cost LAVA: counted at the sandbox, however many device types or devices an answer has.

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";

interface Queued {
  readonly name: string;
  readonly queue: {
    readonly length: number;
    readonly testJobs: {
      readonly totalCount: number;
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      readonly nodes: readonly { readonly jobId: string; readonly deviceType: { readonly name: string } }[];
    };
  };
}

let sandbox: LavaSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  sandbox = await createLavaSandbox({ events: false });
  gateway = await startGateway({ lava: [{ url: sandbox.url, events: "poll" }], remembers: false });
});
afterAll(async () => {
  await gateway.close();
  await sandbox.close();
});
beforeEach(() => sandbox.requests.reset());

const ask = async (document: string, headers: Record<string, string> = {}) => {
  const { data, errors } = await gateway.query(document, {}, headers);
  expect(errors).toEqual([]);
  return data;
};

test("device counts, queue lengths, templates and health checks of all device types are one request each", async () => {
  await ask(`{ deviceTypes(first: 100) { nodes { name deviceCounts { total idle bad } queue { length } template
    healthCheckDefinition healthCheck { frequency denominator disabled } } } }`);
  expect(sandbox.requests.counts()).toEqual({
    "GET devices/": 1,
    "GET devicetypes/": 1,
    "RPC scheduler.pending_jobs_by_device_type": 1,
    "RPC system.multicall": 2,
  });
});

const QUEUES = `query ($first: Int) { deviceTypes(first: 100) { nodes { name queue { length testJobs(first: $first) {
  totalCount pageInfo { hasNextPage endCursor } nodes { jobId deviceType { name } } } } } } }`;
const ONE = `query ($name: String!, $first: Int, $after: String) { deviceType(name: $name) { queue { testJobs(first: $first,
  after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { jobId deviceType { name } } } } } }`;

/** Three types with queued jobs: each of the others has its own behind the long queue of the first. */
async function withQueues(use: (lava: LavaSandbox, gateway: TestGateway) => Promise<void>) {
  const lava = await createLavaSandbox({ events: false, played: false });
  const own = await startGateway({ lava: [{ url: lava.url, events: "poll" }] });
  try {
    const { data } = await own.query("{ testJobs(first: 100) { nodes { definition deviceType { name } } } }");
    const jobs = data.testJobs.nodes as { definition: string; deviceType: { name: string } | null }[];
    const byType = new Map(jobs.map(({ definition, deviceType }) => [deviceType?.name, definition]));
    const [busy = "", ...late] = byType.values();
    expect(late.length).toBeGreaterThan(1);
    for (let at = 0; at < 60; at += 1) lava.submit("alice", busy);
    for (const definition of [...late, ...late, ...late]) lava.submit("alice", definition);
    lava.requests.reset();
    await use(lava, own);
  } finally {
    await own.close();
    await lava.close();
  }
}

test("the queued jobs of all device types are one request, and each has its own", async () => {
  await withQueues(async (lava, own) => {
    const { data } = await own.query(QUEUES, { first: 100 });
    expect(lava.requests.counts()).toMatchObject({ "GET jobs/": 1 });
    const types = data.deviceTypes.nodes as Queued[];
    expect(types.filter(({ queue }) => queue.testJobs.nodes.length > 0).length).toBeGreaterThan(2);
    for (const { name, queue } of types) {
      const of = queue.testJobs.nodes.map(({ deviceType }) => deviceType.name);
      expect(of).toEqual(of.map(() => name));
      expect(of.length).toBe(queue.length);
      expect(queue.testJobs.totalCount).toBe(queue.length);
    }
  });
});

test("a long queue before all others hides none of them, and pages go on behind the common read", async () => {
  await withQueues(async (lava, own) => {
    const seen: number[] = [];
    for (const first of [0, 1, 2]) {
      lava.requests.reset();
      const { data, errors } = await own.query(QUEUES, { first });
      expect(errors).toEqual([]);
      seen.push(lava.requests.counts()["GET jobs/"] ?? 0);
      for (const { name, queue } of data.deviceTypes.nodes as Queued[]) {
        const { data: alone } = await own.query(ONE, { name, first });
        expect(queue.testJobs).toEqual(alone.deviceType.queue.testJobs);
        expect(queue.testJobs.totalCount).toBe(queue.length);
        const after = queue.testJobs.pageInfo.endCursor;
        const { data: rest } = await own.query(ONE, { name, first: 100, after });
        const { nodes } = rest.deviceType.queue.testJobs as Queued["queue"]["testJobs"];
        const all = [...queue.testJobs.nodes, ...nodes].map(({ jobId }) => Number(jobId));
        expect(all).toEqual([...all].sort((a, b) => a - b));
        expect(new Set(all).size).toBe(queue.length);
      }
    }
    // Fewer where rows that are known already answer.
    for (const [at, most] of [3, 3, 2].entries()) expect(seen[at]).toBeLessThanOrEqual(most);
  });
});

test("dictionaries of many devices are one request", async () => {
  await ask(`{ devices(first: 100) { nodes { hostname dictionary written: dictionary(rendered: false) } } }`);
  expect(sandbox.requests.counts()).toEqual({ "GET devices/": 1, "RPC system.multicall": 1 });
});

test("nothing is asked that was not selected", async () => {
  await ask(`{ servers { name url ... on LavaServer { name } } }`);
  expect(sandbox.requests.total()).toBe(0);
  await ask(`{ deviceTypes(first: 100) { nodes { name queue { __typename } healthCheck { frequency } } } }`);
  expect(sandbox.requests.counts()).toEqual({ "GET devicetypes/": 1 });
});

test("the methods of XML-RPC are asked once in the life of the gateway, not again after a failure was mended", async () => {
  const methods = `{ servers { ... on LavaServer { methods { name signature help } } } }`;
  sandbox.fault = ({ rpcMethod }) => (rpcMethod === "system.listMethods" ? { kind: "status", status: 500 } : undefined);
  const failed = await gateway.query(methods);
  expect(failed.errors).toMatchObject([{ extensions: { code: "UPSTREAM_FAILED" } }]);
  sandbox.fault = undefined;
  sandbox.requests.reset();
  const first = await ask(methods);
  expect(sandbox.requests.counts()).toEqual({ "RPC system.listMethods": 1, "RPC system.multicall": 2 });
  const again = await ask(methods);
  expect(again).toEqual(first);
  expect(sandbox.requests.total()).toBe(3);
});

test("capabilities are learned once from the version", async () => {
  for (let turn = 0; turn < 3; turn++) await ask(`{ servers { capabilities } }`);
  expect(sandbox.requests.counts()["GET system/version/"] ?? 0).toBeLessThanOrEqual(1);
});

test("a custom query loads the test jobs that it found in one request, by id", async () => {
  const document = `{ servers { ... on LavaServer { customQuery(entity: TESTJOB, first: 50,
    conditions: [{ table: TESTJOB, field: "state", value: "Finished" }]) { testJob { jobId name definition } } } } }`;
  const data = await ask(document, asUser(sandbox.users.alice.token));
  expect(data.servers[0].customQuery.length).toBeGreaterThan(20);
  expect(sandbox.requests.counts()).toMatchObject({ "GET jobs/": 1, "RPC results.make_custom_query": 1 });
  expect(JSON.stringify(data)).not.toContain("sandbox-secret");
});
