// Followers of one kind of thing on one Cuirass server, which has no events: looks find what has changed, for all
// followers at once and only while there are any. A follower gets the state that a look of its own has read, then what
// later looks have found; looks never overlap, so nothing is lost between the two, comes twice, or runs backward.

import { UpdateSource } from "../ci/update-source.js";
import { Hub } from "../events/hub.js";
import type { HubSubscription } from "../events/hub.js";
import { createStream } from "../events/stream.js";
import { Rounds } from "./rounds.js";

/** A thing as of one change of its state. */
export interface Update<V> {
  readonly value: V;
  readonly source: UpdateSource;
}

export interface Change<V> {
  readonly id: number;
  /** Null: the server no longer has it. */
  readonly value: V | null;
}

/** What a look is to find out. */
export interface Wanted<S> {
  /** What must be read, whatever is known of it. */
  readonly asked: ReadonlySet<number>;
  /** Whether all that follows is to be looked at; else only what is asked for. */
  readonly all: boolean;
  /** Everything that somebody follows by its id. */
  readonly ids: ReadonlySet<number>;
  readonly scopes: readonly S[];
}

export interface Found<V> {
  /** Since the looks before, in order. */
  readonly changes: readonly Change<V>[];
  /** What was asked for: null for what does not exist, an error for what could not be read. */
  readonly asked: ReadonlyMap<number, V | Error | null>;
  /** Why the scopes could not be looked at; null when they could, or were not to be. */
  readonly scopesFault: Error | null;
  /** Whether anything that was to be looked at, other than what was asked for, could not be. */
  readonly failed: boolean;
}

/** How one kind of thing is looked at, and what is known of it from look to look. */
export interface Looks<V, S> {
  /** Never throws. */
  look(wanted: Wanted<S>): Promise<Found<V>>;
  /** What goes on in a scope, as of the last look; at most `ONGOING_MAX`. */
  ongoing(scope: S): readonly V[];
  idOf(value: V): number;
  matches(scope: S, value: V): boolean;
  hasEnded(value: V): boolean;
  /** Forgets everything: nobody follows anything any more. */
  forget(): void;
}

/** Things that a scope's follower is told of at the beginning. */
export const ONGOING_MAX = 100;

export const POLL_DEFAULT_MS = 5_000;
/** Rounds with news that may wait for one follower before it is ended. */
const NEWS_WAITING_MAX = 100;

export interface PollerStatus {
  /** Since when it has polled, or rested, as it does; null when nobody has followed anything yet. RFC 3339. */
  readonly since: string | null;
  readonly lastChangeAt: string | null;
  readonly changes: number;
}

/** The changes that one round has found. */
interface News<V> {
  readonly round: number;
  readonly changes: readonly Change<V>[];
}

interface Round<V> {
  readonly number: number;
  readonly found: Found<V>;
}

interface Follower<V> {
  readonly news: HubSubscription<News<V>>;
  /** One of its ids is of no more interest to it. */
  readonly release: (id: number) => void;
  readonly close: () => void;
}

export class Poller<V, S extends object> {
  readonly #hub = new Hub<News<V>>();
  readonly #rounds: Rounds<Round<V>>;
  /** How many follow each id. */
  readonly #ids = new Map<number, number>();
  readonly #scopes = new Set<S>();
  #asked = new Set<number>();
  #allAsked = false;
  #round = 0;
  #since: string | null = null;
  #lastChangeAt: string | null = null;
  #changes = 0;

