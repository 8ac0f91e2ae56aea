// What one follower knows of the things it follows: how an event, a read or a list changes that, and which changes are
// published. The follower (`follower.ts`) sees to what is read, and when.

import { setTimeout as sleep } from "node:timers/promises";
import { BoundedSet } from "../../events/bounded-set.js";
import { Hub } from "../../events/hub.js";
import type { HubSubscription } from "../../events/hub.js";
import { UpdateSource } from "../enums.js";
import { clock } from "./clock.js";
import type { Read, Reads } from "./reads.js";
import { isChange, isOver, toUpdate } from "./subject.js";
import type { EventNews, Feed, FeedEvent, Listing, Subject, Update } from "./subject.js";

/** Until the next poll, where a read has shown what no event has published, or has failed. */
export const RETRY_MS = 2_000;
/** Until a thing that an event has named, but that can't be read, is read again. */
const NEW_MS = 100;
/** Things of a scope that are known to have ended or not to matter, and not to be shown. */
const CLOSED_MAX = 5_000;

/** Published to subscribers: an update, or (null) that the thing is gone: deleted, or not shown any more. */
export interface Told<K, V> {
  readonly key: K;
  readonly update: Update<V> | null;
}

export interface Known<V> {
  readonly value: V;
  /** When the viewer was last shown it, on the clock of `clock.ts`: the beginning of that read. */
  readonly readAt: number;
  /** When the last event about it came, and its own time. */
  readonly eventAt: number;
  readonly eventTime: string;
}

export interface FollowedParts<K extends string | number, V, S, E> {
  readonly feed: Feed<K, S, E>;
  readonly subject: Subject<K, V, S, E>;
  /** Undefined where things are followed by their keys. */
  readonly scope: S | undefined;
  readonly reads: Reads<K, V>;
  /** Called when later subscribers had better begin with a follower of their own. */
  readonly retire: () => void;
}

export class FollowedThings<K extends string | number, V, S, E extends FeedEvent> {
  /** As it was published, or read for the first subscriber. */
  readonly known = new Map<K, Known<V>>();
  /** Place of the last event that was taken into account. */
  position: number;
  /** Whether all of the scope is known, and when it was listed. */
  isWhole = false;
  listedAt = -Infinity;
  /** The highest key of the scope. */
  newest: K | null = null;
  readonly #parts: FollowedParts<K, V, S, E>;
  readonly #updates = new Hub<Told<K, V>>();
  readonly #scope: S | undefined;
  readonly #closed = new BoundedSet<K>(CLOSED_MAX);
  readonly #hidden = new BoundedSet<K>(CLOSED_MAX);
  #ended = false;

  constructor(parts: FollowedParts<K, V, S, E>) {
    this.#parts = parts;
    this.#scope = parts.scope;
    this.position = parts.feed.ring.last;
  }

