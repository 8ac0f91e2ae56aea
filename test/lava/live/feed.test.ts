// Where a LAVA server's news come from, and what they cost, when the server is not well: a publisher that is connected and
// says nothing, and a server that takes long for each read.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Memory } from "../../../src/cache/memory.js";
import { ANONYMOUS } from "../../../src/ci/viewer.js";
import type { Update } from "../../../src/ci/live/subject.js";
import { createLava } from "../../../src/lava/index.js";
import type { Lava } from "../../../src/lava/index.js";
import type { WireTestJob } from "../../../src/lava/protocol/wire.js";
import type { LavaServer } from "../../../src/lava/server.js";
import { createAsk } from "../../../src/net/ask.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { ANONYMOUS_ENTRY } from "../../support/entries.js";
import { jobFile } from "../../support/job-files.js";

let sandbox: LavaSandbox;
let lava: Lava;
let server: LavaServer;
/** What an administrator was told, in order. */
let notices: string[];
beforeEach(async () => {
  sandbox = await createLavaSandbox({ jobs: 0 });
  const entry = { ...ANONYMOUS_ENTRY, url: new URL(sandbox.url), events: "zmq", publisher: sandbox.eventUrl } as const;
  notices = [];
  lava = createLava([entry], {
    memory: new Memory(0),
    onNotice: (notice) => {
      if (notice.kind === "events") notices.push(notice.source);
      else notices.push(notice.kind === "bus" ? notice.reason : notice.kind);
    },
  });
  lava.start();
  ({ server } = lava.createSession(ANONYMOUS).view(null));
  await untilSource("ZMQ");
});
afterEach(async () => {
  await lava.close();
  await sandbox.close();
});

const untilSource = (source: string) =>
  vi.waitFor(() => expect(server.feed.status().source).toBe(source), { timeout: 15_000, interval: 10 });
const submit = () => Number(sandbox.submit("alice", jobFile("queued"))[0]);
const follow = () => server.testJobs.follow({ scope: { query: {}, matches: () => true } }, createAsk(null));

/** The next change of one job; polls at once, as half a minute would do. */
async function polled(updates: AsyncIterator<Update<WireTestJob>, undefined>, id: number): Promise<string> {
  const next = updates.next();
  server.feed.pollWithin(0);
  const { value } = await next;
  expect(value?.value.id).toBe(id);
  return `${value?.value.state} ${value?.source}`;
}

it("takes a bus for dead that was silent about two polls' findings running, and comes back with its next event", async () => {
  const ids = [submit(), submit(), submit()] as const;
  const updates = follow();
  for (let at = 0; at < ids.length; at += 1) await updates.next();
  await sandbox.advance(ids[0], "Running", { silent: true });
  expect(await polled(updates, ids[0])).toBe("Running REPAIRED");
  // One finding may be an event that was lost.
  await vi.waitFor(() => expect(server.feed.status().repaired).toBe(1), { timeout: 5_000 });
  expect(server.feed.status()).toMatchObject({ source: "ZMQ", connected: true });
  await sandbox.advance(ids[1], "Running", { silent: true });
  expect(await polled(updates, ids[1])).toBe("Running REPAIRED");
  await untilSource("POLL");
  expect(server.feed.status().connected).toBe(false);
  // From now on what is found is no repair, and ends come without anybody's asking.
  await sandbox.advance(ids[1], "Finished", { silent: true });
  expect((await updates.next()).value).toMatchObject({ value: { id: ids[1], state: "Finished" }, source: "POLL" });
  await sandbox.advance(ids[2], "Running");
  await untilSource("ZMQ");
  // Why, in words that say what helps.
  expect(notices).toEqual(["ZMQ", expect.stringMatching(/connected.*restart lava-publisher/), "POLL", "ZMQ"]);
  await updates.return?.();
});

it("reads all jobs that its events name at once, and tells each state that the bus has told", async () => {
  const ids = Array.from({ length: 32 }, submit);
  const updates = follow();
  for (let at = 0; at < ids.length; at += 1) await updates.next();
  sandbox.requests.reset();
  // A LAVA that takes its time; the bus is ahead of what it answers.
  sandbox.fault = () => ({ kind: "delay", ms: 400 });
  const told = new Map<number, string[]>(ids.map((id) => [id, []]));
  const reading = (async () => {
    for (let ended = 0; ended < ids.length;) {
      const { value } = await updates.next();
      if (value === undefined) throw new Error("the updates have ended");
      told.get(value.value.id)?.push(`${value.value.state} ${value.source}`);
      if (value.value.state === "Finished") ended += 1;
    }
  })();
  // Polls in between must not overtake what waits in the queue.
  const polls = setInterval(() => server.feed.pollWithin(0), 50);
  for (const id of ids) await sandbox.advance(id, "Finished");
  clearInterval(polls);
  await reading;
  for (const states of told.values()) expect(states).toEqual(["Scheduled BUS", "Running BUS", "Finished BUS"]);
  expect(server.feed.status().repaired).toBe(0);
  // Two on an idle machine; one for each job would be 32.
  expect(sandbox.requests.total()).toBeLessThan(ids.length / 2);
  await updates.return?.();
});
