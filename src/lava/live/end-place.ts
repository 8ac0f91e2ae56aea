// Up to where a subscriber has the ends of test jobs, in LAVA's own terms: a time. Any process can go on from there, also
// when the one that delivered them is gone.

import type { Ask } from "../../net/ask.js";
import { placed } from "../../net/rows.js";
import type { LavaClient } from "../client/client.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { WireTestJob } from "../protocol/wire.js";
import type { LavaFeed } from "./feed.js";
import type { JobScope } from "./test-jobs.js";

/** The end of a job may be published so much later than that of one which has ended after it. */
const LATE_MS = 5_000;
/** How far LAVA's clock may be from ours, where no event of the job says what its time is. */
const SKEW_MS = 60_000;
/** Ends in a gap that are replayed; of a gap with more, none. */
const GAP_MAX = 500;

/** Of a subscriber who has all changes until now. */
export function placeNow(): string {
  return String(Date.now() - SKEW_MS);
}

/**
 * Of a subscriber who gets a job's update now, and so has all changes up to its position; made when it is asked for.
 * Only the job's own event lends its time: that of another may be of a job that the subscriber may not see.
 * @param position null inside a snapshot, which has no place.
 */
export function endPlaceAt(feed: LavaFeed, position: number | null, id: LavaJobId): () => string | null {
  if (position === null) return () => null;
  const now = placeNow();
  return () => {
    const last = feed.ring.all().findLast(({ number }) => number <= position);
    const isOwn = last?.number === position && last.event.kind === "testjob" && last.event.jobId === id;
    return isOwn ? String(Date.parse(last.event.time) - LATE_MS) : now;
  };
}

/**
 * Jobs of a scope that have ended since a place, in the order of their end; null when that is not known, or too much. Some
 * that were delivered may come again.
 */
export async function readEnds(
  client: LavaClient,
  { query }: JobScope,
  place: string,
  ask: Ask,
): Promise<readonly WireTestJob[] | null> {
  if (!/^\d{13}$/.test(place)) return null;
  const since = new Date(Number(place)).toISOString();
  const ended = { ...query, state__in: "Finished", end_time__gt: since, ordering: "end_time", limit: GAP_MAX + 1 };
  const { results } = await client.jobs(ended, ask);
  return results.length > GAP_MAX ? null : placed(results);
}
