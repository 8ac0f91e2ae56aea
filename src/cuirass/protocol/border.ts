// Places among builds by the time they ended, as Cuirass' undocumented borders have them (cuirass.md, section 4.2): the
// same for its finished builds and for its queue.

import type { WireBuild } from "./wire.js";

/** The last second, and the last id, that PostgreSQL holds in four bytes; beyond, Cuirass answers with an empty 500. */
const INT4_MAX = 2_147_483_647;

/** Unix seconds, then id. Canceled builds are at second 0, and so are unfinished ones that have never ended. */
export interface Border {
  readonly time: number;
  readonly id: number;
}

/** What ended between two places. */
export interface TimeRange {
  readonly above?: Border | undefined;
  readonly below?: Border | undefined;
}

/** Below all that ended in the second of `time` (RFC 3339) or later. */
export function beginningOf(time: string): Border {
  return { time: toSeconds(Math.floor(Date.parse(time) / 1000)), id: 0 };
}

/** Above all that ended at `time` (RFC 3339) or earlier. */
export function justAfter(time: string): Border {
  return { time: toSeconds(Math.floor(Date.parse(time) / 1000)), id: INT4_MAX };
}

/** Above all that ended in this second or earlier. */
export function lastOfSecond(second: number): Border {
  return { time: second, id: INT4_MAX };
}

/** Below all that ended at `time` (RFC 3339) or later. */
export function justBefore(time: string): Border {
  return { time: toSeconds(Math.ceil(Date.parse(time) / 1000)), id: 0 };
}

/** Above all builds without an end, and below all others. */
export const NEVER_ENDED: Border = { time: 0, id: INT4_MAX };

/** Above all builds. */
export const CEILING: Border = { time: INT4_MAX, id: INT4_MAX };

/** Whether Cuirass can be asked for it. */
export function isBorder({ time, id }: Border): boolean {
  return time <= INT4_MAX && id <= INT4_MAX;
}

export function borderOf({ stoptime, id }: WireBuild): Border {
  return { time: stoptime, id };
}

/** Just above a place: what lies below it includes the place itself. */
export function above({ time, id }: Border): Border {
  return id < INT4_MAX ? { time, id: id + 1 } : { time: time + 1, id: 0 };
}

/** Just below a place: what lies above it includes the place itself. `id` must be that of a build. */
export function below({ time, id }: Border): Border {
  return { time, id: id - 1 };
}

export function isAbove(one: Border, other: Border): boolean {
  return one.time > other.time || (one.time === other.time && one.id > other.id);
}

export function higher(one: Border, other: Border): Border {
  return isAbove(one, other) ? one : other;
}

/** A place between two others: at half the time or, within a second, at half the ids. */
export function between(low: Border, high: Border): Border {
  if (high.time - low.time >= 2) return { time: Math.floor((low.time + high.time) / 2), id: 0 };
  if (high.time > low.time && high.id > 1) return { time: high.time, id: 0 };
  const end = high.time > low.time ? INT4_MAX : high.id;
  return { time: low.time, id: Math.max(low.id, Math.floor((low.id + end) / 2)) };
}

/** The build that ended last comes first. */
export function byEnd(a: WireBuild, b: WireBuild): number {
  return b.stoptime - a.stoptime || b.id - a.id;
}

function toSeconds(seconds: number): number {
  return Math.min(INT4_MAX, Math.max(0, seconds));
}
