// News of one kind of thing on a server that has no events: polls of the server find what has changed, for all followers
// at once and only while there are any. Polls never overlap, so nothing is lost between two, comes twice, or
// runs backward. While nobody follows, the time between two polls is merely longer: the next one finds whatever can still
// be read.

import { clock } from "./clock.js";
import type { Feed, Listing, News, Subject, Wanted } from "./subject.js";
import { Cursors } from "../../events/cursors.js";
import { Hub } from "../../events/hub.js";
import type { SealingKey } from "../../events/sealing-key.js";
import type { HubSubscription } from "../../events/hub.js";
import { EventRing, RING_MAX } from "../../events/ring.js";
import type { Kept } from "../../events/ring.js";
import { createAsk } from "../../net/ask.js";
import { REST_MS } from "./polls.js";
import type { Change, Found, Polls } from "./polls.js";
import { Rounds } from "./rounds.js";

/** Where everybody sees the same, and the feed asks for itself. */
export const ANYBODY = createAsk(null);

export const POLL_DEFAULT_MS = 5_000;
/** Changes that may wait for one follower, or one subscriber: one poll may find some thousand. */
const QUEUE_MAX = 5_000;

export interface FeedStatus {
  /** Since when it has polled, or rested, as it does; null when nobody has followed anything yet. RFC 3339. */
  readonly since: string | null;
  readonly lastChangeAt: string | null;
  readonly changes: number;
  /** Whether the server did not answer the last poll. */
  readonly isAway: boolean;
}

/** A change, as an event that carries the thing itself. */
export interface FoundChange<V> extends Change<V> {
  readonly time: string;
}

/** A change, or that from here on the changes of other scopes are found than before. */
type Entry<V, S> =
  | { readonly kind: "change"; readonly change: FoundChange<V> }
  | { readonly kind: "scopes"; readonly covered: (scope: S) => boolean };

interface Poll<V, S> {
  readonly found: Found<V, S>;
  readonly begun: number;
}

/** What somebody follows. */
interface Interest<S> {
  /** Those that have not ended. */
  readonly ids: Set<number>;
  readonly scope: S | null;
  readonly end: (error: Error) => void;
}

export interface PolledFeedOptions {
  readonly server: string;
  /** What its positions are counted as, where a server has several feeds; the server's name by default. */
  readonly name?: string;
  /** What its cursors are sealed with; a key of the process by default. */
  readonly cursorKey?: SealingKey;
  readonly intervalMs: number;
  readonly restMs?: number;
  readonly queueMax?: number;
  /** Asks whether a server is back that did not answer; called before each poll after one that failed. Never throws. */
  readonly recheck?: () => Promise<void>;
}

export class PolledFeed<V extends object, S extends object> implements Feed<number, S, FoundChange<V>> {
  readonly server: string;
  readonly queueMax: number;
  readonly cursors: Cursors;
  readonly #hub = new Hub<News<FoundChange<V>>>();
  readonly #rounds: Rounds<Poll<V, S>>;
  readonly #entries = new EventRing<Entry<V, S>>();
  readonly #stop = new AbortController();
  readonly #interests = new Set<Interest<S>>();
  readonly #restMs: number;
  readonly #recheck: (() => Promise<void>) | undefined;
  /** In order. */
  readonly #places: { readonly number: number; readonly place: string }[] = [];
  #rest: NodeJS.Timeout | undefined;
  #asked = new Set<number>();
  readonly #started: (() => void)[] = [];
  #allAsked = false;
  #since: string | null = null;
  #lastChangeAt: string | null = null;
  #changes = 0;
  #isAway = false;

