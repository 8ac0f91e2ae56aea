// The order that Cuirass gives its queue (cuirass.md, section 4.2).

import type { WireBuild } from "./wire.js";

/** A build's place in Cuirass' own order: status descending, then urgency. */
export function keyOf({ buildstatus, priority, timestamp, id }: WireBuild): readonly number[] {
  return [-buildstatus, priority, timestamp, id];
}

/** Whether such a place is behind another. */
export function isAfter(key: readonly number[], other: readonly number[]): boolean {
  const at = key.findIndex((value, index) => value !== other[index]);
  return at !== -1 && (key[at] ?? 0) > (other[at] ?? 0);
}
