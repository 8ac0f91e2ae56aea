// The lab that every figure is measured on: always the same jobs, devices and results, of the sandbox's own kinds.

import { boardDefinition } from "../../src/sandbox/lava/catalog.js";
import { requestsOf } from "../../src/sandbox/lava/definition.js";
import type { Device, Job, ResultMessage } from "../../src/sandbox/lava/model.js";
import { LavaStore } from "../../src/sandbox/lava/store.js";
import type { LogEntry } from "../../src/sandbox/lava/store.js";
import { now } from "../../src/sandbox/lava/text.js";

/** Finished jobs with results, and what each has. */
export const JOBS = 500;
const SUITES = ["0_boot", "1_net", "2_storage"] as const;
const CASES = 10;
const DEVICES = 20;
const TYPES = ["qemu", "beaglebone-black", "bcm2711-rpi-4-b", "juno", "docker"] as const;

/** The job with the long log. It and the queued ones are older than all others, so that no page of the screens has them. */
export const LOG_JOB_ID = 1;
export const LOG_LINES = 200_000;
/** Jobs that wait, to be moved on by a figure about events. */
export const QUEUED_IDS: readonly number[] = Array.from({ length: 40 }, (_, at) => LOG_JOB_ID + 1 + at);

/** Room for those that are submitted meanwhile. */
const MORE_JOBS = 500;
const MINUTE_MICROS = 60_000_000;
const LEVELS = ["target", "target", "debug", "target", "info"] as const;

/** One more job that waits. */
export function addQueued(store: LavaStore): Job {
  return addJob(store, QUEUED_IDS.length, now());
}

export function createLab(): LavaStore {
  const devices = Array.from({ length: DEVICES }, (_, at) => createDevice(at));
  const store = new LavaStore("2023.01", devices, 1 + QUEUED_IDS.length + JOBS + MORE_JOBS);
  const start = now() - (JOBS + 1) * MINUTE_MICROS;
  const logged = addJob(store, 0, start);
  store.append(
    logged,
    Array.from({ length: LOG_LINES }, (_, at) => logLine(at)),
    start,
  );
  finish(logged, devices[0], start);
  for (const at of QUEUED_IDS.keys()) addJob(store, at, start);
  for (let at = 0; at < JOBS; at += 1) {
    const submitted = start + at * MINUTE_MICROS;
    const job = addJob(store, at, submitted);
    for (const [of, suite] of SUITES.entries()) {
      for (let n = 0; n < CASES; n += 1) store.addCase(job, caseOf(suite, at + of + n, n), submitted);
    }
    finish(job, devices[at % DEVICES], submitted);
  }
  return store;
}

function createDevice(at: number): Device {
  const deviceType = TYPES[at % TYPES.length] ?? TYPES[0];
  return {
    hostname: `${deviceType}-${String(at).padStart(2, "0")}`,
    deviceType,
    version: "1.0",
    owner: null,
    group: null,
    description: "of the measuring stand",
    tags: [],
    // Offline: no queued job begins by itself.
    worker: "worker-lab",
    restrictedTo: [],
    dictionary: `{% extends '${deviceType}.jinja2' %}\n`,
    state: "Idle",
    health: "Good",
    currentJob: null,
    lastHealthReportJob: null,
  };
}

function addJob(store: LavaStore, at: number, submitted: number): Job {
  const definition = boardDefinition({
    deviceType: TYPES[at % TYPES.length] ?? TYPES[0],
    kernel: "v6.12.8",
    suites: ["boot-time", "ltp-syscalls", "libhugetlbfs"],
    visibility: "public",
    priority: "medium",
    number: at,
  });
  const [request] = requestsOf("alice", definition);
  if (request === undefined) throw new Error("the definition makes no job");
  return store.add(request, submitted);
}

function finish(job: Job, device: Device | undefined, start: number): void {
  job.device = device?.hostname ?? null;
  job.startTime = start;
  job.endTime = start + MINUTE_MICROS / 2;
  job.state = "Finished";
  job.health = job.id % 7 === 0 ? "Incomplete" : "Complete";
}

function caseOf(suite: string, seed: number, n: number): ResultMessage {
  return {
    case: `case-${n}`,
    definition: suite,
    result: seed % 9 === 8 ? "fail" : seed % 13 === 12 ? "skip" : "pass",
    ...(n % 3 === 0 ? { measurement: String(seed * 1.25), units: "ms" } : {}),
  };
}

/** With its time and level some 110 bytes: 22 MB in all. */
function logLine(at: number): LogEntry {
  const clock = (at * 0.0173).toFixed(6).padStart(12);
  return { level: LEVELS[at % LEVELS.length] ?? "target", message: `[${clock}] usb ${at % 7}-1: board says ${at}` };
}