  /** Whether none of them can change any more, where they are followed by their keys. */
  get areOver(): boolean {
    if (this.#scope !== undefined) return false;
    return [...this.known.values()].every(({ value }) => this.#parts.subject.hasEnded(value));
  }

  /** Updates from now on; those published before have led to what is known. */
  subscribe(): HubSubscription<Told<K, V>> {
    return this.#updates.subscribe(undefined, this.#parts.feed.queueMax);
  }

  /** Ends its subscribers. */
  end(error?: unknown): void {
    this.#ended = true;
    this.#updates.end(error);
  }

  /** Of which thing an event tells. */
  keyOf({ event }: EventNews<E>): K {
    // Only events of such things are subscribed to.
    return this.#parts.subject.touches(event) as K;
  }

  /** What a first read has shown: published to nobody. */
  know(key: K, value: V, readAt: number): void {
    this.known.set(key, { value, readAt, eventAt: -Infinity, eventTime: "" });
  }

  /** The same for a first list. */
  begin(listing: Listing<K, V>, begun: number): void {
    this.isWhole = listing.isWhole;
    this.listedAt = listing.begun ?? begun;
    this.newest = listing.newest;
    for (const value of listing.values) this.know(this.#parts.subject.keyOf(value), value, begun);
  }

  /** Whether the server has to be asked before this event can be published. */
  needsRead(item: EventNews<E>, read: Read<V> | undefined): boolean {
    const { subject } = this.#parts;
    if (subject.carried !== undefined) return false;
    const key = this.keyOf(item);
    const known = this.known.get(key);
    if (known === undefined) return this.#scope !== undefined && !this.#closed.has(key) && read === undefined;
    if (!subject.ordered) {
      if (item.event.time < known.eventTime) return false;
      const isSure = item.at > known.readAt && item.at - known.readAt < subject.holdsMs;
      return !isSure && (read === undefined || read.begun < item.at);
    }
    const next = subject.apply(known.value, item.event);
    if (subject.hasEnded(known.value) || !isChange(subject, known.value, next)) return false;
    if (subject.hasEnded(next)) return read === undefined || (read.value !== null && !subject.hasEnded(read.value));
    return item.at - known.readAt > subject.holdsMs && read === undefined;
  }

  /** Takes one event into account, with what was read for it. */
  applyEvent(item: EventNews<E>, reads: ReadonlyMap<K, Read<V>>): void {
    const { subject } = this.#parts;
    this.position = item.number;
    const key = this.keyOf(item);
    if (subject.carried !== undefined) {
      this.#takeCarried(key, subject.carried(item.event));
      return;
    }
    const known = this.known.get(key);
    const read = reads.get(key);
    if (known === undefined) {
      if (this.#scope !== undefined && !this.#closed.has(key) && read !== undefined) this.#meet(item, read);
      return;
    }
    if (subject.ordered ? subject.hasEnded(known.value) : item.event.time < known.eventTime) return;
    if (read?.value === null) {
      this.#lose(key);
      return;
    }
    const readAt = Math.max(known.readAt, read?.begun ?? -Infinity);
    let next = subject.apply(known.value, item.event);
    // The event's own state is published even when the read is newer: later states have events of their own.
    if (read !== undefined && (subject.ordered ? subject.hasEnded(next) : read.begun >= item.at)) next = read.value;
    const seen = { readAt, eventAt: item.at, eventTime: item.event.time };
    const isNews = isChange(subject, known.value, next);
    this.known.set(key, { value: isNews || !subject.ordered ? next : known.value, ...seen });
    if (isNews) this.#tell(key, next, UpdateSource.BUS);
  }

  /** An event carries the thing itself. */
  #takeCarried(key: K, value: V | null): void {
    const { subject } = this.#parts;
    const known = this.known.get(key);
    if (value === null) {
      if (known !== undefined) this.#lose(key);
      return;
    }
    const isForeign = this.#scope === undefined ? known === undefined : !subject.matches(this.#scope, value);
    if (isForeign || (this.#scope === undefined && known !== undefined && isOver(subject, known.value))) return;
    this.know(key, value, clock.now());
    if (known === undefined || subject.stateOf(known.value) !== subject.stateOf(value)) {
      this.#tell(key, value, UpdateSource.POLL);
    }
  }

  /** A thing that an event has named for the first time: the read decides whether it concerns this viewer at all. */
  #meet(item: EventNews<E>, read: Read<V>): void {
    const { subject, feed, reads } = this.#parts;
    const key = this.keyOf(item);
    if (read.value !== null) {
      this.#welcome(item, read);
      return;
    }
    // It is not committed yet, or not for this viewer. Nothing waits for it, or private things would hold up all others.
    if (this.#hidden.has(key)) return;
    this.#hidden.add(key);
    void sleep(NEW_MS, undefined, { signal: feed.signal, ref: false })
      .then(() => reads.read([key], clock.now()))
      .then((again) => {
        const found = again.get(key);
        if (found?.value == null || this.#ended || this.known.has(key) || this.#closed.has(key)) return;
        const next = subject.apply(found.value, item.event);
        const isFurther = subject.ordered && subject.follows(next, found.value);
        if (isFurther || !subject.ordered) this.#add(found.value, found.begun, UpdateSource.BUS);
        else this.#welcome(item, found);
      })
      .catch(() => feed.pollWithin(RETRY_MS));
  }

  #welcome(item: EventNews<E>, { value, begun }: Read<V>): void {
    const { subject } = this.#parts;
    if (value === null) return;
    const next = subject.apply(value, item.event);
    const isEvents = subject.ordered && !subject.hasEnded(next);
    this.#add(isEvents ? next : value, begun, UpdateSource.BUS, item);
  }

  #add(value: V, readAt: number, source: UpdateSource, item?: EventNews<E>): void {
    const { subject } = this.#parts;
    const key = subject.keyOf(value);
    if (this.newest !== null && key > this.newest) this.newest = key;
    if (!subject.matches(this.#scope as S, value)) {
      this.#closed.add(key);
      return;
    }
    this.known.set(key, { value, readAt, eventAt: item?.at ?? -Infinity, eventTime: item?.event.time ?? "" });
    this.#tell(key, value, source);
  }

  /** @param source null publishes nothing: a poll soon does. */
  takeListing({ values, isWhole, newest }: Listing<K, V>, begun: number, source: UpdateSource | null): void {
    const { subject, feed } = this.#parts;
    this.listedAt = begun;
    if (newest !== null) this.newest = newest;
    const shown = new Set<K>();
    for (const value of values) {
      const key = subject.keyOf(value);
      shown.add(key);
      if (this.#closed.has(key)) continue;
      const known = this.known.get(key);
      if (subject.carried !== undefined) this.know(key, value, begun);
      else if (source === null) {
        if (known === undefined || isChange(subject, known.value, value)) feed.pollWithin(RETRY_MS);
        else this.known.set(key, { ...known, readAt: begun });
      } else if (known !== undefined) this.compare(key, value, begun, source);
      else this.#add(value, begun, source);
    }
    if (isWhole) for (const key of this.known.keys()) if (!shown.has(key)) this.known.delete(key);
  }

  /** Takes a read into account, and publishes the change that no event has published. */
  compare(key: K, value: V | null, readAt: number, source: UpdateSource): void {
    const { subject, feed } = this.#parts;
    const known = this.known.get(key);
    if (known === undefined || (!subject.ordered && known.eventAt > readAt)) return;
    if (value === null) {
      this.#lose(key);
      return;
    }
    this.known.set(key, { ...known, value: this.#newer(known, value, readAt), readAt });
    if (!isChange(subject, known.value, value)) return;
    this.known.set(key, { ...known, value, readAt });
    const state = subject.stateOf(value);
    if (source === UpdateSource.REPAIRED) {
      feed.found(JSON.stringify([subject.name, key, state]), (event) => {
        return subject.touches(event) === key && subject.stateOf(subject.apply(value, event)) === state;
      });
    }
    this.#tell(key, value, source);
  }

  /** Takes a read into account that proves its viewer's right, and publishes nothing but that the thing is gone. */
  prove(key: K, value: V | null, begun: number): void {
    const { subject, feed } = this.#parts;
    const known = this.known.get(key);
    if (known === undefined) return;
    if (value === null) this.#lose(key);
    // A change is not published here: its event may be on its way, and would then come after it.
    else if (isChange(subject, known.value, value)) {
      this.known.set(key, { ...known, readAt: begun });
      feed.pollWithin(RETRY_MS);
    } else this.known.set(key, { ...known, value: this.#newer(known, value, begun), readAt: begun });
  }

  /** A read in the same state refreshes what is known; one that is behind it does not. */
  #newer(known: Known<V>, value: V, readAt: number): V {
    const { subject } = this.#parts;
    return subject.stateOf(known.value) === subject.stateOf(value) && readAt >= known.readAt ? value : known.value;
  }

  /** To be called in the same instant as what is known has changed. */
  #tell(key: K, value: V, source: UpdateSource): void {
    const { feed, subject } = this.#parts;
    if (this.#scope !== undefined && subject.hasEnded(value)) {
      this.known.delete(key);
      if (subject.ordered) this.#closed.add(key);
    }
    this.#updates.publish({ key, update: toUpdate(feed, subject, { value, source, position: this.position }) });
  }

  /** Deleted, or not shown to the viewer any more. */
  #lose(key: K): void {
    this.known.delete(key);
    if (this.#scope !== undefined) return;
    // Later subscribers make a follower of their own, and get what the server says then.
    this.#parts.retire();
    this.#updates.publish({ key, update: null });
  }
}
