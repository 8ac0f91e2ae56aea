// Follows things for all subscribers that want the same with the same rights: takes events and polls in their order, and
// reads what they need. What it knows (`followed-things.ts`) is always what it has published, so that a subscriber may join
// at any time. Its states are drawn at the head of `engine.ts`.

import { setTimeout as sleep } from "node:timers/promises";
import { UpstreamError } from "../../errors.js";
import { SUBSCRIBER_QUEUE_MAX } from "../../events/hub.js";
import type { HubSubscription } from "../../events/hub.js";
import type { Ask } from "../../net/ask.js";
import type { UpdateSource } from "../enums.js";
import { clock } from "./clock.js";
import { FollowedThings, RETRY_MS } from "./followed-things.js";
import type { Known, Told } from "./followed-things.js";
import type { Read, Reads } from "./reads.js";
import type { EventNews, Feed, FeedEvent, Listing, News, Subject, Wanted } from "./subject.js";

/** Until the next poll, after many reads that failed. */
const RETRY_MAX_MS = 5_000;
/** An event may be some 25 ms ahead of the database: waits between reads until that has caught up with an end. */
const CATCH_UP_MS = [20, 50, 100, 250, 500, 1_000];
/** How long it is believed that a thing of a scope can't be read. */
const HIDDEN_MS = 1_000;

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

interface Polled<K, V> {
  readonly source: UpdateSource;
  readonly begun: number;
  readonly reads: ReadonlyMap<K, Read<V>>;
  readonly listing: Listing<K, V> | null;
}

export class Follower<K extends string | number, V, S, E extends FeedEvent> {
  readonly #parts: FollowerParts<K, V, S, E>;
  readonly #news: HubSubscription<News<E>>;
  readonly #things: FollowedThings<K, V, S, E>;
  readonly #scope: S | undefined;
  /** Events that have been taken from the queue, in order. */
  #pending: EventNews<E>[] = [];
  #poll: Extract<News<E>, { readonly kind: "poll" }> | undefined;
  #failures = 0;
  #ready: Promise<void> | undefined;
  #ended = false;

  constructor(parts: FollowerParts<K, V, S, E>) {
    const { feed, subject, wanted } = parts;
    this.#parts = parts;
    this.#scope = "scope" in wanted ? wanted.scope : undefined;
    this.#things = new FollowedThings({ ...parts, scope: this.#scope });
    const keys = "keys" in wanted ? new Set(wanted.keys) : null;
    this.#news = feed.subscribe((event) => {
      const key = subject.touches(event);
      return key !== null && (keys === null || keys.has(key));
    }, wanted);
  }

  get known(): ReadonlyMap<K, Known<V>> {
    return this.#things.known;
  }

  /** Place of the last event that was taken into account. */
  get position(): number {
    return this.#things.position;
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
    return this.#things.isWhole && this.#parts.subject.carried === undefined && this.known.size === 0;
  }

  /** Updates from now on; those published before have led to what is in `known`. */
  subscribe(): HubSubscription<Told<K, V>> {
    return this.#things.subscribe();
  }

  /** Sees to it that all it knows was read since then. What the viewer may not see any more is gone. Throws `UpstreamError`. */
  async prove(since: number): Promise<void> {
    if (this.#things.isWhole) {
      if (this.#things.listedAt >= since) return;
      const begun = clock.now();
      const listing = await this.#list(since, null);
      this.#takeQueued();
      this.#things.takeListing(listing, listing.begun ?? begun, null);
    } else {
      const stale = [...this.known].filter(([, { readAt }]) => readAt < since).map(([key]) => key);
      if (stale.length === 0) return;
      const values = await this.#parts.reads.read(stale, since);
      this.#takeQueued();
      for (const [key, { value, begun }] of values) this.#things.prove(key, value, begun);
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
      for (const [key, read] of values) if (read.value !== null) this.#things.know(key, read.value, read.begun);
      // All or nothing.
      if (this.known.size < wanted.keys.length) this.#things.known.clear();
    } else {
      this.#things.begin(await this.#list(begun, null), begun);
    }
    if (this.#parts.subject.carried === undefined) return;
    // Whatever has been published until now was read, too.
    this.#news.drain();
    this.#things.position = this.#parts.feed.ring.last;
  }

  async #run(): Promise<void> {
    while (!this.#ended && !this.#things.areOver) {
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
        const isAhead = reads.has(this.#things.keyOf(item));
        const pause = isAhead ? tries.next() : { done: false as const, value: 0 };
        if (pause.done === true) {
          this.#parts.feed.pollWithin(RETRY_MS);
          this.#pending.shift();
          this.#things.applyEvent(item, reads);
          continue;
        }
        if (pause.value > 0) await sleep(pause.value, undefined, { signal: this.#parts.feed.signal });
        for (const [key, read] of await this.#readFor(this.#pending, isAhead ? this.#things.keyOf(item) : null)) {
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
      const key = this.#things.keyOf(item);
      if (this.#things.needsRead(item, undefined)) since.set(key, item.at);
    }
    if (again !== null) since.set(again, clock.now());
    if (since.size === 0) return new Map();
    const latest = Math.max(...since.values());
    return this.#parts.reads.read(since.keys(), latest, this.#scope === undefined ? latest : latest - HIDDEN_MS);
  }

  async #readAll(source: UpdateSource, since: number): Promise<Polled<K, V>> {
    const begun = clock.now();
    const open = this.#things.isWhole
      ? []
      : [...this.known].filter(([, { value }]) => !this.#parts.subject.hasEnded(value));
    const [reads, listing] = await Promise.all([
      open.length === 0
        ? new Map<K, Read<V>>()
        : this.#parts.reads.read(
            open.map(([key]) => key),
            since,
          ),
      this.#scope === undefined ? null : this.#list(since, this.#things.isWhole ? null : this.#things.newest),
    ]);
    return { source, begun, reads, listing };
  }

  #list(since: number, newest: K | null): Promise<Listing<K, V>> {
    const { subject, reads, ask } = this.#parts;
    const scope = this.#scope as S;
    const load = () => subject.list(scope, ask, newest);
    return reads.list(JSON.stringify([scope, newest]), since, load);
  }

  /** Publishes events until one needs another read, which is left at the head and returned. */
  #applyPending(reads: ReadonlyMap<K, Read<V>>): EventNews<E> | undefined {
    for (let item = this.#pending[0]; item !== undefined && !this.#ended; item = this.#pending[0]) {
      if (this.#things.needsRead(item, reads.get(this.#things.keyOf(item)))) return item;
      this.#pending.shift();
      this.#things.applyEvent(item, reads);
    }
    return undefined;
  }

  /** Those that carry their things need no read. */
  #takeQueued(): void {
    if (this.#parts.subject.carried === undefined) return;
    for (const item of this.#news.drain()) this.#take(item);
    this.#applyPending(new Map());
    this.#things.position = this.#parts.feed.ring.last;
  }

  #takePolled({ source, begun, reads, listing }: Polled<K, V>): void {
    for (const [key, { value, begun: readAt }] of reads) this.#things.compare(key, value, readAt, source);
    if (listing !== null) this.#things.takeListing(listing, begun, source);
  }

  #end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.retire();
    this.#news.close();
    this.#parts.close();
    this.#things.end(error);
  }
}