  constructor(
    private readonly looks: Looks<V, S>,
    intervalMs: number,
  ) {
    this.#rounds = new Rounds({
      intervalMs,
      round: (due) => this.#look(due),
      failed: ({ found }) => found.failed,
      wanted: () => this.#wanted,
    });
  }

  get status(): PollerStatus {
    return { since: this.#since, lastChangeAt: this.#lastChangeAt, changes: this.#changes };
  }

  /**
   * The things now, in the ids' order, then each change once and in order, until all have ended; what begins anew after
   * its end is not followed on. Ends at once, without any update, when one of them does not exist. The first look's
   * failure is thrown; later ones only delay what they would have told.
   */
  follow(ids: readonly number[]): AsyncIterableIterator<Update<V>, undefined> {
    const wanted = new Set(ids);
    const follower = this.#join([...wanted], null, ({ id }) => wanted.has(id));
    return leavable(follower, this.#updatesOfSet(wanted, follower));
  }

  /** What goes on in the scope now, then each change in it once and in order, for ever. Failures as above. */
  followScope(scope: S): AsyncIterableIterator<Update<V>, undefined> {
    const own = { ...scope };
    const matches = ({ value }: Change<V>) => value !== null && this.looks.matches(own, value);
    const follower = this.#join([], own, matches);
    return leavable(follower, this.#updatesOfScope(own, matches, follower));
  }

  /** Ends all followers. */
  close(): void {
    this.#hub.close();
    this.#ids.clear();
    this.#scopes.clear();
    this.#rounds.close();
  }

  async *#updatesOfSet(
    wanted: Set<number>,
    { news, release }: Follower<V>,
  ): AsyncGenerator<Update<V>, undefined, undefined> {
    for (const id of wanted) this.#asked.add(id);
    const begun = await this.#rounds.next();
    const now = [...wanted].map((id) => begun.found.asked.get(id) ?? null);
    for (const value of now) if (value instanceof Error) throw value;
    if (now.includes(null)) return;
    for (const value of now as V[]) {
      if (this.looks.hasEnded(value)) drop(this.looks.idOf(value));
      yield { value, source: UpdateSource.SNAPSHOT };
    }
    if (wanted.size === 0) return;
    for await (const { round, changes } of news) {
      if (round <= begun.number) continue;
      for (const { id, value } of changes) {
        if (!wanted.has(id)) continue;
        if (value === null || this.looks.hasEnded(value)) drop(id);
        if (value !== null) yield { value, source: UpdateSource.POLL };
      }
      if (wanted.size === 0) return;
    }

    function drop(id: number): void {
      wanted.delete(id);
      release(id);
    }
  }

  async *#updatesOfScope(
    scope: S,
    matches: (change: Change<V>) => boolean,
    { news }: Follower<V>,
  ): AsyncGenerator<Update<V>, undefined, undefined> {
    this.#allAsked = true;
    const begun = await this.#rounds.next();
    if (begun.found.scopesFault !== null) throw begun.found.scopesFault;
    // Nothing is awaited since the round, so that what is known is still as it has left it.
    for (const value of this.looks.ongoing(scope)) yield { value, source: UpdateSource.SNAPSHOT };
    for await (const { round, changes } of news) {
      if (round <= begun.number) continue;
      for (const change of changes) {
        if (matches(change) && change.value !== null) yield { value: change.value, source: UpdateSource.POLL };
      }
    }
  }

  #join(ids: readonly number[], scope: S | null, wants: (change: Change<V>) => boolean): Follower<V> {
    const news = this.#hub.subscribe(({ changes }) => changes.some(wants), NEWS_WAITING_MAX);
    const held = new Set(ids);
    if (!this.#wanted) this.#since = new Date().toISOString();
    for (const id of held) this.#ids.set(id, (this.#ids.get(id) ?? 0) + 1);
    if (scope !== null) this.#scopes.add(scope);
    this.#rounds.adjust();
    const release = (id: number) => {
      if (!held.delete(id)) return;
      const others = (this.#ids.get(id) ?? 0) - 1;
      if (others > 0) this.#ids.set(id, others);
      else this.#ids.delete(id);
    };
    let closed = false;
    const close = () => {
      if (closed) return;
      closed = true;
      news.close();
      for (const id of held) release(id);
      if (scope !== null) this.#scopes.delete(scope);
      if (this.#wanted) return;
      this.#since = new Date().toISOString();
      this.#rounds.adjust();
      this.looks.forget();
    };
    return { news, release, close };
  }

  get #wanted(): boolean {
    return this.#ids.size > 0 || this.#scopes.size > 0;
  }

  async #look(due: boolean): Promise<Round<V>> {
    const wanted: Wanted<S> = {
      asked: this.#asked,
      all: due || this.#allAsked,
      ids: new Set(this.#ids.keys()),
      scopes: [...this.#scopes],
    };
    this.#asked = new Set();
    this.#allAsked = false;
    const found = await this.looks.look(wanted);
    this.#round += 1;
    if (found.changes.length > 0) {
      this.#changes += found.changes.length;
      this.#lastChangeAt = new Date().toISOString();
      this.#hub.publish({ round: this.#round, changes: found.changes });
    }
    // The last follower may have left meanwhile.
    if (!this.#wanted) this.looks.forget();
    return { number: this.#round, found };
  }
}

/** The updates, and an end to them that does not wait for the next one. */
function leavable<V>(
  follower: Follower<V>,
  updates: AsyncGenerator<Update<V>, undefined, undefined>,
): AsyncIterableIterator<Update<V>, undefined> {
  const held = (async function* () {
    try {
      return yield* updates;
    } finally {
      follower.close();
    }
  })();
  return createStream(
    () => held.next(),
    () => {
      follower.close();
      // Not awaited: a look may be under way, and take long.
      held.return(undefined).catch(() => undefined);
      return Promise.resolve();
    },
  );
}
