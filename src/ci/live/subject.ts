// What the engine (`engine.ts`) has to know of a kind of thing that is followed, and of where news of it come from.

import type { HubSubscription } from "../../events/hub.js";
import type { EventRing, Kept } from "../../events/ring.js";
import type { Ask } from "../../net/ask.js";
import type { ReadLimits } from "./reads.js";
import type { UpdateSource } from "../enums.js";

/** What somebody follows: things by key, until they have ended, or all of a scope, for ever. */
export type Wanted<K, S> = { readonly keys: readonly K[] } | { readonly scope: S };

/** One change, or one thing of a snapshot, as subscribers get it. */
export interface Update<V> {
  /** Equal for two updates with the same content: the server executes an operation once for each key. */
  readonly key: string;
  readonly value: V;
  readonly source: UpdateSource;
  /** Place in the feed from which a subscriber that comes back misses nothing after this update; null inside a snapshot. */
  readonly position: number | null;
  /** True with the first update of a subscriber whose cursor could not be gone on from. */
  readonly expired: boolean;
}

/** What every event has: the time at which the server sent it. Times compare as texts. */
export interface FeedEvent {
  readonly time: string;
}

export interface EventNews<E> {
  readonly kind: "event";
  readonly event: E;
  /** When it came, on the clock of `clock.ts`. */
  readonly at: number;
  /** Its place in the ring. */
  readonly number: number;
}

/** `poll`: what is followed is to be read now. */
export type News<E> = EventNews<E> | { readonly kind: "poll"; readonly source: UpdateSource; readonly at: number };

/** Where news of one server come from. */
export interface Feed<K, S, E> {
  /** Name of the server. */
  readonly server: string;
  /** Updates that may wait for one subscriber before it is ended with `SUBSCRIPTION_OVERFLOW`. */
  readonly queueMax: number;
  /** Events received until now. */
  readonly ring: Pick<EventRing<E>, "last" | "all">;
  /** Aborted when the feed is closed. */
  readonly signal: AbortSignal;
  subscribe(wants: (event: E) => boolean, wanted: Wanted<K, S>): HubSubscription<News<E>>;
  /** All that came after a position; null where that may not be everything. */
  missedSince(position: number, wanted: Wanted<K, S>): readonly Kept<E>[] | null;
  /** Sees to it that the next poll is at most `ms` away. */
  pollWithin(ms: number): void;
  /**
   * A read has found a state for which no event has come until now.
   * @param what the thing and its state, as text: followers that find the same are one finding.
   * @param wasPublished whether its event has come meanwhile.
   */
  found(what: string, wasPublished: (event: E) => boolean): void;
}

export interface Listing<K, V> {
  readonly values: readonly V[];
  /** Whether it is all of the scope: what is not in it is no more. */
  readonly isWhole: boolean;
  /** The highest key that there is, where new things have higher ones. */
  readonly newest: K | null;
  /** When the request went out, on the clock of `clock.ts`, where that was not at once. */
  readonly begun?: number;
}

/** One kind of thing, e.g. LAVA's test jobs. V: as read, K: its key, S: a scope, E: an event of its feed. */
export interface Subject<K extends string | number, V, S, E> {
  /** For update keys, and for messages: `test job`. */
  readonly name: string;
  /**
   * Whether states have a direction, so that a thing's life only grows. Without one, order comes from the events' own
   * times, and a read counts only when no event came while it was under way.
   */
  readonly ordered: boolean;
  /** How long a read proves that its viewer may see the thing, for events and for further subscribers; 0: only a fresh one does. */
  readonly holdsMs: number;
  keyOf(value: V): K;
  /** Equal for two values between which nothing worth telling has changed. */
  stateOf(value: V): string;
  /** Whether the second may come after the first, when their states differ. */
  follows(before: V, next: V): boolean;
  /** Whether no change can follow. */
  hasEnded(value: V): boolean;
  /** Whether the server may take this end back by itself: it is followed on as long as another one has not ended. */
  mayGoOn?(value: V): boolean;
  /** Whether a scope's snapshot shows it; without, all that is known. */
  isShown?(value: V): boolean;
  /** Those that the viewer may see, each by its key. An error in place of one that could not be read. */
  read(keys: readonly K[], ask: Ask, limits: ReadLimits): Promise<ReadonlyMap<K, V | Error>>;
  /** @param newest null for what goes on in the scope now; else only what has a higher key. */
  list(scope: S, ask: Ask, newest: K | null): Promise<Listing<K, V>>;
  matches(scope: S, value: V): boolean;
  /** Of which thing an event tells; null for others. */
  touches(event: E): K | null;
  /** The thing as the event leaves it. */
  apply(value: V, event: E): V;
  /** Where events carry the thing itself: null when the server no longer has it. Such feeds know no other order. */
  carried?(event: E): V | null;
}

/** Whether `next` after `before` is a change that subscribers get. */
export function isChange<K extends string | number, V, S, E>(
  subject: Subject<K, V, S, E>,
  before: V,
  next: V,
): boolean {
  return subject.stateOf(before) !== subject.stateOf(next) && subject.follows(before, next);
}

/** Whether no change can follow, whatever else goes on. */
export function isOver<K extends string | number, V, S, E>(subject: Subject<K, V, S, E>, value: V): boolean {
  return subject.hasEnded(value) && subject.mayGoOn?.(value) !== true;
}

/** An update as subscribers get it. */
export function toUpdate<K extends string | number, V, S, E>(
  feed: Feed<K, S, E>,
  subject: Subject<K, V, S, E>,
  { value, source, position, expired = false }: Omit<Update<V>, "key" | "expired"> & { readonly expired?: boolean },
): Update<V> {
  const key = JSON.stringify([
    ...[feed.server, subject.name, subject.keyOf(value), subject.stateOf(value)],
    ...[source, position, expired],
  ]);
  return { key, value, source, position, expired };
}
