// How long LAVA's answers hold, and which of its events end that.

import type { Ask } from "../../net/ask.js";
import type { Read } from "../../net/read.js";
import type { LavaEvent } from "../protocol/event.js";
import type { LavaJobId, LavaSubId } from "../protocol/ids.js";

export type Keep = Pick<Read, "keep" | "tags">;

/** Lists of test jobs, and what counts them. */
export const KEEP_JOB_LISTS: Keep = { keep: "events", tags: ["jobs"] };
export const KEEP_DEVICE_LISTS: Keep = { keep: "events", tags: ["devices"] };
export const KEEP_WORKER_LISTS: Keep = { keep: "events", tags: ["workers"] };
/** What an administrator changes, and no event tells. */
export const KEEP_SLOW: Keep = { keep: "slow", tags: [] };

/** A finished test job that the viewer may see: the caller has checked. */
export interface EndedJob {
  readonly id: LavaJobId;
  /** When it ended: a server that was set up anew gives old numbers to new jobs. */
  readonly endedAt: string | null;
}

/** What is known for good of it. `what` names it, beside others of the same job. */
export function readFinal(what: string, { id, endedAt }: EndedJob, { viewer }: Ask): Read {
  return { key: `${what} ${id} ${endedAt ?? ""}`, keep: "final", tags: [], viewer };
}

/** What is told of single test jobs. */
export function keepJobs(ids: readonly (LavaJobId | LavaSubId)[]): Keep {
  // A node of a multinode job goes by another name in events.
  return { keep: "events", tags: ids.map((id) => (typeof id === "number" ? jobTag(id) : "jobs")) };
}

/** What is told of single devices. */
export function keepDevices(hostnames: readonly string[]): Keep {
  return { keep: "events", tags: hostnames.map((hostname) => `device/${hostname}`) };
}

/** What an event ends the life of. */
export function touchedBy(event: LavaEvent): readonly string[] {
  switch (event.kind) {
    case "testjob":
      return ["jobs", jobTag(event.jobId)];
    case "device":
      return ["devices", `device/${event.hostname}`];
    case "worker":
      return ["workers"];
    case "event":
    case "other":
      return [];
  }
}

function jobTag(id: number): string {
  return `job/${id}`;
}
