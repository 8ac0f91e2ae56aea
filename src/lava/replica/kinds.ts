// What the replica has to know of LAVA's things: when a read is not older than an event, and what an event changes.

import type { DeviceEvent, TestJobEvent, WorkerEvent } from "../protocol/event.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { WireDevice, WireTestJob, WireWorker } from "../protocol/wire.js";
import type { SharedRows } from "./shared-rows.js";

export type JobRows = SharedRows<LavaJobId, WireTestJob, TestJobEvent>;

/** The states of a test job's life, in LAVA's words and in their order. */
export const JOB_LIFE = ["Submitted", "Scheduling", "Scheduled", "Running", "Canceling", "Finished"];

/** Whether a read test job has come at least as far as an event says. */
export function jobIsAfter(job: WireTestJob | null, { state, health }: TestJobEvent): boolean {
  if (job === null) return false;
  if (job.state === state) return job.health === health;
  const [read, told] = [JOB_LIFE.indexOf(job.state), JOB_LIFE.indexOf(state)];
  return told !== -1 && read > told;
}

/** Whether a read device or worker is as an event says. */
export function isAsTold(thing: WireDevice | WireWorker | null, { state, health }: DeviceEvent | WorkerEvent): boolean {
  return thing !== null && thing.state === state && thing.health === health;
}

export function applyToDevice(device: WireDevice, { state, health, worker }: DeviceEvent): WireDevice {
  return { ...device, state, health, worker_host: worker ?? device.worker_host };
}

export function applyToWorker(worker: WireWorker, { state, health }: WorkerEvent): WireWorker {
  return { ...worker, state, health };
}

/** Whether two reads of a thing have the same in all their fields. */
export function isSameRow<T extends object>(a: T, b: T): boolean {
  const [before, after] = [Object.entries(a), b as Readonly<Record<string, unknown>>];
  if (before.length !== Object.keys(b).length) return false;
  return before.every(([field, value]) => {
    const next = after[field];
    if (value === next) return true;
    return typeof value === "object" && typeof next === "object" && JSON.stringify(value) === JSON.stringify(next);
  });
}

/** A definition never changes: what is known of a job of the same number and moment need not be unpacked for it. */
export function isSameJob(a: WireTestJob, b: WireTestJob): boolean {
  return a.submit_time === b.submit_time && isSameRow(shortOf(a), shortOf(b));
}

/** Without the long texts, which may be packed. */
function shortOf(job: WireTestJob): object {
  const short: Record<string, unknown> = {};
  for (const name of Object.keys(job)) if (!name.endsWith("definition")) short[name] = job[name as keyof WireTestJob];
  return short;
}
