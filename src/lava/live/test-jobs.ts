// Test jobs as a subject of the engine. Their life only grows; LAVA's bus is a hint, not a record: events come doubled,
// swapped, early or not at all, and carry private jobs to everybody.

import type { Listing, Subject } from "../../ci/live/subject.js";
import type { Ask } from "../../net/ask.js";
import { placed } from "../../net/rows.js";
import type { LavaClient } from "../client/client.js";
import type { LavaEvent } from "../protocol/event.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { Query } from "../protocol/job-search.js";
import type { WireTestJob } from "../protocol/wire.js";

/** Jobs without names that somebody follows. */
export interface JobScope {
  /** LAVA's own filter; two scopes with the same query match the same jobs. */
  readonly query: Query;
  /** The same, for a job that an event has named. */
  readonly matches: (wire: WireTestJob) => boolean;
}

/** LAVA's names of the states before the end, as a filter wants them. */
const UNFINISHED = "Submitted,Scheduling,Scheduled,Running,Canceling";
const LIFE = [...UNFINISHED.split(","), "Finished"];
/** Unfinished jobs in a scope's snapshot, newest first, and new ones that one poll can find. */
const SCOPE_MAX = 100;

/** @param rightsMs how long a read proves that its viewer may see the job. */
export function testJobSubject(
  client: LavaClient,
  rightsMs: number,
): Subject<LavaJobId, WireTestJob, JobScope, LavaEvent> {
  const list = async (
    scope: JobScope,
    ask: Ask,
    newest: LavaJobId | null,
  ): Promise<Listing<LavaJobId, WireTestJob>> => {
    if (newest !== null) {
      const query = { ...scope.query, id__gt: newest, ordering: "id", limit: SCOPE_MAX };
      const values = placed((await client.jobs(query, ask)).results);
      const last = values.at(-1);
      return { values, isWhole: false, newest: last === undefined ? null : toJobId(last.id) };
    }
    const latest = await client.jobs({ ordering: "-id", limit: 1 }, ask);
    const query = { ...scope.query, state__in: UNFINISHED, ordering: "-id", limit: SCOPE_MAX };
    const { results } = await client.jobs(query, ask);
    return { values: [...placed(results)].reverse(), isWhole: false, newest: toJobId(latest.results[0]?.id ?? 0) };
  };
  return {
    name: "test job",
    ordered: true,
    holdsMs: rightsMs,
    keyOf: ({ id }) => toJobId(id),
    stateOf: ({ state, health }) => `${state}/${health}`,
    follows,
    hasEnded: ({ state }) => state === "Finished",
    read: async (ids, ask, limits) => {
      const { values, begun } = await client.shownJobs(ids, ask, limits);
      limits.started(begun);
      return values;
    },
    list,
    matches: (scope, wire) => scope.matches(wire),
    touches: (event) => (event.kind === "testjob" ? event.jobId : null),
    apply: (wire, event) => (event.kind === "testjob" ? applyEvent(wire, event) : wire),
  };
}

/** The job as the event leaves it. */
function applyEvent(job: WireTestJob, event: Extract<LavaEvent, { readonly kind: "testjob" }>): WireTestJob {
  return {
    ...job,
    state: event.state,
    health: event.health,
    actual_device: event.device ?? job.actual_device,
    start_time: event.startTime ?? job.start_time,
    end_time: event.endTime ?? job.end_time,
  };
}

/** Whether `next` is a later state, or another health in the same one. */
function follows(known: WireTestJob, next: WireTestJob): boolean {
  if (known.state === next.state) return true;
  const [from, to] = [LIFE.indexOf(known.state), LIFE.indexOf(next.state)];
  // A state that this version does not know can't be placed: it may follow any other, except the end.
  return known.state !== "Finished" && (from === -1 || to === -1 || to > from);
}
