// Followers of one kind of thing on one Cuirass server, which has no events: looks find what has changed, for all
// followers at once and only while there are any. A follower gets the state that a look of its own has read, then what
// later looks have found; looks never overlap, so nothing is lost between the two, comes twice, or runs backward. While
// nobody follows, the time between two looks is merely longer: the next one finds whatever can still be read.

import { UpdateSource } from "../../ci/enums.js";
import { Hub } from "../../events/hub.js";
import type { HubSubscription } from "../../events/hub.js";
import { EventRing } from "../../events/ring.js";
import type { Kept } from "../../events/ring.js";
import { createStream } from "../../events/stream.js";
import { REST_MS } from "./looks.js";
import type { Change, Found, Looks, Wanted } from "./looks.js";
import { Rounds } from "./rounds.js";

/** A thing as of one change of its state: one object for all followers, by which they know that it is the same. */
export interface Update<V> {
  readonly value: V;
  readonly source: UpdateSource;
  /** Place from which a follower that comes back misses no change after this update; null inside a snapshot. */
  readonly position: number | null;
  /** True with the first update of a follower that came back too late: it begins with a snapshot. */
  readonly expired: boolean;
}

export const POLL_DEFAULT_MS = 5_000;
/** Rounds with news that may wait for one follower before it is ended. */
const NEWS_WAITING_MAX = 100;

export interface PollerStatus {
  /** Since when it has polled, or rested, as it does; null when nobody has followed anything yet. RFC 3339. */
  readonly since: string | null;
  readonly lastChangeAt: string | null;
  readonly changes: number;
}

/** A change, and what followers are told of it. */
interface Told<V> {
  readonly id: number;
  /** Null: the server no longer has it. */
  readonly update: Update<V> | null;
}

/** The changes that one round has found. */
interface News<V> {
  readonly round: number;
  readonly changes: readonly Told<V>[];
}

interface Round<V, S> {
  readonly number: number;
  readonly found: Found<V, S>;
  /** The ring's last place when it had ended. */
  readonly position: number;
}

/** A change, or that from here on the changes of other scopes are found than before. */
type Entry<V, S> =
  ({ readonly kind: "change" } & Told<V>) | { readonly kind: "scopes"; readonly covered: (scope: S) => boolean };

interface Follower<V> {
  readonly news: HubSubscription<News<V>>;
  /** One of its ids is of no more interest to it. */
  readonly release: (id: number) => void;
  readonly close: () => void;
}

