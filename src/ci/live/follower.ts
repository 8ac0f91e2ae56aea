// Follows things for all subscribers that want the same with the same rights. What it knows is always what it has
// published, so that a subscriber may join at any time. Its states are drawn at the head of `engine.ts`.

import { setTimeout as sleep } from "node:timers/promises";
import { UpstreamError } from "../../errors.js";
import { BoundedSet } from "../../events/bounded-set.js";
import { Hub, SUBSCRIBER_QUEUE_MAX } from "../../events/hub.js";
import type { HubSubscription } from "../../events/hub.js";
import type { Ask } from "../../net/ask.js";
import { UpdateSource } from "../enums.js";
import { clock } from "./clock.js";
import type { Read, Reads } from "./reads.js";
import { isChange, isOver } from "./subject.js";
import type { EventNews, Feed, FeedEvent, Listing, News, Subject, Update, Wanted } from "./subject.js";

/** After a read that failed; doubled with each further one. */
export const RETRY_MS = 2_000;
const RETRY_MAX_MS = 5_000;
/** An event may be some 25 ms ahead of the database: waits between reads until that has caught up with an end. */
const CATCH_UP_MS = [20, 50, 100, 250, 500, 1_000];
/** Until a thing that an event has named, but that can't be read, is read again; and how long that it can't be is believed. */
const NEW_MS = 100;
const HIDDEN_MS = 1_000;
/** Things of a scope that are known to have ended or not to matter, and not to be shown. */
const CLOSED_MAX = 5_000;

/** Published to subscribers: an update, or (null) that the thing is gone: deleted, or not shown any more. */
export interface Told<K, V> {
  readonly key: K;
  readonly update: Update<V> | null;
}

/** What a follower works with; all is closed with it. */
export interface FollowerParts<K extends string | number, V, S, E> {
  readonly feed: Feed<K, S, E>;
  readonly subject: Subject<K, V, S, E>;
  readonly wanted: Wanted<K, S>;
  readonly ask: Ask;
  readonly reads: Reads<K, V>;
  readonly close: () => void;
  /** Called when later subscribers had better begin with a follower of their own. */
  readonly retire: () => void;
}

interface Known<V> {
  readonly value: V;
  /** When the viewer was last shown it, on the clock of `clock.ts`: the beginning of that read. */
  readonly readAt: number;
  /** When the last event about it came, and its own time. */
  readonly eventAt: number;
  readonly eventTime: string;
}

interface Polled<K, V> {
  readonly source: UpdateSource;
  readonly begun: number;
  readonly reads: ReadonlyMap<K, Read<V>>;
  readonly listing: Listing<K, V> | null;
}

export class Follower<K extends string | number, V, S, E extends FeedEvent> {
  readonly known = new Map<K, Known<V>>();
  readonly #parts: FollowerParts<K, V, S, E>;
  readonly #news: HubSubscription<News<E>>;
  readonly #updates = new Hub<Told<K, V>>();
  readonly #scope: S | undefined;
  readonly #closed = new BoundedSet<K>(CLOSED_MAX);
  readonly #hidden = new BoundedSet<K>(CLOSED_MAX);
  /** Events that have been taken from the queue, in order. */
  #pending: EventNews<E>[] = [];
  #poll: Extract<News<E>, { readonly kind: "poll" }> | undefined;
  #position: number;
  #newest: K | null = null;
  #listedAt = -Infinity;
  #isWhole = false;
  #failures = 0;
  #ready: Promise<void> | undefined;
  #ended = false;

