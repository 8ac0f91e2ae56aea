// Live devices, workers and scopes of test jobs, over the sandbox and its publisher.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { untilConnected } from "../../e2e/scene.js";
import { asUser, startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";

let lava: LavaSandbox;
let gateway: TestGateway;

beforeAll(async () => {
  lava = await createLavaSandbox();
  gateway = await startGateway({ lava: [{ url: lava.url }] });
  await untilConnected(gateway);
});
afterAll(async () => {
  await gateway.close();
  await lava.close();
});

const DEVICE = `subscription ($hostname: String) { deviceUpdates(hostname: $hostname) {
  source device { hostname state health currentJob { jobId } } } }`;

describe("deviceUpdates", () => {
  test("tells a device's states in order while a job runs on it", async () => {
    const [jobId] = lava.submit("alice", jobFile("played"));
    await lava.advance(Number(jobId), "Scheduled");
    const device = lava.job(Number(jobId))?.device ?? "";
    const following = gateway.subscribe(DEVICE, { hostname: device });
    const first = (await following.next())?.data?.deviceUpdates;
    expect(first).toMatchObject({ source: "SNAPSHOT", device: { hostname: device, state: "RESERVED" } });
    expect(first.device.currentJob).toEqual({ jobId });
    await lava.advance(Number(jobId), "Running");
    expect((await following.next())?.data?.deviceUpdates).toMatchObject({
      source: "BUS",
      device: { state: "RUNNING" },
    });
    await lava.advance(Number(jobId), "Finished");
    expect((await following.next())?.data?.deviceUpdates).toMatchObject({
      source: "BUS",
      device: { state: "IDLE", currentJob: null },
    });
    following.close();
  });

  test("drops an event that is older than the last one about the same device", async () => {
    const following = gateway.subscribe(DEVICE, { hostname: "bbb-01" });
    await following.next();
    const send = (uuid: string, time: string, state: string) =>
      lava.publisher.sendRaw([
        "org.lavasoftware.device",
        uuid,
        time,
        "lavaserver",
        JSON.stringify({
          health: "Good",
          state,
          device: "bbb-01",
          device_type: "beaglebone-black",
          worker: "worker-lab",
        }),
      ]);
    await send("a", "2030-01-01T00:00:02", "Reserved");
    await send("b", "2030-01-01T00:00:01", "Running");
    await send("c", "2030-01-01T00:00:03", "Idle");
    await send("c", "2030-01-01T00:00:03", "Idle");
    const states = [await following.next(), await following.next()].map(
      (update) => update?.data?.deviceUpdates.device.state as string,
    );
    expect(states).toEqual(["RESERVED", "IDLE"]);
    following.close();
  });

  test("tells a viewer only of devices that LAVA shows to them", async () => {
    const seen = async (params: Record<string, string>) => {
      const following = gateway.subscribe(DEVICE, { hostname: "fvp-01" }, params);
      const result = await following.next();
      following.close();
      return result;
    };
    expect(await seen({})).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
    expect(await seen(asUser(lava.users.bob.token))).toMatchObject({
      data: { deviceUpdates: { device: { hostname: "fvp-01" } } },
    });
  });
});

test("workerUpdates begins with every worker as it is", async () => {
  const following = gateway.subscribe(`subscription { workerUpdates { source worker { hostname state } } }`);
  const { data } = await gateway.query(`{ workers(first: 100) { totalCount } }`);
  const names = new Set<string>();
  for (let at = 0; at < data.workers.totalCount; at += 1)
    names.add((await following.next())?.data?.workerUpdates.worker.hostname as string);
  expect(names.size).toBe(data.workers.totalCount);
  following.close();
});

describe("testJobUpdates without a job", () => {
  test("tells each viewer of new jobs that they may see, and of no others", async () => {
    const follow = (params: Record<string, string>) =>
      gateway.subscribe(
        `subscription { testJobUpdates(filter: { deviceTypes: ["docker"] }) { state testJob { jobId visibility } } }`,
        {},
        params,
      );
    lava.requests.reset();
    const [anonymous, bob] = [follow({}), follow(asUser(lava.users.bob.token))];
    // Each begins with two reads: with their answers they follow.
    await vi.waitFor(() => expect(lava.requests.counts()["GET jobs/"]).toBe(4), { timeout: 5_000, interval: 5 });
    await vi.waitFor(() => expect(lava.requests.inFlight).toBe(0), { interval: 5 });
    const [secret] = lava.submit("bob", jobFile("played-private"));
    const [open] = lava.submit("alice", jobFile("played"));
    const collect = async (following: typeof bob, ends: readonly (string | undefined)[]) => {
      const told = new Map<string, string[]>();
      while (!ends.every((id) => told.get(id ?? "")?.at(-1) === "FINISHED")) {
        const update = (await following.next())?.data?.testJobUpdates;
        told.set(update.testJob.jobId, [...(told.get(update.testJob.jobId) ?? []), update.state]);
      }
      following.close();
      return told;
    };
    const [anonymousTold, bobTold] = await Promise.all([collect(anonymous, [open]), collect(bob, [open, secret])]);
    const life = ["SUBMITTED", "SCHEDULED", "RUNNING", "FINISHED"];
    expect(bobTold.get(secret ?? "")).toEqual(life);
    expect(bobTold.get(open ?? "")).toEqual(life);
    expect(anonymousTold.get(open ?? "")).toEqual(life);
    expect(anonymousTold.has(secret ?? "")).toBe(false);
  });
});

test("testJobUpdates tells each state of a new job also when its first read is so late that it shows a later one", async () => {
  lava.requests.reset();
  const following = gateway.subscribe(
    `subscription { testJobUpdates(filter: { submitters: ["admin"] }) { state testJob { jobId } } }`,
  );
  await vi.waitFor(() => expect(lava.requests.counts()["GET jobs/"]).toBeGreaterThanOrEqual(2), { timeout: 5_000 });
  await vi.waitFor(() => expect(lava.requests.inFlight).toBe(0));
  // The job is scheduled 40 ms after its submission, and runs 60 ms later.
  lava.fault = () => ({ kind: "delay", ms: 300 });
  lava.submit("admin", jobFile("played"));
  const states: string[] = [];
  while (states.at(-1) !== "FINISHED") states.push((await following.next())?.data?.testJobUpdates.state as string);
  expect(states).toEqual(["SUBMITTED", "SCHEDULED", "RUNNING", "FINISHED"]);
  lava.fault = undefined;
  following.close();
});

test("testJobUpdates(jobIds) completes when all of them have ended, a multinode job's nodes say", async () => {
  const jobIds = lava.submit("alice", jobFile("qemu-multinode"));
  const follow = `subscription ($jobIds: [ID!]) { testJobUpdates(jobIds: $jobIds) { state resultsReady testJob { subId } } }`;
  const updates = (await gateway.subscribe(follow, { jobIds }).rest()).map((update) => update.data?.testJobUpdates);
  const ended = updates.filter((update) => update.state === "FINISHED");
  expect(ended.map((update) => update.testJob.subId as string).sort()).toEqual([...jobIds]);
  expect(updates.every((update) => update.resultsReady === (update.state === "FINISHED"))).toBe(true);
});

test("falls back to the websocket where the publisher's port is out of reach, and tells every state", async () => {
  const fallen = await startGateway({ lava: [{ url: lava.url, publisher: "tcp://127.0.0.1:1" }] });
  await vi.waitFor(
    async () => {
      const { data } = await fallen.query(`{ servers { events { source connected } } }`);
      expect(data.servers[0].events).toEqual({ source: "WEBSOCKET", connected: true });
    },
    { timeout: 10_000 },
  );
  const [jobId] = lava.submit("alice", jobFile("played"));
  const follow = `subscription ($jobIds: [ID!]) { testJobUpdates(jobIds: $jobIds) { state source } }`;
  const updates = (await fallen.subscribe(follow, { jobIds: [jobId] }).rest()).map(
    (update) => update.data?.testJobUpdates,
  );
  expect(updates.slice(1).map((update) => update.source as string)).toContain("BUS");
  expect(updates.at(-1)?.state).toBe("FINISHED");
  await fallen.close();
});
