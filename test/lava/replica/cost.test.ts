// What a living lab costs LAVA however many look at it: requests counted at the sandbox, viewers with tokens of their own.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { untilConnected } from "../../e2e/scene.js";
import { asUser, startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";

let cuirass: CuirassSandbox;
let lava: LavaSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  cuirass = await createCuirassSandbox({ evaluations: 6 });
  lava = await createLavaSandbox({ jobs: 230, builds: () => cuirass.builds() });
  gateway = await startGateway({ lava: [{ url: lava.url }], cuirass: [{ url: cuirass.url }] });
  await untilConnected(gateway);
  await untilSettled();
});
afterAll(async () => {
  await gateway.close();
  await lava.close();
  await cuirass.close();
});

/** What was read while the bus was joined, a quarter of a second, is read again: waits until nothing is for longer than that. */
async function untilSettled(): Promise<void> {
  let since = performance.now();
  let before = -1;
  await vi.waitFor(
    async () => {
      const { errors } = await gateway.query(`{ workers(first: 1) { nodes { hostname } } }`);
      expect(errors).toEqual([]);
      if (lava.requests.total() !== before) since = performance.now();
      before = lava.requests.total();
      expect(performance.now() - since).toBeGreaterThan(500);
    },
    { timeout: 15_000, interval: 20 },
  );
}

/** As many users as there are tokens. */
const viewer = (nr: number) => asUser(`${lava.users.alice.token}.${nr}`);
const SCREEN = `{ testJobs(first: 50) { nodes { jobId state health device { hostname state deviceType { name } } } } }`;
const received = async () =>
  (await gateway.query(`{ servers { events { received } } }`)).data.servers[0].events.received as number;

/** Moves a job and resolves when the gateway has heard of it. */
async function move(id: number, to: "Scheduled" | "Running" | "Finished") {
  const before = await received();
  await lava.advance(id, to);
  await vi.waitFor(async () => expect(await received()).toBeGreaterThanOrEqual(before + 2), { timeout: 15_000 });
}

async function screens(from: number, count: number) {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, at) => gateway.query(SCREEN, {}, viewer(from + at))),
  );
  for (const { errors } of answers) expect(errors).toEqual([]);
  return answers.map(
    ({ data }) => data.testJobs.nodes as { jobId: string; state: string; device: { state: string } | null }[],
  );
}

test("a change on the screen is one read for all viewers, and shown to all", async () => {
  const [id = 0] = lava.submit("alice", jobFile("queued")).map(Number);
  // Twice, so that the lists are known to be wanted.
  await screens(0, 20);
  await screens(0, 20);
  for (const [state, shown] of [
    ["Scheduled", "SCHEDULED"],
    ["Running", "RUNNING"],
    ["Finished", "FINISHED"],
  ] as const) {
    await move(id, state);
    lava.requests.reset();
    for (const nodes of await screens(0, 20)) {
      expect(nodes.find(({ jobId }) => jobId === String(id))?.state).toBe(shown);
    }
    // One for the row; none for its device, whose own event has told. Each viewer asks for the private ones of the page again.
    const { "GET jobs/": jobs = 0, ...rest } = lava.requests.counts();
    // One more each time that a slow machine asks within two seconds of the event: what was read may be from before it.
    expect(jobs).toBeLessThanOrEqual(3);
    expect(rest).toEqual({});
  }
  lava.requests.reset();
  await screens(0, 20);
  // Unless the rows are to be proved again.
  expect(lava.requests.total()).toBeLessThanOrEqual(1);
});

test("a change off the screen costs nothing, and ends no answer", async () => {
  // Newer than the one that moves.
  const [old = 0] = lava.submit("bob", jobFile("queued")).map(Number);
  for (let at = 0; at < 60; at += 1) lava.submit("alice", jobFile("queued"));
  await vi.waitFor(async () => {
    const [nodes] = await screens(0, 1);
    expect(Number(nodes?.at(-1)?.jobId)).toBeGreaterThan(old);
  });
  await screens(0, 20);
  lava.requests.reset();
  await move(old, "Running");
  await screens(0, 20);
  expect(lava.requests.counts()).toEqual({});
});

test("one more viewer costs whose token it is, and what is private", async () => {
  await screens(0, 5);
  lava.requests.reset();
  await screens(100, 40);
  const { "GET system/whoami/": users = 0, "GET jobs/": jobs = 0, ...rest } = lava.requests.counts();
  expect(users).toBeLessThanOrEqual(40);
  // The gaps of the page, where there are any.
  expect(jobs).toBeLessThanOrEqual(41);
  expect(rest).toEqual({});
  lava.requests.reset();
  await screens(100, 40);
  // Unless the rows are to be proved again.
  expect(lava.requests.total()).toBeLessThanOrEqual(1);
});