  constructor(parts: FollowerParts<K, V, S, E>) {
    const { feed, subject, wanted } = parts;
    this.#parts = parts;
    this.#position = feed.ring.last;
    this.#scope = "scope" in wanted ? wanted.scope : undefined;
    const keys = "keys" in wanted ? new Set(wanted.keys) : null;
    this.#news = feed.subscribe((event) => {
      const key = subject.touches(event);
      return key !== null && (keys === null || keys.has(key));
    }, wanted);
  }

  /** Place of the last event that was taken into account. */
  get position(): number {
    return this.#position;
  }

  /** Follows from the first call on. Rejects with the first read's failure. */
  get ready(): Promise<void> {
    if (this.#ready === undefined) {
      this.#ready = this.#begin();
      this.#ready.then(() => this.#run()).catch((error: unknown) => this.#end(error));
    }
    return this.#ready;
  }

  /** Whether all of a scope is known, and that is nothing. */
  get isEmpty(): boolean {
    return this.#isWhole && this.#parts.subject.carried === undefined && this.known.size === 0;
  }

  /** Updates from now on; those published before have led to what is in `known`. */
  subscribe(): HubSubscription<Told<K, V>> {
    return this.#updates.subscribe(undefined, this.#parts.feed.queueMax);
  }

  /** Sees to it that all it knows was read since then. What the viewer may not see any more is gone. Throws `UpstreamError`. */
  async prove(since: number): Promise<void> {
    const { subject, reads } = this.#parts;
    if (this.#isWhole) {
      if (this.#listedAt >= since) return;
      const begun = clock.now();
      const listing = await this.#list(since, null);
      this.#takeQueued();
      this.#takeListing(listing, listing.begun ?? begun, null);
    } else {
      const stale = [...this.known].filter(([, { readAt }]) => readAt < since).map(([key]) => key);
      if (stale.length === 0) return;
      const values = await reads.read(stale, since);
      this.#takeQueued();
      for (const [key, { value, begun }] of values) {
        const known = this.known.get(key);
        if (known === undefined) continue;
        if (value === null) this.#lose(key);
        // A change is not published here: its event may be on its way, and would then come after it.
        else if (isChange(subject, known.value, value)) {
          this.known.set(key, { ...known, readAt: begun });
          this.#parts.feed.pollWithin(RETRY_MS);
        } else this.known.set(key, { ...known, value: this.#newer(known, value, begun), readAt: begun });
      }
    }
  }

  /** Ends its subscribers. Harmless when repeated. */
  close(): void {
    this.#end();
  }

  async #begin(): Promise<void> {
    const { wanted, reads } = this.#parts;
    const begun = clock.now();
    if ("keys" in wanted) {
      const values = await reads.read(wanted.keys, begun);
      for (const [key, read] of values) if (read.value !== null) this.#know(key, read.value, read.begun);
      // All or nothing.
      if (this.known.size < wanted.keys.length) this.known.clear();
    } else {
      const listing = await this.#list(begun, null);
      this.#isWhole = listing.isWhole;
      this.#listedAt = listing.begun ?? begun;
      this.#newest = listing.newest;
      for (const value of listing.values) this.#know(this.#parts.subject.keyOf(value), value, begun);
    }
    if (this.#parts.subject.carried === undefined) return;
    // Whatever has been published until now was read, too.
    this.#news.drain();
    this.#position = this.#parts.feed.ring.last;
  }

  async #run(): Promise<void> {
    while (!this.#ended && !this.#isOver()) {
      const isWaiting = this.#failures > 0 && this.#poll === undefined;
      if (isWaiting || (this.#pending.length === 0 && this.#poll === undefined)) {
        const item = await this.#news.next();
        if (item.done === true) break;
        this.#take(item.value);
      }
      for (const item of this.#news.drain()) this.#take(item);
      // What needs no read waits for none.
      this.#applyPending(new Map());
      const isDue = this.#pending.length > 0 || this.#poll !== undefined;
      // While the server is away, only a poll is a reason to try again.
      if (isDue && (this.#failures === 0 || this.#poll !== undefined)) await this.#step();
    }
    this.#end();
  }

  #take(item: News<E>): void {
    if (item.kind === "poll") this.#poll = item;
    else this.#pending.push(item);
    // The server has been away for long: a poll publishes what these have led to.
    if (this.#pending.length > SUBSCRIBER_QUEUE_MAX && this.#failures > 0) this.#pending = [];
  }

  /** Reads what the events and the poll need, and publishes the changes, those of events first. */
  async #step(): Promise<void> {
    const poll = this.#poll;
    this.#poll = undefined;
    let reads = new Map<K, Read<V>>();
    let polled: Polled<K, V> | undefined;
    try {
      const [forEvents, forPoll] = await Promise.all([
        this.#readFor(this.#pending),
        poll === undefined ? undefined : this.#readAll(poll.source, poll.at),
      ]);
      polled = forPoll;
      reads = new Map([...(polled?.reads ?? []), ...forEvents]);
      for (const tries = CATCH_UP_MS.values(); ;) {
        // A poll never overtakes events: what came while the server was read comes first.
        for (const item of this.#news.drain()) this.#take(item);
        const item = this.#applyPending(reads);
        if (item === undefined || this.#ended) break;
        const isAhead = reads.has(this.#keyOf(item));
        const pause = isAhead ? tries.next() : { done: false as const, value: 0 };
        if (pause.done === true) {
          this.#parts.feed.pollWithin(RETRY_MS);
          this.#pending.shift();
          this.#applyEvent(item, reads);
          continue;
        }
        if (pause.value > 0) await sleep(pause.value, undefined, { signal: this.#parts.feed.signal });
        for (const [key, read] of await this.#readFor(this.#pending, isAhead ? this.#keyOf(item) : null)) {
          reads.set(key, read);
        }
      }
    } catch (error) {
      if (this.#parts.feed.signal.aborted) return;
      if (error instanceof UpstreamError && error.kind === "UpstreamDenied") {
        this.#end(error);
        return;
      }
      this.#failures += 1;
      this.#parts.feed.pollWithin(Math.min(RETRY_MAX_MS, RETRY_MS * this.#failures));
      return;
    }
    this.#failures = 0;
    if (polled !== undefined && !this.#ended) this.#takePolled(polled);
  }

  /** One request for all events that need one. @param again a thing that is to be read anew, whatever is known. */
  async #readFor(events: readonly EventNews<E>[], again: K | null = null): Promise<Map<K, Read<V>>> {
    const since = new Map<K, number>();
    for (const item of events) {
      const key = this.#keyOf(item);
      if (this.#needsRead(item, undefined)) since.set(key, item.at);
    }
    if (again !== null) since.set(again, clock.now());
    if (since.size === 0) return new Map();
    const latest = Math.max(...since.values());
    return this.#parts.reads.read(since.keys(), latest, this.#scope === undefined ? latest : latest - HIDDEN_MS);
  }

  async #readAll(source: UpdateSource, since: number): Promise<Polled<K, V>> {
    const begun = clock.now();
    const open = this.#isWhole ? [] : [...this.known].filter(([, { value }]) => !this.#parts.subject.hasEnded(value));
    const [reads, listing] = await Promise.all([
      open.length === 0
        ? new Map<K, Read<V>>()
        : this.#parts.reads.read(
            open.map(([key]) => key),
            since,
          ),
      this.#scope === undefined ? null : this.#list(since, this.#isWhole ? null : this.#newest),
    ]);
    return { source, begun, reads, listing };
  }

  #list(since: number, newest: K | null): Promise<Listing<K, V>> {
    const { subject, reads, ask } = this.#parts;
    const scope = this.#scope as S;
    const load = () => subject.list(scope, ask, newest);
    return reads.list(JSON.stringify([scope, newest]), since, load);
  }

  #keyOf({ event }: EventNews<E>): K {
    // Only events of such things are subscribed to.
    return this.#parts.subject.touches(event) as K;
  }

  /** Whether the server has to be asked before this event can be published. */
  #needsRead(item: EventNews<E>, read: Read<V> | undefined): boolean {
    const { subject } = this.#parts;
    if (subject.carried !== undefined) return false;
    const key = this.#keyOf(item);
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

  /** Publishes events until one needs another read, which is left at the head and returned. */
  #applyPending(reads: ReadonlyMap<K, Read<V>>): EventNews<E> | undefined {
    for (let item = this.#pending[0]; item !== undefined && !this.#ended; item = this.#pending[0]) {
      if (this.#needsRead(item, reads.get(this.#keyOf(item)))) return item;
      this.#pending.shift();
      this.#applyEvent(item, reads);
    }
    return undefined;
  }

  /** Those that carry their things need no read. */
  #takeQueued(): void {
    if (this.#parts.subject.carried === undefined) return;
    for (const item of this.#news.drain()) this.#take(item);
    this.#applyPending(new Map());
    this.#position = this.#parts.feed.ring.last;
  }

  #applyEvent(item: EventNews<E>, reads: ReadonlyMap<K, Read<V>>): void {
    const { subject } = this.#parts;
    this.#position = item.number;
    const key = this.#keyOf(item);
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
    this.#know(key, value, clock.now());
    if (known === undefined || subject.stateOf(known.value) !== subject.stateOf(value)) {
      this.#tell(key, value, UpdateSource.POLL);
    }
  }

  /** A thing that an event has named for the first time: the read decides whether it concerns this viewer at all. */
  #meet(item: EventNews<E>, read: Read<V>): void {
    const { subject, feed, reads } = this.#parts;
    const key = this.#keyOf(item);
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
    if (this.#newest !== null && key > this.#newest) this.#newest = key;
    if (!subject.matches(this.#scope as S, value)) {
      this.#closed.add(key);
      return;
    }
    this.known.set(key, { value, readAt, eventAt: item?.at ?? -Infinity, eventTime: item?.event.time ?? "" });
    this.#tell(key, value, source);
  }

  #takePolled({ source, begun, reads, listing }: Polled<K, V>): void {
    for (const [key, { value, begun: readAt }] of reads) this.#compare(key, value, readAt, source);
    if (listing !== null) this.#takeListing(listing, begun, source);
  }

  /** @param source null publishes nothing: a poll soon does. */
  #takeListing({ values, isWhole, newest }: Listing<K, V>, begun: number, source: UpdateSource | null): void {
    const { subject, feed } = this.#parts;
    this.#listedAt = begun;
    if (newest !== null) this.#newest = newest;
    const shown = new Set<K>();
    for (const value of values) {
      const key = subject.keyOf(value);
      shown.add(key);
      if (this.#closed.has(key)) continue;
      const known = this.known.get(key);
      if (subject.carried !== undefined) this.#know(key, value, begun);
      else if (source === null) {
        if (known === undefined || isChange(subject, known.value, value)) feed.pollWithin(RETRY_MS);
        else this.known.set(key, { ...known, readAt: begun });
      } else if (known !== undefined) this.#compare(key, value, begun, source);
      else this.#add(value, begun, source);
    }
    if (isWhole) for (const key of this.known.keys()) if (!shown.has(key)) this.known.delete(key);
  }

  #compare(key: K, value: V | null, readAt: number, source: UpdateSource): void {
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

  /** A read in the same state refreshes what is known; one that is behind it does not. */
  #newer(known: Known<V>, value: V, readAt: number): V {
    const { subject } = this.#parts;
    return subject.stateOf(known.value) === subject.stateOf(value) && readAt >= known.readAt ? value : known.value;
  }

  #know(key: K, value: V, readAt: number): void {
    this.known.set(key, { value, readAt, eventAt: -Infinity, eventTime: "" });
  }

  /** To be called in the same instant as what is known has changed. */
  #tell(key: K, value: V, source: UpdateSource): void {
    const { feed, subject } = this.#parts;
    if (this.#scope !== undefined && subject.hasEnded(value)) {
      this.known.delete(key);
      if (subject.ordered) this.#closed.add(key);
    }
    this.#updates.publish({ key, update: toUpdate(feed, subject, { value, source, position: this.#position }) });
  }

  /** Deleted, or not shown to the viewer any more. */
  #lose(key: K): void {
    this.known.delete(key);
    if (this.#scope !== undefined) return;
    // Later subscribers make a follower of their own, and get what the server says then.
    this.#parts.retire();
    this.#updates.publish({ key, update: null });
  }

  #isOver(): boolean {
    if (this.#scope !== undefined) return false;
    return [...this.known.values()].every(({ value }) => this.#parts.subject.hasEnded(value));
  }

  #end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.retire();
    this.#news.close();
    this.#parts.close();
    this.#updates.end(error);
  }
}

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
