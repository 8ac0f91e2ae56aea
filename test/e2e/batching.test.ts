// What a query costs its servers, counted at the servers: lists don't grow upstream calls, a selection pays only for
// what it names, and no server ever has more than four requests at a time.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";

let lava: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;

beforeAll(async () => {
  cuirass = await createCuirassSandbox({ evaluations: 6 });
  lava = await createLavaSandbox({ jobs: 80, builds: () => cuirass.builds() });
});
afterAll(async () => {
  await lava.close();
  await cuirass.close();
});
// A gateway of its own for each test, so that none lives on what another has learned.
beforeEach(async () => {
  gateway = await startGateway({
    lava: [{ url: lava.url, events: "poll" }],
    cuirass: [{ url: cuirass.url }],
    remembers: false,
  });
  lava.requests.reset();
  cuirass.requests.reset();
});
afterEach(async () => {
  lava.fault = undefined;
  cuirass.fault = undefined;
  await gateway.close();
});

const LIST = `query ($first: Int!) { testJobs(first: $first, filter: { states: [FINISHED] }) { nodes {
  jobId
  deviceType { name }
  device { hostname deviceType { name architecture } }
  resultCounts { pass fail total }
  suites { name resultCounts { total } cases(first: 3) { nodes { name result } } }
  metadata { key value }
} } }`;

async function list(first: number, headers: Record<string, string>): Promise<Record<string, number>> {
  lava.requests.reset();
  const { data, errors } = await gateway.query(LIST, { first }, headers);
  expect(errors).toEqual([]);
  const { nodes } = data.testJobs;
  expect(nodes).toHaveLength(first);
  for (const job of nodes) {
    expect(job.device.deviceType.name).toBe(job.deviceType.name);
    expect(job.resultCounts.total).toBeGreaterThanOrEqual(0);
    expect(job.suites.length).toBeGreaterThan(0);
  }
  return lava.requests.counts();
}

describe("a list of test jobs with device, device type, counts and suites", () => {
  test("as a user: four reads and at most two multicalls, for 10 jobs as for 50", async () => {
    const alice = asUser(lava.users.alice.token);
    const ten = await list(10, alice);
    expect(ten).toEqual({
      "GET jobs/": 1,
      "GET devices/": 1,
      "GET devicetypes/": 1,
      "GET system/whoami/": 1,
      // Five results at least in one multicall, so that few jobs don't spread over all of the server's workers.
      "RPC system.multicall": 2,
    });
    const fifty = await list(50, alice);
    // The token's owner is known by now.
    expect(fifty).toEqual({ "GET jobs/": 1, "GET devices/": 1, "GET devicetypes/": 1, "RPC system.multicall": 2 });
    expect(lava.requests.peakInFlight).toBeLessThanOrEqual(4);
  });

  test("as anonymous: one read more for each job, since XML-RPC gives results in bulk to users only", async () => {
    expect(await list(10, {})).toEqual({
      "GET jobs/": 1,
      "GET devices/": 1,
      "GET devicetypes/": 1,
      "GET jobs/ID/csv/": 10,
    });
    expect(await list(50, {})).toMatchObject({
      "GET jobs/": 1,
      "GET devices/": 1,
      "GET devicetypes/": 1,
      "GET jobs/ID/csv/": 50,
    });
  });

  test("two such queries of one user at the same time ask once who she is", async () => {
    const alice = asUser(lava.users.alice.token);
    await Promise.all([1, 2].map(() => gateway.query(LIST, { first: 5 }, alice)));
    expect(lava.requests.counts()["GET system/whoami/"]).toBe(1);
  });
});

