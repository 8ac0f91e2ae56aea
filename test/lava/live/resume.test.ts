// A subscriber that comes back with the cursor of its last update.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
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

const FOLLOW = `subscription ($jobIds: [ID!], $after: String) {
  testJobUpdates(jobIds: $jobIds, after: $after) { state source cursor cursorExpired testJob { jobId } } }`;

const statesOf = (results: readonly { readonly data?: Record<string, any> | null | undefined }[]) =>
  results.map((result) => [result.data?.testJobUpdates.state, result.data?.testJobUpdates.source] as [string, string]);

/** A job and the cursor of its snapshot. */
async function begin() {
  const [jobId = ""] = lava.submit("alice", jobFile("queued"));
  const following = gateway.subscribe(FOLLOW, { jobIds: [jobId] });
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
  const following = gateway.subscribe(FOLLOW, { jobIds: [jobId], after: cursor });
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
  const updates = await gateway.subscribe(FOLLOW, { jobIds: [jobId], after: cursor }).rest();
  expect(statesOf(updates).map(([state]) => state)).toEqual(["SCHEDULED", "RUNNING", "FINISHED"]);
});

test("a cursor from before a gap, of another process, or made up leads to a snapshot and says so", async () => {
  const { jobId, cursor } = await begin();
  await lava.publisher.stop();
  await lava.publisher.start();
  await untilConnected(gateway);
  for (const after of [cursor, "made-up"]) {
    const following = gateway.subscribe(FOLLOW, { jobIds: [jobId], after });
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

test("another process goes on from a cursor: what has ended meanwhile is told, each end once, and private ones to nobody else", async ({
  onTestFinished,
}) => {
  const lab = await createLavaSandbox();
  onTestFinished(() => lab.close());
  const before = await startGateway({ lava: [{ url: lab.url }] });
  await untilConnected(before);
  const submit = (user: string, file: string) => Number(lab.submit(user, jobFile(file))[0]);
  const [told, first, second, hidden] = [
    submit("alice", "queued"),
    submit("alice", "queued"),
    submit("alice", "queued"),
    submit("bob", "played-private"),
  ];
  const all = `subscription ($after: String) {
    testJobUpdates(after: $after, filter: { submitters: ["alice"] }) { state source cursor cursorExpired testJob { jobId } } }`;
  const following = before.subscribe(all);
  let cursor = "";
  const until = async (id: number, wanted: string) => {
    for (let [jobId, state] = ["", ""]; jobId !== String(id) || state !== wanted;) {
      const update = (await following.next())?.data?.testJobUpdates;
      ({ state, cursor } = update);
      jobId = update.testJob.jobId;
    }
  };
  // The newest is the snapshot's last.
  await until(second, "SUBMITTED");
  await lab.advance(told, "Running");
  await until(told, "RUNNING");
  await before.close();
  await lab.advance(second, "Finished");
  await lab.advance(first, "Finished");
  await lab.advance(hidden, "Finished");

  const other = await startGateway({ lava: [{ url: lab.url }] });
  onTestFinished(() => other.close());
  await untilConnected(other);
  const resumed = other.subscribe(all, { after: cursor });
  const updates = [];
  // The snapshot's last is the newest job that goes on.
  for (let jobId = ""; jobId !== String(told);) {
    const update = (await resumed.next())?.data?.testJobUpdates;
    updates.push(`${update.testJob.jobId} ${update.state} ${update.source} ${update.cursorExpired}`);
    jobId = update.testJob.jobId;
  }
  expect(updates.filter((update) => update.includes("FINISHED"))).toEqual([
    `${second} FINISHED REPAIRED false`,
    `${first} FINISHED REPAIRED false`,
  ]);
  expect(updates.at(-1)).toBe(`${told} RUNNING SNAPSHOT false`);
  resumed.close();
});

test("a cursor without a place, of another process, has expired, and says so", async ({ onTestFinished }) => {
  const { cursor } = await begin();
  const other = await startGateway({ lava: [{ url: lava.url }] });
  onTestFinished(() => other.close());
  const [sealed = ""] = cursor.split(".");
  for (const after of [sealed, `${sealed}.`, `${sealed}.yesterday`, "junk.1764450000000x"]) {
    const resumed = other.subscribe(FOLLOW, { after });
    expect((await resumed.next())?.data?.testJobUpdates).toMatchObject({ cursorExpired: true, source: "SNAPSHOT" });
    resumed.close();
  }
});

test("a cursor's place tells no time of an event that its viewer may not see", async ({ onTestFinished }) => {
  const began = Date.now();
  const lab = await createLavaSandbox();
  onTestFinished(() => lab.close());
  const own = await startGateway({ lava: [{ url: lab.url }] });
  onTestFinished(() => own.close());
  await untilConnected(own);
  lab.submit("alice", jobFile("queued"));
  const [hidden] = lab.submit("bob", jobFile("played-private"));
  await lab.advance(Number(hidden), "Finished");
  // Not before the hidden event has come: until then the newest one is alice's own, whose time is hers to know.
  await vi.waitFor(async () => {
    const { data } = await own.query(
      `{ events(topics: [TEST_JOB]) { state testJob { jobId } } }`,
      {},
      asUser(lab.users.bob.token),
    );
    expect(data.events).toContainEqual({ state: "Finished", testJob: { jobId: hidden } });
  });
  const all = `subscription { testJobUpdates(filter: { submitters: ["alice"] }) { source cursor } }`;
  const following = own.subscribe(all);
  let place: string | undefined;
  while (place === undefined) {
    const { source, cursor } = (await following.next())?.data?.testJobUpdates ?? {};
    expect(source).toBe("SNAPSHOT");
    [, place] = String(cursor).split(".");
  }
  following.close();
  // A minute ago, and not five seconds before the hidden event.
  expect(Number(place)).toBeLessThan(began - 30_000);
});