export class Poller<V extends object, S extends object> {
  readonly #hub = new Hub<News<V>>();
  readonly #rounds: Rounds<Round<V, S>>;
  readonly #ring = new EventRing<Entry<V, S>>();
  #rest: NodeJS.Timeout | undefined;
  /** How many follow each id. */
  readonly #ids = new Map<number, number>();
  /** Of each thing that was read, what the last follower that began with it was told. */
  readonly #begun = new WeakMap<V, Update<V>>();
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
    private readonly restMs = REST_MS,
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
   * @param after position of an update that was delivered before: changes found since come in place of the snapshot.
   */
  follow(ids: readonly number[], after: number | null = null): AsyncIterableIterator<Update<V>, undefined> {
    const wanted = new Set(ids);
    const follower = this.#join([...wanted], null, ({ id }) => wanted.has(id));
    return leavable(follower, this.#updatesOfSet(wanted, follower, after));
  }

  /**
   * What goes on in the scope now, then each change in it once and in order, for ever. Failures and `after` as above.
   * @param begun called when the snapshot has been read by the follower, with the position from which changes follow.
   */
  followScope(
    scope: S,
    after: number | null = null,
    begun: (position: number) => void = () => undefined,
  ): AsyncIterableIterator<Update<V>, undefined> {
    const own = { ...scope };
    const matches = ({ update }: Told<V>) => update !== null && this.looks.matches(own, update.value);
    const follower = this.#join([], own, matches);
    return leavable(follower, this.#updatesOfScope(own, matches, follower, after, begun));
  }

  /** Ends all followers with this error; those that come later end at once. */
  end(error: Error): void {
    this.#hub.end(error);
  }

  /** Ends all followers. */
  close(): void {
    this.#hub.close();
    this.#ids.clear();
    this.#scopes.clear();
    this.#rounds.close();
    clearTimeout(this.#rest);
  }

  async *#updatesOfSet(
    wanted: Set<number>,
    { news, release }: Follower<V>,
    after: number | null,
  ): AsyncGenerator<Update<V>, undefined, undefined> {
    for (const id of wanted) this.#asked.add(id);
    const begun = await this.#rounds.next();
    const now = [...wanted].map((id) => begun.found.asked.get(id) ?? null);
    for (const value of now) if (value instanceof Error) throw value;
    if (now.includes(null)) return;
    const missed = after === null ? [] : this.#missed(after, begun);
    const told = new Map<number, V>();
    for (const { id, update } of changesIn(missed ?? [])) {
      if (!wanted.has(id) || update === null) continue;
      told.set(id, update.value);
      if (this.looks.hasEnded(update.value)) drop(id);
      yield update;
    }
    let expired = missed === null;
    for (const value of now as V[]) {
      const id = this.looks.idOf(value);
      const last = told.get(id);
      if (last !== undefined && (!wanted.has(id) || this.looks.stateOf(last) === this.looks.stateOf(value))) continue;
      if (this.looks.hasEnded(value)) drop(id);
      const source = last === undefined ? UpdateSource.SNAPSHOT : UpdateSource.POLL;
      yield this.#shared({ value, source, position: begun.position, expired });
      expired = false;
    }
    if (wanted.size === 0) return;
    for await (const { round, changes } of news) {
      if (round <= begun.number) continue;
      for (const { id, update } of changes) {
        if (!wanted.has(id)) continue;
        if (update === null || this.looks.hasEnded(update.value)) drop(id);
        if (update !== null) yield update;
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
    matches: (change: Told<V>) => boolean,
    { news }: Follower<V>,
    after: number | null,
    tellBegun: (position: number) => void,
  ): AsyncGenerator<Update<V>, undefined, undefined> {
    this.#allAsked = true;
    const begun = await this.#rounds.next();
    if (begun.found.scopesFault !== null) throw begun.found.scopesFault;
    const kept = after === null ? null : this.#missed(after, begun);
    const areAllKept = kept?.every(({ event }) => event.kind === "change" || event.covered(scope)) === true;
    const missed = areAllKept ? kept : null;
    let expired = after !== null && missed === null;
    // Nothing is awaited since the round, so that what is known is still as it has left it.
    const snapshot = missed === null ? this.looks.ongoing(scope) : [];
    for (const change of changesIn(missed ?? [])) {
      if (matches(change) && change.update !== null) yield change.update;
    }
    for (const [at, value] of snapshot.entries()) {
      const position = at === snapshot.length - 1 ? begun.position : null;
      yield this.#shared({ value, source: UpdateSource.SNAPSHOT, position, expired });
      expired = false;
    }
    tellBegun(begun.position);
    for await (const { round, changes } of news) {
      if (round <= begun.number) continue;
      for (const change of changes) {
        if (!matches(change) || change.update === null) continue;
        yield expired ? { ...change.update, expired } : change.update;
        expired = false;
      }
    }
  }

  /** What the ring has from a position to the end of a round; null when some of it is gone. */
  #missed(after: number, { position }: Round<V, S>): readonly Kept<Entry<V, S>>[] | null {
    return this.#ring.after(after)?.filter(({ number }) => number <= position) ?? null;
  }

  #join(ids: readonly number[], scope: S | null, wants: (change: Told<V>) => boolean): Follower<V> {
    const news = this.#hub.subscribe(({ changes }) => changes.some(wants), NEWS_WAITING_MAX);
    const held = new Set(ids);
    if (!this.#wanted) this.#since = new Date().toISOString();
    clearTimeout(this.#rest);
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
      this.#rest = setTimeout(() => this.#forget(), this.restMs).unref();
    };
    return { news, release, close };
  }

  get #wanted(): boolean {
    return this.#ids.size > 0 || this.#scopes.size > 0;
  }

  async #look(due: boolean): Promise<Round<V, S>> {
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
    if (found.covered !== null) this.#ring.push({ kind: "scopes", covered: found.covered });
    if (found.changes.length > 0) {
      this.#changes += found.changes.length;
      this.#lastChangeAt = new Date().toISOString();
      const changes = found.changes.map((change) => this.#keep(change));
      this.#hub.publish({ round: this.#round, changes });
    }
    return { number: this.#round, found, position: this.#ring.last };
  }

  #keep({ id, value }: Change<V>): Told<V> {
    const position = this.#ring.last + 1;
    const update = value === null ? null : { value, source: UpdateSource.POLL, position, expired: false };
    this.#ring.push({ kind: "change", id, update });
    return { id, update };
  }

  /** What a follower begins with: the same object as for another that has begun with the same. */
  #shared(update: Update<V>): Update<V> {
    const { value, source, position, expired } = update;
    const before = this.#begun.get(value);
    if (before?.source === source && before.position === position && before.expired === expired) return before;
    this.#begun.set(value, update);
    return update;
  }

  /** Nobody has come back: what happens from here on is not found any more. */
  #forget(): void {
    this.looks.forget();
    this.#ring.markGap();
  }
}

function changesIn<V, S>(kept: readonly Kept<Entry<V, S>>[]): readonly Told<V>[] {
  return kept.flatMap(({ event }) => (event.kind === "change" ? [event] : []));
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
