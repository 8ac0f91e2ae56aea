// A subscriber that comes back with the cursor of its last update.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { untilConnected } from "../../e2e/scene.js";
import { startGateway } from "../../support/gateway.js";
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

const FOLLOW = `subscription ($jobId: ID, $after: String) {
  testJobUpdates(jobId: $jobId, after: $after) { state source cursor cursorExpired testJob { jobId } } }`;

const statesOf = (results: readonly { readonly data?: Record<string, any> | null | undefined }[]) =>
  results.map((result) => [result.data?.testJobUpdates.state, result.data?.testJobUpdates.source] as [string, string]);

/** A job and the cursor of its snapshot. */
async function begin() {
  const [jobId = ""] = lava.submit("alice", jobFile("queued"));
  const following = gateway.subscribe(FOLLOW, { jobId });
  const first = (await following.next())?.data?.testJobUpdates;
  expect(first).toMatchObject({ state: "SUBMITTED", source: "SNAPSHOT", cursorExpired: false });
  following.close();
  return { jobId, cursor: first.cursor as string };
}

/** Until Etna has heard of as many events. */
async function received(count: number) {
  await vi.waitFor(async () => {
    const { data } = await gateway.query(`{ servers { events { received } } }`);
    expect(data.servers[0].events.received).toBeGreaterThanOrEqual(count);
  });
}

const receivedNow = async () =>
  (await gateway.query(`{ servers { events { received } } }`)).data.servers[0].events.received as number;

test("what happened meanwhile is told, each state once and in order, and then what comes", async () => {
  const { jobId, cursor } = await begin();
  const before = await receivedNow();
  await lava.advance(Number(jobId), "Scheduled");
  await lava.advance(Number(jobId), "Running");
  await received(before + 4);
  const following = gateway.subscribe(FOLLOW, { jobId, after: cursor });
  expect(statesOf([(await following.next()) ?? {}, (await following.next()) ?? {}])).toEqual([
    ["SCHEDULED", "BUS"],
    ["RUNNING", "BUS"],
  ]);
  await lava.advance(Number(jobId), "Finished");
  expect(statesOf(await following.rest())).toEqual([["FINISHED", "BUS"]]);
});

test("a job that ended meanwhile ends the subscription at once, with all that was missed", async () => {
  const { jobId, cursor } = await begin();
  const before = await receivedNow();
  for (const state of ["Scheduled", "Running", "Finished"] as const) await lava.advance(Number(jobId), state);
  await received(before + 6);
  const updates = await gateway.subscribe(FOLLOW, { jobId, after: cursor }).rest();
  expect(statesOf(updates).map(([state]) => state)).toEqual(["SCHEDULED", "RUNNING", "FINISHED"]);
});

test("a cursor from before a gap, of another process, or made up leads to a snapshot and says so", async () => {
  const { jobId, cursor } = await begin();
  await lava.publisher.stop();
  await lava.publisher.start();
  await untilConnected(gateway);
  for (const after of [cursor, "made-up"]) {
    const following = gateway.subscribe(FOLLOW, { jobId, after });
    expect((await following.next())?.data?.testJobUpdates).toMatchObject({ source: "SNAPSHOT", cursorExpired: true });
    following.close();
  }
});

test("a scope goes on where it broke off", async () => {
  const following = gateway.subscribe(FOLLOW, {});
  let cursor = "";
  const [marker = ""] = lava.submit("alice", jobFile("queued"));
  for (let seen = ""; seen !== marker;) {
    const update = (await following.next())?.data?.testJobUpdates;
    [seen, cursor] = [update.testJob.jobId as string, update.cursor as string];
  }
  following.close();
  const before = await receivedNow();
  const [jobId = ""] = lava.submit("alice", jobFile("queued"));
  await lava.advance(Number(jobId), "Scheduled");
  await received(before + 3);
  const again = gateway.subscribe(FOLLOW, { after: cursor });
  const updates = [await again.next(), await again.next()].map((result) => result?.data?.testJobUpdates);
  again.close();
  expect(updates).toMatchObject([
    { state: "SUBMITTED", source: "BUS", testJob: { jobId } },
    { state: "SCHEDULED", source: "BUS", testJob: { jobId } },
  ]);
});