test("suites and cases of what runs and of what has just ended are one read for all viewers", async () => {
  const CASES = `{ testJobs(first: 10) { nodes { jobId state suites { name cases(first: 50) { nodes { name } } } } } }`;
  const [id = 0] = lava.submit("alice", jobFile("queued")).map(Number);
  const cases = async () => {
    const asked = Array.from({ length: 20 }, (_, at) => gateway.query(CASES, {}, viewer(at)));
    const answers = await Promise.all(asked);
    for (const { errors } of answers) expect(errors).toEqual([]);
    return answers.map(({ data }) => data.testJobs.nodes.find((one: { jobId: string }) => one.jobId === String(id)));
  };
  await cases();
  await cases();
  for (const state of ["Running", "Finished"] as const) {
    await move(id, state);
    lava.requests.reset();
    for (const job of await cases()) expect(job.state).toBe(state.toUpperCase());
    const { "RPC system.multicall": results = 0, "GET jobs/ID/csv/": single = 0 } = lava.requests.counts();
    expect(results + single).toBeLessThanOrEqual(2);
  }
  // One that waits has none.
  lava.submit("alice", jobFile("queued"));
  await vi.waitFor(async () => {
    lava.requests.reset();
    const [job] = (await gateway.query(CASES, {}, viewer(0))).data.testJobs.nodes;
    expect([job.state, job.suites]).toEqual(["SUBMITTED", []]);
  });
  expect(Object.keys(lava.requests.counts()).filter((route) => /multicall|csv/.test(route))).toEqual([]);
});

test("an event of a public job to 100 viewers who listen to the bus is at most three requests", async () => {
  const [id = 0] = lava.submit("alice", jobFile("queued")).map(Number);
  const FOLLOW = `subscription { serverEvents(topics: [TEST_JOB, WORKER]) { topic state testJob { jobId } device { hostname } } }`;
  const following = Array.from({ length: 100 }, (_, at) => gateway.subscribe(FOLLOW, {}, viewer(200 + at)));
  const ping = setInterval(() => {
    const worker = JSON.stringify({ hostname: "worker-01", health: "Active", state: "Online" });
    const time = new Date().toISOString();
    void lava.publisher.sendRaw(["org.lavasoftware.worker", crypto.randomUUID(), time, "lavaserver", worker]);
  }, 50);
  await Promise.all(following.map((one) => one.next()));
  clearInterval(ping);
  const told = async () =>
    Promise.all(
      following.map(async (one) => {
        for (;;) {
          const event = (await one.next())?.data?.serverEvents;
          if (event.topic === "TEST_JOB" && event.testJob?.jobId === String(id)) return event.state as string;
        }
      }),
    );
  // That the tokens are good is learned with the subscriptions.
  await vi.waitFor(() => expect(lava.requests.counts()["GET system/whoami/"] ?? 0).toBeGreaterThanOrEqual(100));
  for (const state of ["Scheduled", "Running", "Finished"] as const) {
    lava.requests.reset();
    await lava.advance(id, state);
    expect(new Set(await told())).toEqual(new Set([state]));
    // The job, and its device.
    expect(lava.requests.total()).toBeLessThanOrEqual(3);
  }
  for (const one of following) one.close();
});

test("test jobs of many builds are found without a search, and after an event without a request", async () => {
  const query = `{ builds(first: 20) { nodes { buildId testJobs(first: 3) { nodes { jobId } } } } }`;
  const ask = async (nr: number) => {
    const { data, errors } = await gateway.query(query, {}, viewer(nr));
    expect(errors).toEqual([]);
    return data.builds.nodes as { buildId: string; testJobs: { nodes: { jobId: string }[] } }[];
  };
  const jobRequests = () => lava.requests.counts()["GET jobs/"] ?? 0;
  const { builds } = (await gateway.query(`{ builds(first: 5) { nodes { buildId } } }`)).data;
  const [buildId = "", second = ""] = builds.nodes.map((build: { buildId: number }) => build.buildId);
  const naming = (id: string) => `${jobFile("queued")}\nmetadata:\n  build-url: ${cuirass.url}/build/${id}\n`;
  const told = await received();
  const [first] = lava.submit("alice", naming(second));
  await vi.waitFor(async () => expect(await received()).toBeGreaterThan(told));
  lava.requests.reset();
  const before = await ask(1);
  expect(before.find((build) => build.buildId === second)?.testJobs.nodes).toEqual([{ jobId: first }]);
  expect(lava.requests.total()).toBeLessThanOrEqual(5);
  const named = naming(buildId);
  const heard = await received();
  const [linked = ""] = lava.submit("alice", named);
  const [other = 0] = lava.submit("alice", jobFile("queued")).map(Number);
  await vi.waitFor(async () => expect(await received()).toBeGreaterThanOrEqual(heard + 2));
  lava.requests.reset();
  const after = await ask(1);
  expect(after.find((build) => build.buildId === buildId)?.testJobs.nodes[0]?.jobId).toBe(linked);
  // The new jobs' rows, and those that were found, whether they may still be seen.
  expect(jobRequests()).toBeLessThanOrEqual(3);
  await ask(2);
  // An event of a job that names no build.
  await move(other, "Scheduled");
  lava.requests.reset();
  expect(await ask(1)).toEqual(after);
  expect(await ask(2)).toEqual(after);
  expect(jobRequests()).toBe(0);
});

test("a wall of 100 builds is allowed, and costs a handful", async () => {
  const query = `{ builds(first: 100) { nodes { buildId testJobs(first: 1) { nodes { jobId state } } } } }`;
  lava.requests.reset();
  const { data, errors } = await gateway.query(query, {}, viewer(7));
  expect(errors).toEqual([]);
  expect(data.builds.nodes.length).toBeGreaterThan(50);
  expect(lava.requests.total()).toBeLessThanOrEqual(6);
});
