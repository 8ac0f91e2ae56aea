// How one event moves a test job: forward only, and each change once.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeEvent } from "../../../src/lava/protocol/event.js";
import type { TestJobEvent } from "../../../src/lava/protocol/event.js";
import { toJobId } from "../../../src/lava/protocol/ids.js";
import { isChange } from "../../../src/ci/live/subject.js";
import type { LavaClient } from "../../../src/lava/client/client.js";
import { testJobSubject } from "../../../src/lava/live/test-jobs.js";
import { wireTestJob } from "../../../src/lava/protocol/wire.js";
import type { WireTestJob } from "../../../src/lava/protocol/wire.js";

const fixture = (path: string): string => readFileSync(new URL(`../../fixtures/lava/${path}`, import.meta.url), "utf8");
const QUEUED = wireTestJob.parse(JSON.parse(fixture("rest/job-queued.json")));
const LIFE = ["Submitted", "Scheduling", "Scheduled", "Running", "Canceling", "Finished"];

const job = (state: string, health = "Unknown"): WireTestJob => ({ ...QUEUED, state, health });
const event = (state: string, health = "Unknown", more: Partial<TestJobEvent> = {}): TestJobEvent => ({
  kind: "testjob",
  topic: "org.lavasoftware.testjob",
  uuid: "aa699f7a-e625-11f1-aade-02fc00000001",
  time: "2026-11-22T03:34:47.242370Z",
  user: "alice",
  jobId: toJobId(QUEUED.id),
  subId: null,
  state,
  health,
  description: null,
  submitter: null,
  deviceType: null,
  device: null,
  worker: null,
  submitTime: null,
  startTime: null,
  endTime: null,
  ...more,
});
const recorded = (file: string): TestJobEvent[] =>
  fixture(`events/${file}`)
    .trimEnd()
    .split("\n")
    .map((line) => decodeEvent(JSON.parse(line) as string[]))
    .filter((decoded) => decoded.kind === "testjob");

// It asks nobody for this.
const subject = testJobSubject({} as LavaClient, 30_000);

/** The job as the event leaves it; null for an event that tells nothing new. */
function applyEvent(before: WireTestJob, one: TestJobEvent): WireTestJob | null {
  const next = subject.apply(before, one);
  return isChange(subject, before, next) ? next : null;
}

describe("applyEvent", () => {
  const pairs = LIFE.flatMap((from) => LIFE.map((to) => [from, to] as const));

  it.each(pairs.filter(([from, to]) => LIFE.indexOf(to) > LIFE.indexOf(from)))("moves from %s to %s", (from, to) => {
    expect(applyEvent(job(from), event(to))).toEqual(job(to));
  });

  it.each(pairs.filter(([from, to]) => LIFE.indexOf(to) <= LIFE.indexOf(from)))(
    "does not move from %s to %s",
    (from, to) => {
      expect(applyEvent(job(from), event(to))).toBeNull();
    },
  );

  it("tells another health in the same state, once", () => {
    const next = applyEvent(job("Finished"), event("Finished", "Complete"));
    expect(next).toEqual(job("Finished", "Complete"));
    expect(applyEvent(next as WireTestJob, event("Finished", "Complete"))).toBeNull();
  });

  it("brings device and times along, and takes away none that is known", () => {
    const news = { device: "qemu-01", startTime: "2026-11-22T03:34:48Z", endTime: null };
    const running = applyEvent(job("Scheduled"), event("Running", "Unknown", news)) as WireTestJob;
    expect(running).toEqual({ ...job("Running"), actual_device: "qemu-01", start_time: news.startTime });
    const ended = applyEvent(running, event("Finished", "Complete", { endTime: "2026-11-22T03:35:00Z" }));
    expect(ended).toEqual({ ...running, state: "Finished", health: "Complete", end_time: "2026-11-22T03:35:00Z" });
  });

  it("takes a state that it does not know for a change, but not after the end", () => {
    expect(applyEvent(job("Running"), event("Hibernating"))).toEqual(job("Hibernating"));
    expect(applyEvent(job("Hibernating"), event("Running"))).toEqual(job("Running"));
    expect(applyEvent(job("Finished"), event("Hibernating"))).toBeNull();
  });

  it("leaves the job as it was", () => {
    const before = job("Submitted");
    applyEvent(before, event("Running"));
    expect(before).toEqual(job("Submitted"));
  });

  it.each([
    "job-complete.jsonl",
    "job-canceled-in-queue.jsonl",
    "job-canceled-while-running.jsonl",
    "job-incomplete.jsonl",
  ])("goes through %s with each state once and in order, also when every event comes twice and late", (file) => {
    const events = recorded(file);
    const play = (list: readonly TestJobEvent[]): { told: string[]; last: WireTestJob } => {
      let known = job("Submitted");
      const told: string[] = [];
      for (const one of list) {
        const next = applyEvent(known, one);
        if (next === null) continue;
        told.push(next.state);
        known = next;
      }
      return { told, last: known };
    };
    const { told, last } = play(events);
    expect(told).toEqual([...new Set(told)]);
    expect(told).toEqual([...told].sort((a, b) => LIFE.indexOf(a) - LIFE.indexOf(b)));
    expect(told.at(-1)).toBe("Finished");
    const late = events.flatMap((one, at) => [one, ...events.slice(Math.max(0, at - 2), at + 1)]);
    expect(play(late)).toEqual({ told, last });
  });
});
