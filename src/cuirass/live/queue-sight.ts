// How far the polls have seen into the queue, whose order Cuirass gives (status, then urgency).

import { isAfter, keyOf } from "../protocol/queue-order.js";
import type { WireBuild } from "../protocol/wire.js";
import { isSameScope, matchesScope } from "./build-scope.js";
import type { BuildScope } from "./build-scope.js";

/** What the polls until now have shown of the queue. */
export interface Sight {
  readonly scope: BuildScope;
  /** The place in the queue's order that they have come to; null when that was its end. */
  readonly horizon: readonly number[] | null;
}

export function isInSight(horizon: Sight["horizon"], build: WireBuild): boolean {
  return horizon === null || !isAfter(keyOf(build), horizon);
}

/** Whether a build that is in the queue now was not there before: it is not merely one that has moved up into sight. */
export function wouldHaveBeenSeen(sight: Sight, build: WireBuild): boolean {
  return matchesScope(sight.scope, build) && isInSight(sight.horizon, build);
}

/** Of two polls of the same queue the one that came further: what it has shown is still known. */
export function furtherOf(before: Sight | null, now: Sight): Sight {
  if (before === null || !isSameScope(before.scope, now.scope)) return now;
  const isNearer = before.horizon === null || (now.horizon !== null && isAfter(before.horizon, now.horizon));
  return isNearer ? before : now;
}
