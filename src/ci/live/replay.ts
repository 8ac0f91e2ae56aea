// What a subscriber has missed that comes back with a cursor.

import type { Kept } from "../../events/ring.js";
import { UpdateSource } from "../enums.js";
import { isChange } from "./subject.js";
import type { FeedEvent, Subject, Update } from "./subject.js";

interface Replayed<V> extends Pick<Update<V>, "value" | "source"> {
  /** Null for those that were read: only the last of them has the present position. */
  readonly number: number | null;
}

/**
 * Events that came after a position, in order, of things as they are known now; then each thing that is not as its last
 * event has left it, as REPAIRED, and those of which nothing was published as SNAPSHOT.
 * @param kept all events up to the present position: those up to `after` say what the subscriber knows already.
 */
export function replay<K extends string | number, V, S, E extends FeedEvent>(
  subject: Subject<K, V, S, E>,
  things: ReadonlyMap<K, V>,
  kept: readonly Kept<E>[],
  after: number,
  withSnapshot: boolean,
): Replayed<V>[] {
  const updates: Replayed<V>[] = [];
  const published = new Map<K, V>();
  const replayed = new Set<K>();
  const times = new Map<K, string>();
  for (const { event, number } of kept) {
    const key = subject.touches(event);
    // An event that carries the thing itself needs nothing else.
    const now = key === null ? undefined : (subject.carried?.(event) ?? things.get(key));
    if (key === null || now === undefined) continue;
    const before = published.get(key);
    const isOver = withSnapshot && replayed.has(key) && before !== undefined && subject.hasEnded(before);
    const next = isOver ? null : publishedState(subject, now, before, event, key, times);
    if (next === null) continue;
    published.set(key, next);
    if (number <= after || (before !== undefined && !isChange(subject, before, next))) continue;
    replayed.add(key);
    updates.push({ value: next, source: subject.carried === undefined ? UpdateSource.BUS : UpdateSource.POLL, number });
  }
  for (const [key, now] of things) {
    const last = published.get(key);
    const isOver = withSnapshot && last !== undefined && subject.hasEnded(last);
    const isKnown = last !== undefined && (isOver || !isChange(subject, last, now));
    if (replayed.has(key) ? isKnown : !withSnapshot && (last === undefined || isKnown)) continue;
    const repaired = subject.carried === undefined ? UpdateSource.REPAIRED : UpdateSource.POLL;
    const source = replayed.has(key) || !withSnapshot ? repaired : UpdateSource.SNAPSHOT;
    updates.push({ value: now, source, number: null });
  }
  return updates;
}

/** The thing as an event left it; null for an event that is behind the last one, or ahead of what is known now. */
function publishedState<K extends string | number, V, S, E extends FeedEvent>(
  subject: Subject<K, V, S, E>,
  now: V,
  before: V | undefined,
  event: E,
  key: K,
  times: Map<K, string>,
): V | null {
  if (subject.carried !== undefined) return subject.carried(event);
  const next = subject.apply(now, event);
  if (!subject.ordered) {
    const { time } = event;
    if (time < (times.get(key) ?? "")) return null;
    times.set(key, time);
    return next;
  }
  if (before !== undefined && subject.stateOf(before) !== subject.stateOf(next) && !subject.follows(before, next)) {
    return null;
  }
  if (subject.stateOf(next) === subject.stateOf(now)) return now;
  return subject.follows(now, next) ? null : next;
}