describe("a selection pays for what it names", () => {
  test.each([
    [`{ testJob(jobId: "5") { state } }`, { "GET jobs/": 1 }],
    [
      `{ testJob(jobId: "5") { jobId name state health submitter createdAt phase outcome url metadata { key } } }`,
      { "GET jobs/": 1 },
    ],
    [`{ testJob(jobId: "5") { state server { name url } } }`, { "GET jobs/": 1 }],
    [
      `{ a: testJob(jobId: "5") { state } b: testJob(jobId: "6") { state } c: testJob(jobId: "5") { health } }`,
      { "GET jobs/": 1 },
    ],
    [`{ testJobs(first: 50) { nodes { state } pageInfo { hasNextPage } } }`, { "GET jobs/": 1 }],
    [`{ testJobs(first: 50) { totalCount } }`, { "GET jobs/": 1 }],
    [`{ devices(first: 100) { nodes { hostname } } }`, { "GET devices/": 1 }],
    [
      `{ devices(first: 100) { nodes { hostname deviceType { name } worker { hostname } } } }`,
      { "GET devices/": 1, "GET workers/": 1 },
    ],
    [`{ servers { name url events { source } } }`, {}],
    [`{ __schema { queryType { name } } }`, {}],
    [`{ testJob(jobId: "nonsense") { state } }`, {}],
  ])("%s", async (query, cost) => {
    await gateway.query(query);
    expect(lava.requests.counts()).toEqual(cost);
    expect(cuirass.requests.total()).toBe(0);
  });

  test("`testJob { state }` costs a user one request as well: nobody asks who she is", async () => {
    await gateway.query(`{ testJob(jobId: "5") { state } }`, {}, asUser(lava.users.alice.token));
    expect(lava.requests.counts()).toEqual({ "GET jobs/": 1 });
  });

  test("twenty jobs of one document are one request", async () => {
    const fields = Array.from({ length: 20 }, (_, at) => `j${at}: testJob(jobId: "${at + 1}") { jobId }`).join(" ");
    const { data } = await gateway.query(`{ ${fields} }`, {}, asUser(lava.users.admin.token));
    expect(Object.values(data)).not.toContain(null);
    expect(lava.requests.counts()).toEqual({ "GET jobs/": 1 });
  });
});

test("tags and visibility of a list, which only XML-RPC tells, come in multicalls, to anonymous too", async () => {
  const { data, errors } = await gateway.query(`{ testJobs(first: 50) { nodes { visibility subId tags } } }`);
  expect(errors).toEqual([]);
  expect(data.testJobs.nodes).toHaveLength(50);
  const { "RPC system.multicall": multicalls, ...rest } = lava.requests.counts();
  expect(rest).toEqual({ "GET jobs/": 1 });
  expect(multicalls).toBeLessThanOrEqual(4);
});

describe("four requests at a time", () => {
  test("is what a server gets, however much is asked of it, and the four are used", async () => {
    lava.fault = () => ({ kind: "delay", ms: 10 });
    await Promise.all([
      gateway.query(LIST, { first: 40 }),
      gateway.query(LIST, { first: 40 }, asUser(lava.users.alice.token)),
      gateway.query(LIST, { first: 40 }, asUser(lava.users.bob.token)),
      ...Array.from({ length: 20 }, (_, at) => gateway.query(`{ testJob(jobId: "${at + 1}") { state } }`)),
    ]);
    expect(lava.requests.peakInFlight).toBe(4);
  });

  test("is what Cuirass gets as well", async () => {
    cuirass.fault = () => ({ kind: "delay", ms: 10 });
    const ids = cuirass
      .builds()
      .slice(0, 30)
      .map(({ buildId }) => buildId);
    const fields = ids.map((id) => `b${id}: build(buildId: ${id}) { buildId }`).join(" ");
    const { data, errors } = await gateway.query(`{ ${fields} }`);
    expect(errors).toEqual([]);
    expect(Object.keys(data)).toHaveLength(30);
    expect(cuirass.requests.counts()).toEqual({ "GET /build/ID": 30 });
    expect(cuirass.requests.peakInFlight).toBe(4);
  });

  test("may be set otherwise for a gateway", async () => {
    const narrow = await startGateway({ lava: [{ url: lava.url, events: "poll", limits: { concurrency: 2 } }] });
    try {
      lava.fault = () => ({ kind: "delay", ms: 5 });
      await narrow.query(LIST, { first: 20 });
      expect(lava.requests.peakInFlight).toBe(2);
    } finally {
      await narrow.close();
    }
  });
});

test("one build, asked for ten times at once by ten viewers, is one request to Cuirass", async () => {
  cuirass.fault = () => ({ kind: "delay", ms: 100 });
  const query = `{ build(buildId: 3) { buildId } }`;
  const answers = await Promise.all(Array.from({ length: 10 }, () => gateway.query(query)));
  expect(answers.map(({ data }) => data.build.buildId)).toEqual(Array(10).fill(3));
  expect(cuirass.requests.counts()).toEqual({ "GET /build/ID": 1 });
});