  constructor(
    private readonly polls: Polls<V, S>,
    {
      server,
      name = server,
      cursorKey,
      intervalMs,
      restMs = REST_MS,
      queueMax = QUEUE_MAX,
      recheck,
    }: PolledFeedOptions,
  ) {
    this.server = server;
    this.cursors = new Cursors(name, cursorKey);
    this.queueMax = queueMax;
    this.#restMs = restMs;
    this.#recheck = recheck;
    this.#rounds = new Rounds({
      intervalMs,
      round: (due) => this.#poll(due),
      failed: ({ found }) => found.failed,
      wanted: () => this.#isWanted,
    });
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get status(): FeedStatus {
    const isAway = this.#isAway && this.#isWanted;
    return { since: this.#since, lastChangeAt: this.#lastChangeAt, changes: this.#changes, isAway };
  }

  get ring(): Feed<number, S, FoundChange<V>>["ring"] {
    return { last: this.#entries.last, all: () => changesIn(this.#entries.all()) };
  }

  subscribe(
    wants: (change: FoundChange<V>) => boolean,
    wanted: Wanted<number, S>,
  ): HubSubscription<News<FoundChange<V>>> {
    const leave = () => {
      this.#interests.delete(interest);
      this.#restIfUnwanted();
    };
    const news = this.#hub.subscribe((item) => item.kind === "event" && wants(item.event), this.queueMax, leave);
    const end = (error: Error) => news.end(error);
    const interest: Interest<S> =
      "keys" in wanted ? { ids: new Set(wanted.keys), scope: null, end } : { ids: new Set(), scope: wanted.scope, end };
    if (!this.#isWanted) this.#since = new Date().toISOString();
    clearTimeout(this.#rest);
    this.#interests.add(interest);
    this.#rounds.adjust();
    return news;
  }

  /** What the ring has from a position on; null when some of it is gone, or was not looked for in this scope. */
  missedSince(position: number, wanted: Wanted<number, S>): readonly Kept<FoundChange<V>>[] | null {
    const kept = this.#entries.after(position);
    if (kept === null) return null;
    if ("scope" in wanted && kept.some(({ event }) => event.kind === "scopes" && !event.covered(wanted.scope))) {
      return null;
    }
    return changesIn(kept);
  }

  /** The place, in the server's own terms, of a subscriber who has all changes up to a position; null for none. */
  placeAt(position: number): string | null {
    return this.#places.findLast(({ number }) => number <= position)?.place ?? null;
  }

  /** The things as a poll that begins soon reads them. */
  async read(ids: readonly number[], started: () => void): Promise<ReadonlyMap<number, V | Error>> {
    for (const id of ids) this.#asked.add(id);
    this.#started.push(started);
    const { asked } = (await this.#rounds.next()).found;
    return new Map(
      ids.flatMap((id) => {
        const value = asked.get(id);
        return value == null ? [] : [[id, value] as const];
      }),
    );
  }

  /** What goes on in a scope, as a poll that begins soon reads it. */
  async list(scope: S): Promise<Listing<number, V>> {
    this.#allAsked = true;
    const { found, begun } = await this.#rounds.next();
    if (found.scopesFault !== null) throw found.scopesFault;
    return { values: this.polls.ongoing(scope), isWhole: true, newest: null, begun };
  }

  /** The server answers again: nobody waits for the next turn. */
  pollWithin(): void {
    if (this.#isWanted) this.#rounds.now();
  }

  /** Nothing is published by anybody else, so nothing can be found that was not. */
  found(): void {
    // Not counted.
  }

  /** Ends all followers with this error; those that come later end at once. */
  end(error: Error): void {
    this.#hub.end(error);
  }

  /** Ends all followers. */
  close(): void {
    this.#stop.abort();
    this.#hub.close();
    this.#rounds.close();
    clearTimeout(this.#rest);
  }

  get #isWanted(): boolean {
    return [...this.#interests].some(({ ids, scope }) => ids.size > 0 || scope !== null);
  }

  async #poll(due: boolean): Promise<Poll<V, S>> {
    const begun = clock.now();
    for (const started of this.#started.splice(0)) started();
    const asked = this.#asked;
    const all = due || this.#allAsked;
    this.#asked = new Set();
    this.#allAsked = false;
    if (this.#isAway) await this.#recheck?.();
    const found = await this.polls.poll({
      asked,
      all,
      ids: new Set([...this.#interests].flatMap(({ ids }) => [...ids])),
      scopes: [...this.#interests].flatMap(({ scope }) => scope ?? []),
    });
    if (all) this.#isAway = found.failed;
    if (found.covered !== null) this.#entries.push({ kind: "scopes", covered: found.covered });
    if (found.changes.length > 0) this.#lastChangeAt = new Date().toISOString();
    this.#changes += found.changes.length;
    for (const { id, value, place } of found.changes) {
      const change = { id, value, time: this.#lastChangeAt ?? "" };
      const number = this.#entries.push({ kind: "change", change });
      this.#notePlace(place);
      this.#hub.publish({ kind: "event", event: change, at: clock.now(), number });
      if (value === null || this.#isOver(value)) this.#release(id);
    }
    this.#notePlace(found.place);
    for (const [scope, error] of found.gone ?? []) {
      for (const interest of [...this.#interests]) if (interest.scope === scope) interest.end(error);
    }
    for (const [id, value] of found.asked) {
      if (value === null || (!(value instanceof Error) && this.#isOver(value))) this.#release(id);
    }
    return { found, begun };
  }

  #notePlace(place: string | null | undefined): void {
    if (place == null || place === this.#places.at(-1)?.place) return;
    this.#places.push({ number: this.#entries.last, place });
    if (this.#places.length > 2 * RING_MAX) this.#places.splice(0, RING_MAX);
  }

  #isOver(value: V): boolean {
    return this.polls.hasEnded(value) && this.polls.mayGoOn?.(value) !== true;
  }

  /** What begins anew after its end is not followed on. */
  #release(id: number): void {
    for (const { ids } of this.#interests) ids.delete(id);
    this.#restIfUnwanted();
  }

  #restIfUnwanted(): void {
    if (this.#isWanted || this.#stop.signal.aborted) return;
    clearTimeout(this.#rest);
    this.#since = new Date().toISOString();
    this.#rounds.adjust();
    // Nobody has come back: what happens from here on is not found any more.
    this.#rest = setTimeout(() => {
      this.polls.forget();
      this.#entries.markGap();
    }, this.#restMs).unref();
  }
}

function changesIn<V, S>(kept: readonly Kept<Entry<V, S>>[]): readonly Kept<FoundChange<V>>[] {
  return kept.flatMap(({ event, number }) => (event.kind === "change" ? [{ number, event: event.change }] : []));
}

/** What such a feed finds, as a subject of the engine. */
export function polledSubject<V extends object, S extends object>(
  name: string,
  feed: PolledFeed<V, S>,
  polls: Polls<V, S>,
): Subject<number, V, S, FoundChange<V>> {
  return {
    name,
    ordered: false,
    holdsMs: 0,
    keyOf: (value) => polls.idOf(value),
    stateOf: (value) => polls.stateOf(value),
    follows: () => true,
    hasEnded: (value) => polls.hasEnded(value),
    mayGoOn: (value) => polls.mayGoOn?.(value) === true,
    isShown: (value) => polls.isOngoing(value),
    read: (ids, _, { started }) => feed.read(ids, started),
    list: (scope) => feed.list(scope),
    matches: (scope, value) => polls.matches(scope, value),
    touches: ({ id }) => id,
    apply: (value, change) => change.value ?? value,
    carried: ({ value }) => value,
  };
}
