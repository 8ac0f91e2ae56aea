// Places among finished builds by the time they ended, as Cuirass' undocumented borders have them (cuirass.md, section 4.2).

import type { WireBuild } from "./wire.js";

/** The last second, and the last id, that PostgreSQL holds in four bytes; beyond, Cuirass answers with an empty 500. */
const INT4_MAX = 2_147_483_647;

/** Unix seconds, then id. Unfinished and canceled builds are at second 0. */
export interface Border {
  readonly time: number;
  readonly id: number;
}

/** Below all that ended in the second of `time` (RFC 3339) or later. */
export function beginningOf(time: string): Border {
  return { time: toSeconds(Math.floor(Date.parse(time) / 1000)), id: 0 };
}

/** Above all that ended at `time` (RFC 3339) or earlier. */
export function justAfter(time: string): Border {
  return { time: toSeconds(Math.floor(Date.parse(time) / 1000)), id: INT4_MAX };
}

/** Below all that ended at `time` (RFC 3339) or later. */
export function justBefore(time: string): Border {
  return { time: toSeconds(Math.ceil(Date.parse(time) / 1000)), id: 0 };
}

/** Above all builds without an end. */
export const NEVER_ENDED: Border = { time: 0, id: INT4_MAX };

export function borderOf({ stoptime, id }: WireBuild): Border {
  return { time: stoptime, id };
}

function toSeconds(seconds: number): number {
  return Math.min(INT4_MAX, Math.max(0, seconds));
}
