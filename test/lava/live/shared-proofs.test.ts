// What events cost LAVA where many follow the same: one proof serves all subscriptions of a viewer.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { untilConnected } from "../../e2e/scene.js";
import { asUser, startGateway } from "../../support/gateway.js";
import type { Subscribed, TestGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";

let lava: LavaSandbox;
beforeEach(async () => {
  // Nothing moves but what the test moves: on a loaded machine a player has the time for events of its own.
  lava = await createLavaSandbox({ played: false, jobs: 0 });
});
afterEach(() => lava.close());

const NAMED = `subscription ($jobIds: [ID!]) { testJobUpdates(jobIds: $jobIds) { state testJob { jobId name submitter } } }`;
const ALL = `subscription { testJobUpdates { state testJob { jobId name submitter } } }`;
const EVENTS = `subscription { serverEvents(topics: [TEST_JOB, WORKER]) { topic state testJob { jobId } } }`;

const PATIENT = { timeout: 20_000 };

const workerEvent = () => [
  ...["org.lavasoftware.worker", crypto.randomUUID(), new Date().toISOString(), "lavaserver"],
  JSON.stringify({ hostname: "worker-01", health: "Active", state: "Online" }),
];

type Following = Subscribed<Record<string, any>>;

/** All that comes, until the subscription is closed. */
function gather(following: Following): any[] {
  const seen: any[] = [];
  void (async () => {
    for (let one = await following.next(); one !== undefined; one = await following.next()) {
      seen.push(Object.values(one.data ?? {})[0]);
    }
  })();
  return seen;
}

test.each(["on", "off"] as const)(
  "12 events that 4 viewers hear by 3 subscriptions each cost no more than a request an event and viewer, replica %s",
  async (replica) => {
    const gateway: TestGateway = await startGateway({ lava: [{ url: lava.url, replica }] });
    try {
      await untilConnected(gateway);
      const { admin, alice, bob } = lava.users;
      const viewers = [{}, asUser(admin.token), asUser(alice.token), asUser(bob.token)];
      const jobs = [1, 2, 3, 4].map(() => Number(lava.submit("alice", jobFile("queued"))[0]));
      const jobIds = jobs.map(String);
      const ends = (seen: readonly any[]) =>
        new Set(seen.filter(({ state }) => /^finished$/i.test(state)).map(({ testJob }) => testJob?.jobId));
      const followed = viewers.map((params) =>
        [
          gateway.subscribe(NAMED, { jobIds }, params),
          gateway.subscribe(ALL, {}, params),
          gateway.subscribe(EVENTS, {}, params),
        ].map((following) => ({ following, seen: gather(following) })),
      );
      // Each has begun: with a snapshot, or it hears of a worker, of which everybody may.
      const [newest = ""] = jobIds.slice(-1);
      for (const [named, all, events] of followed) {
        for (const one of [named, all]) {
          await vi.waitFor(() => expect(one?.seen.map(({ testJob }) => testJob?.jobId)).toContain(newest), PATIENT);
        }
        await vi.waitFor(async () => {
          await lava.publisher.sendRaw(workerEvent());
          expect(events?.seen).not.toEqual([]);
        }, PATIENT);
      }
      lava.requests.reset();
      // One after the other: there is one board for all.
      for (const id of jobs) {
        for (const state of ["Scheduled", "Running", "Finished"] as const) await lava.advance(id, state);
      }
      for (const { seen } of followed.flat()) {
        await vi.waitFor(() => expect(ends(seen)).toEqual(new Set(jobIds)), PATIENT);
      }
      // Without the replica some 2 for each viewer, whose fields, rights and followers share their reads; with reads of
      // their own, fields alone made 7 of it, and up to 14 on a loaded machine.
      expect(lava.requests.total()).toBeLessThanOrEqual((replica === "on" ? 1 : 6) * viewers.length);
      for (const { following } of followed.flat()) following.close();
    } finally {
      await gateway.close();
    }
  },
);
