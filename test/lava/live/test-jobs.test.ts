// Subscribers who share a follower of test jobs: each has its own pace, and the follower's proof of rights grows old.

import { createAsk } from "../../../src/net/ask.js";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Memory } from "../../../src/cache/memory.js";
import { ANONYMOUS } from "../../../src/ci/viewer.js";
import { toJobId } from "../../../src/lava/protocol/ids.js";
import type { LavaJobId } from "../../../src/lava/protocol/ids.js";
import { createLava } from "../../../src/lava/index.js";
import type { Lava } from "../../../src/lava/index.js";
import { clock } from "../../../src/ci/live/clock.js";
import type { Update } from "../../../src/ci/live/subject.js";
import type { LavaServer } from "../../../src/lava/server.js";
import type { WireTestJob } from "../../../src/lava/protocol/wire.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { ANONYMOUS_ENTRY } from "../../support/entries.js";
import { jobFile } from "../../support/job-files.js";

let sandbox: LavaSandbox;
let lava: Lava;
let watch: LavaServer["testJobs"];

type JobUpdate = Update<WireTestJob>;
let id: LavaJobId;
beforeEach(async () => {
  sandbox = await createLavaSandbox({ jobs: 0 });
  const entry = { ...ANONYMOUS_ENTRY, url: new URL(sandbox.url), events: "zmq", publisher: sandbox.eventUrl } as const;
  lava = createLava([entry], { memory: new Memory(0) });
  lava.start();
  const { server } = lava.createSession(ANONYMOUS).view(null);
  await vi.waitFor(() => expect(server.feed.status().connected).toBe(true), { interval: 10 });
  watch = server.testJobs;
  id = toJobId(Number(sandbox.submit("alice", jobFile("queued"))[0]));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await lava.close();
  await sandbox.close();
});

type Updates = AsyncIterableIterator<JobUpdate, undefined>;

async function rest(updates: Updates): Promise<JobUpdate[]> {
  const all: JobUpdate[] = [];
  for await (const update of updates) all.push(update);
  return all;
}

async function begin(): Promise<Updates> {
  const updates = watch.follow({ keys: [id] }, createAsk(null));
  expect((await updates.next()).value).toMatchObject({ value: { id, state: "Submitted" }, source: "SNAPSHOT" });
  return updates;
}

it("keeps what a slow subscriber has not read when the job has ended and the others have gone", async () => {
  const [slow, fast] = [await begin(), await begin()];
  await sandbox.advance(id, "Finished");
  const read = await rest(fast);
  expect(read.map(({ value }) => value.state)).toEqual(["Scheduled", "Running", "Finished"]);
  const later = await rest(slow);
  expect(later).toHaveLength(3);
  // The very same objects: that is how the server knows.
  later.forEach((update, at) => expect(update).toBe(read[at]));
});

it("reads the job again for one who joins when the last proof of the viewer's rights is old, once for all who join then", async () => {
  const early = await begin();
  sandbox.requests.reset();
  await begin();
  expect(sandbox.requests.total()).toBe(0);
  vi.spyOn(clock, "now").mockImplementation(() => performance.now() + 31_000);
  await Promise.all(Array.from({ length: 20 }, begin));
  expect(sandbox.requests.counts()).toEqual({ "GET jobs/": 1 });
  await sandbox.advance(id, "Finished");
  expect((await rest(early)).map(({ value }) => value.state)).toEqual(["Scheduled", "Running", "Finished"]);
});

it("refuses one who joins when the viewer may not see the job any more, and asks anew for the next", async () => {
  await begin();
  vi.spyOn(clock, "now").mockImplementation(() => performance.now() + 31_000);
  sandbox.fault = () => ({ kind: "json", body: { count: 0, next: null, previous: null, results: [] } });
  expect(await rest(watch.follow({ keys: [id] }, createAsk(null)))).toEqual([]);
  sandbox.fault = undefined;
  const again = await begin();
  await sandbox.advance(id, "Finished");
  expect((await rest(again)).map(({ value }) => value.state)).toEqual(["Scheduled", "Running", "Finished"]);
});

it("tells a failing proof to those who join, and leaves the others alone", async () => {
  const early = await begin();
  const later = vi.spyOn(clock, "now").mockImplementation(() => performance.now() + 31_000);
  sandbox.fault = () => ({ kind: "status", status: 500 });
  await expect(watch.follow({ keys: [id] }, createAsk(null)).next()).rejects.toThrow("500");
  sandbox.fault = undefined;
  later.mockRestore();
  await sandbox.advance(id, "Finished");
  expect((await rest(early)).map(({ value }) => value.state)).toEqual(["Scheduled", "Running", "Finished"]);
});
