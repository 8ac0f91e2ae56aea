// When one look at a test job, or one event about it, is a change from what was known. States only grow.

import { UpdateSource } from "../../ci/enums.js";
import type { TestJobEvent } from "../protocol/event.js";
import { toJobId } from "../protocol/ids.js";
import type { WireTestJob } from "../protocol/wire.js";

/** A test job as of one change of its state or health. */
export interface JobChange {
  readonly wire: WireTestJob;
  readonly source: UpdateSource;
}

/** LAVA's names of the states before the end, as a filter wants them. */
export const UNFINISHED = "Submitted,Scheduling,Scheduled,Running,Canceling";
const LIFE = [...UNFINISHED.split(","), "Finished"];

/**
 * What the bus told of a job while its follower was away, in order, up to the state that is known; then that state itself
 * where it is further on, or where the bus told nothing.
 */
export function* replay(wire: WireTestJob, missed: readonly TestJobEvent[]): Generator<JobChange, void, undefined> {
  let told: WireTestJob | null = null;
  for (const event of missed) {
    if (event.jobId !== toJobId(wire.id) || isBehind(wire.state, event.state)) continue;
    const next: WireTestJob = event.state === wire.state ? wire : { ...wire, state: event.state, health: event.health };
    if (told !== null && !isChange(told, next)) continue;
    told = next;
    yield { wire: told, source: UpdateSource.BUS };
  }
  if (told === null) yield { wire, source: UpdateSource.SNAPSHOT };
  else if (isChange(told, wire)) yield { wire, source: UpdateSource.REPAIRED };
}

/** The job as the event leaves it; null for an event that tells nothing new: a duplicate, or one that runs backward. */
export function applyEvent(job: WireTestJob, event: TestJobEvent): WireTestJob | null {
  const next: WireTestJob = {
    ...job,
    state: event.state,
    health: event.health,
    actual_device: event.device ?? job.actual_device,
    start_time: event.startTime ?? job.start_time,
    end_time: event.endTime ?? job.end_time,
  };
  return isChange(job, next) ? next : null;
}

/** Whether `next` is a later state, or another health in the same one. */
export function isChange(known: WireTestJob, next: WireTestJob): boolean {
  if (known.state === next.state) return known.health !== next.health;
  const [from, to] = [LIFE.indexOf(known.state), LIFE.indexOf(next.state)];
  // A state that this version does not know can't be placed: it is a change like any other, except after the end.
  return known.state !== "Finished" && (from === -1 || to === -1 || to > from);
}

/** Whether the first state comes before the second in a job's life. */
export function isBehind(state: string, other: string): boolean {
  return LIFE.indexOf(state) < LIFE.indexOf(other);
}
