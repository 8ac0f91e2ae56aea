// Every recorded event of LAVA 2023.01, older and newer forms, and frames that are none.

import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EventSyntaxError, decodeEvent } from "../../../src/lava/protocol/event.js";

const FIXTURES = new URL("../../fixtures/lava/events/", import.meta.url);
const recorded = (name: string): string[][] =>
  readFileSync(new URL(name, FIXTURES), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as string[]);
const frames = (kind: string, data: unknown, time = "2026-11-22T03:24:17.000001"): string[] => [
  `org.lavasoftware.${kind}`,
  "aa699f7a-e625-11f1-aade-02fc00000001",
  time,
  "lavaserver",
  JSON.stringify(data),
];

describe("decodeEvent", () => {
  it("decodes every recorded event, from bytes as from text", () => {
    const events = readdirSync(FIXTURES).flatMap(recorded);
    expect(events.length).toBeGreaterThan(50);
    for (const event of events) {
      const decoded = decodeEvent(event);
      expect(decoded.kind).not.toBe("other");
      expect(decodeEvent(event.map((frame) => Buffer.from(frame)))).toEqual(decoded);
    }
  });

  it("reads a test job's first and last event", () => {
    const [first = [], ...rest] = recorded("job-complete.jsonl");
    const submitted = {
      kind: "testjob",
      topic: "org.lavasoftware.testjob",
      uuid: "aa699f7a-e625-11f1-aade-02fc00000001",
      time: "2026-11-22T03:34:47.242370Z",
      user: "alice",
      jobId: 2004,
      subId: null,
      state: "Submitted",
      health: "Unknown",
      description: "qemu console monitor",
      submitter: "alice",
      deviceType: "qemu",
      device: null,
      worker: null,
      submitTime: "2026-11-22T03:34:47.240349Z",
      startTime: null,
      endTime: null,
    };
    expect(decodeEvent(first)).toEqual(submitted);
    expect(decodeEvent(rest.at(-1) ?? [])).toMatchObject({
      jobId: 2004,
      state: "Finished",
      health: "Complete",
      device: "qemu-02",
      worker: "worker-01",
      startTime: "2026-11-22T03:34:47.585732Z",
      endTime: "2026-11-22T03:34:57.357700Z",
    });
  });

  it("reads a multinode job's sub id, which is empty in the first event", () => {
    const ids = recorded("job-multinode.jsonl")
      .map(decodeEvent)
      .flatMap((event) => (event.kind === "testjob" ? [[event.jobId, event.subId]] : []));
    expect(ids.slice(0, 4)).toEqual([
      [2008, null],
      [2008, "2008.0"],
      [2009, null],
      [2009, "2008.1"],
    ]);
  });

  it("reads devices with an integer job, a sub id, or none", () => {
    const jobs = ["job-complete.jsonl", "job-multinode.jsonl"]
      .flatMap(recorded)
      .map(decodeEvent)
      .flatMap((event) => (event.kind === "device" ? [event.job] : []));
    expect(new Set(jobs)).toEqual(new Set([null, "2004", "2008.0", "2008.1"]));
    expect(decodeEvent(recorded("device-health.jsonl")[1] ?? [])).toMatchObject({
      kind: "device",
      hostname: "qemu-03",
      deviceType: "qemu",
      worker: "worker-02",
      state: "Reserved",
      health: "Bad",
      job: "2014.0",
    });
    expect(
      decodeEvent(frames("device", { device: "d", state: "Idle", health: "Good", worker: null, job: null })),
    ).toMatchObject({ deviceType: null, worker: null, job: null });
  });

  it("reads workers and the messages of tests", () => {
    expect(decodeEvent(recorded("workers.jsonl")[4] ?? [])).toMatchObject({
      kind: "worker",
      hostname: "worker-02",
      state: "Offline",
      health: "Active",
    });
    expect(recorded("job-with-lava-event.jsonl").map(decodeEvent)).toContainEqual(
      expect.objectContaining({ kind: "event", job: 2011, message: "half way" }),
    );
    expect(decodeEvent(frames("event", { job: "2008.1", message: "m" }))).toMatchObject({ job: "2008.1" });
  });

  it.each([
    ["Submitted", "Submitted", "Unknown"],
    ["Running", "Running", "Unknown"],
    ["Canceling", "Canceling", "Unknown"],
    ["Complete", "Finished", "Complete"],
    ["Incomplete", "Finished", "Incomplete"],
    ["Canceled", "Finished", "Canceled"],
    ["Parked", "Parked", "Unknown"],
  ])("reads the old status %s as %s and %s", (status, state, health) => {
    const data = { status, pipeline: true, job: 4, submit_time: "2017-01-19T13:31:17.995716+00:00" };
    expect(decodeEvent(frames("testjob", data))).toMatchObject({ jobId: 4, state, health });
  });

  it.each([
    ["Pass", "Good"],
    ["Fail", "Bad"],
    ["Looping", "Looping"],
    ["Unknown", "Unknown"],
    ["Dented", "Dented"],
    [null, "Unknown"],
  ])("reads the old form of a device event, whose health_status %s is the health %s", (status, health) => {
    const data = { status: "Reserved", pipeline: false, job: "1318429.1", health_status: status, device: "x15-01" };
    expect(decodeEvent(frames("device", data))).toMatchObject({ state: "Reserved", health, job: "1318429.1" });
  });

  it.each([
    ["Offline", "Maintenance"],
    ["Offlining", "Maintenance"],
    ["Retired", "Retired"],
  ])("reads the old status %s of a device as the health %s, whatever its last check said", (status, health) => {
    const data = { status, health_status: "Pass", device: "x15-01" };
    expect(decodeEvent(frames("device", data))).toMatchObject({ health });
  });

  it("passes on names of states that it does not know, and kinds too", () => {
    expect(decodeEvent(frames("worker", { hostname: "w", state: "Dozing", health: "Fine" }))).toMatchObject({
      state: "Dozing",
      health: "Fine",
    });
    expect(decodeEvent(frames("results", {}))).toMatchObject({ kind: "other", topicKind: "results" });
  });

  it.each([
    ["2026-11-22T03:24:17", "2026-11-22T03:24:17Z"],
    ["2026-11-22T03:24:17.5+00:00", "2026-11-22T03:24:17.5Z"],
    ["2026-11-22T03:24:17Z", "2026-11-22T03:24:17Z"],
    ["2026-11-22T03:24:17.123456+02:00", "2026-11-22T01:24:17.123456Z"],
    ["2026-11-22T20:24:17-0530", "2026-11-23T01:54:17Z"],
  ])("reads the time %s as %s", (time, utc) => {
    expect(decodeEvent(frames("results", {}, time)).time).toBe(utc);
  });

  const job = { job: 1, state: "Running", health: "Unknown" };
  it.each<[string, (Buffer | string)[], string]>([
    ["four frames", frames("testjob", job).slice(1), "4 frames instead of 5"],
    ["a websocket error", [], "0 frames instead of 5"],
    [
      "bytes that are no UTF-8",
      frames("x", {})
        .with(3, "")
        .map((f, i) => (i === 3 ? Buffer.from([0xff]) : f)),
      "frame user: not UTF-8",
    ],
    ["an empty topic", frames("x", {}).with(0, ""), "frame topic: empty"],
    ["an empty uuid", frames("x", {}).with(1, ""), "frame uuid: empty"],
    ["a time that is none", frames("x", {}, "now"), 'frame time: "now" is no time'],
    ["data cut short", frames("x", {}).with(4, '{"job": 1, "st'), 'frame data: "{\\"job\\": 1, \\"st" is no JSON'],
    ["data that is a list", frames("worker", []), "frame data: a list instead of an object"],
    ["a frame over 1 MiB", frames("x", "x".repeat(1 << 20)), "frame data: 1048578 bytes, more than 1 MiB"],
    ["a job that is text", frames("testjob", { ...job, job: "x" }), 'data.job: "x" is no test job\'s id'],
    ["a job that is a sub id", frames("testjob", { ...job, job: "1.0" }), 'data.job: "1.0" is no number'],
    ["a missing job", frames("testjob", {}), "data.job: nothing is no test job's id"],
    ["a missing state", frames("testjob", { job: 1 }), "data.state: missing"],
    ["a missing health", frames("worker", { hostname: "w", state: "Online" }), "data.health: missing"],
    ["a number as description", frames("testjob", { ...job, description: 1 }), "data.description: 1 instead of text"],
    ["an end time that is none", frames("testjob", { ...job, end_time: "x" }), 'data.end_time: "x" is no time'],
    ["a device without name", frames("device", { state: "Idle", health: "Good" }), "data.device: missing"],
    ["a message that is none", frames("event", { job: 1, message: {} }), "data.message: an object instead of text"],
  ])("refuses %s", (_, damaged, message) => {
    expect(() => decodeEvent(damaged)).toThrow(new EventSyntaxError(message));
  });
});
