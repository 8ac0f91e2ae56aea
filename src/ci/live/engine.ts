// The engine behind every live field: what is followed is a subject (`subject.ts`), all else is written here once.
//
//   follow(keys | scope, after)
//        │                    later subscribers of the same with the same rights join here
//        ▼                                        │
//   ┌─────────┐ read, list  ┌──────────────┐      │  read again what was read too long ago
//   │  begin  │────────────▶│  following   │◀─────┘  then: snapshot, or what was missed (`replay.ts`)
//   └─────────┘             └──────────────┘
//        │ failed            │ event    ▲ published: one update for all
//        │                   │ or poll  │
//        ▼                   ▼          │
//   error to those      ┌──────────────────┐ the server is away  ┌──────────┐
//   who wait            │ read in bulk what│────────────────────▶│ waiting  │ events are kept, subscribers stay
//                       │ events need; then│◀────────────────────└──────────┘
//                       │ tell events, poll│  poll, as soon as it answers
//                       └──────────────────┘
//        denied ──▶ all end with UPSTREAM_DENIED, at once       all named have ended ──▶ completed
//        a named thing is gone ──▶ the others go on; then GONE  the feed ends ──▶ its error
//
// The follower changes what it knows and publishes the update in the same instant. An event only moves a thing forward; a
// read proves that its viewer may still see it; a poll publishes the changes for which no event came.

import { Gone } from "../../errors.js";
import type { HubSubscription } from "../../events/hub.js";
import { Sharing } from "../../events/sharing.js";
import type { Held } from "../../events/sharing.js";
import { createStream, endWith } from "../../events/stream.js";
import { asFollower } from "../../net/ask.js";
import type { Ask } from "../../net/ask.js";
import { UpdateSource } from "../enums.js";
import { clock } from "./clock.js";
import type { Told } from "./followed-things.js";
import { Follower } from "./follower.js";
import { ViewerReads } from "./reads.js";
import { replay } from "./replay.js";
import { isChange, isOver, toUpdate } from "./subject.js";
import type { Feed, FeedEvent, Subject, Update, Wanted } from "./subject.js";

/** Things of a scope's snapshot. */
const SNAPSHOT_MAX = 100;
/** Events of so many different things are replayed; with more a subscriber begins with a snapshot. */
const REPLAYED_MAX = 500;

export interface FollowOptions<V = never> {
  /** Position of an update that was delivered before: changes since then are replayed in place of the snapshot. */
  readonly after?: number | null;
  /** Called when the first read has been made, with the position from which changes follow. */
  readonly begun?: (position: number) => void;
  /** What a scope's subscriber has missed where the feed does not know it, in order; null when that is not known either. */
  readonly readGap?: () => Promise<readonly V[] | null>;
}

/** How a subscriber begins. */
interface Beginning<K, V> {
  readonly first: Update<V>[];
  readonly live: HubSubscription<Told<K, V>>;
  /** Things that have not ended, where the subscriber is to end with them. */
  readonly open: Map<K, boolean> | null;
  /** States already replayed to this subscriber: a live update of the same thing is dropped until it is newer. */
  readonly told: Map<K, V>;
  /** Whether the cursor had expired, and no update has said so yet. */
  expired: boolean;
}

/** Followers of one kind of thing on one server. */
export class Engine<K extends string | number, V, S, E extends FeedEvent> {
  /** What viewers were shown lately: proofs of their rights for others, too. */
  readonly reads: ViewerReads<K, V>;
  readonly #followers = new Sharing<Follower<K, V, S, E>>();

  constructor(
    private readonly feed: Feed<K, S, E>,
    private readonly subject: Subject<K, V, S, E>,
  ) {
    this.reads = new ViewerReads((keys, ask, limits) => subject.read(keys, ask, limits));
  }

  /**
   * The things now, in the keys' order, or those of the scope; then each change once and in order. Named things: until all
   * have ended; ends at once, without any update, when one of them is not there for the viewer. A scope: for ever; ends at
   * once when the viewer may see nothing at all of it. The first read's failure is thrown; later ones only delay the
   * updates that they would have led to.
   */
  follow(wanted: Wanted<K, S>, ask: Ask, options: FollowOptions<V> = {}): AsyncIterableIterator<Update<V>, undefined> {
    const as = asFollower(ask);
    const own: Wanted<K, S> =
      "keys" in wanted ? { keys: [...new Set(wanted.keys)].sort((a, b) => (a < b ? -1 : 1)) } : wanted;
    const held = this.#followers.hold(JSON.stringify([as.viewer, own]), (retire) => {
      const { reads, close } = this.reads.open(as);
      return new Follower({ feed: this.feed, subject: this.subject, wanted: own, ask: as, reads, close, retire });
    });
    const updates = this.#subscriber(held, () => this.#begin(held.value, wanted, as, options));
    return endWith(updates, ask.lease);
  }

  async #begin(
    follower: Follower<K, V, S, E>,
    wanted: Wanted<K, S>,
    ask: Ask,
    { after = null, begun, readGap }: FollowOptions<V>,
  ): Promise<Beginning<K, V> | undefined> {
    const since = clock.now() - this.subject.holdsMs;
    await follower.ready;
    await follower.prove(since);
    // Nothing is awaited until `subscribe`: the follower tells what it learns later, and nothing that is in these.
    const things = new Map([...follower.known].map(([key, { value }]) => [key, value] as const));
    if ("keys" in wanted ? wanted.keys.some((key) => !things.has(key)) : follower.isEmpty) return undefined;
    const { position } = follower;
    const missed = after === null ? null : this.#missed(after, position, wanted);
    const live = follower.subscribe();
    const told = new Map<K, V>();
    let first: Update<V>[];
    let gap: readonly V[] | null = null;
    if (missed === null || after === null) {
      try {
        gap = after === null ? null : ((await readGap?.()) ?? null);
      } catch (error) {
        live.close();
        throw error;
      }
      for (const value of gap ?? []) {
        told.set(this.subject.keyOf(value), value);
        // What ran when the snapshot was made has ended meanwhile.
        things.delete(this.subject.keyOf(value));
      }
      const snapshot = this.#snapshot(things, wanted, position);
      const source = UpdateSource.REPAIRED;
      const repaired = (gap ?? []).map((value, at) => {
        const isLast = snapshot.length === 0 && at === (gap?.length ?? 0) - 1;
        return toUpdate(this.feed, this.subject, { value, source, position: isLast ? position : null });
      });
      first = [...repaired, ...snapshot];
    } else {
      try {
        const unknown =
          "keys" in wanted || this.subject.carried !== undefined ? [] : await this.#readMissed(missed, things, ask);
        for (const value of unknown) {
          if ("scope" in wanted && !this.subject.matches(wanted.scope, value)) continue;
          const key = this.subject.keyOf(value);
          things.set(key, value);
          told.set(key, value);
        }
      } catch (error) {
        live.close();
        throw error;
      }
      first = this.#replay(things, wanted, after, position);
    }
    begun?.(position);
    const unfinished = [...things].filter(([, value]) => !isOver(this.subject, value));
    const open =
      "keys" in wanted ? new Map(unfinished.map(([key, value]) => [key, this.subject.hasEnded(value)] as const)) : null;
    return { first, live, open, told, expired: after !== null && missed === null && gap === null };
  }

  #snapshot(things: ReadonlyMap<K, V>, wanted: Wanted<K, S>, position: number): Update<V>[] {
    const source = UpdateSource.SNAPSHOT;
    if ("keys" in wanted) {
      const values = [...new Set(wanted.keys)].flatMap((key) => things.get(key) ?? []);
      return values.map((value) => toUpdate(this.feed, this.subject, { value, source, position }));
    }
    const shown = [...things].filter(([, value]) => this.subject.isShown?.(value) ?? true);
    // Newer things have higher keys, where there is an order.
    if (this.subject.ordered) shown.sort(([a], [b]) => (a < b ? -1 : 1));
    const values = (this.subject.ordered ? shown.slice(-SNAPSHOT_MAX) : shown).map(([, value]) => value);
    return values.map((value, at) =>
      toUpdate(this.feed, this.subject, { value, source, position: at < values.length - 1 ? null : position }),
    );
  }

  #replay(things: ReadonlyMap<K, V>, wanted: Wanted<K, S>, after: number, position: number): Update<V>[] {
    const kept = this.feed.ring.all().filter(({ event, number }) => {
      if (number > position) return false;
      const carried = this.subject.carried?.(event);
      if (carried !== undefined && (carried === null || number <= after)) return false;
      const key = this.subject.touches(event);
      if ("keys" in wanted) return key !== null && wanted.keys.includes(key);
      return carried === undefined || carried === null || this.subject.matches(wanted.scope, carried);
    });
    const updates = replay(this.subject, things, kept, after, "keys" in wanted);
    let before = after;
    return updates.map(({ value, source, number }, at) => {
      before = number ?? (at < updates.length - 1 ? before : position);
      return toUpdate(this.feed, this.subject, { value, source, position: before });
    });
  }

  /** Numbers of the events that came after a position; null when some of them are no longer kept. */
  #missed(after: number, position: number, wanted: Wanted<K, S>): ReadonlySet<number> | null {
    const kept = this.feed.missedSince(after, wanted);
    if (kept === null) return null;
    const touched = kept
      .filter(({ number }) => number <= position)
      .map(({ event, number }) => ({
        key: this.subject.touches(event),
        number,
      }));
    const own = touched.filter(({ key }) => key !== null && (!("keys" in wanted) || wanted.keys.includes(key)));
    const isMany = this.subject.carried === undefined && new Set(own.map(({ key }) => key)).size > REPLAYED_MAX;
    return isMany ? null : new Set(own.map(({ number }) => number));
  }

  /** What the follower does not know any more, or does not know yet. */
  async #readMissed(missed: ReadonlySet<number>, things: ReadonlyMap<K, V>, ask: Ask): Promise<readonly V[]> {
    const events = this.feed.ring.all().filter(({ number }) => missed.has(number));
    const keys = new Set(events.flatMap(({ event }) => this.subject.touches(event) ?? []));
    const unknown = [...keys].filter((key) => !things.has(key));
    if (unknown.length === 0) return [];
    const { reads, close } = this.reads.open(ask);
    try {
      const values = await reads.read(unknown, clock.now());
      return [...values.values()].flatMap(({ value }) => (value === null ? [] : [value]));
    } finally {
      close();
    }
  }

  /** One subscriber's stream: its beginning, then what the follower tells. Whoever leaves releases the follower. */
  #subscriber(
    held: Held<Follower<K, V, S, E>>,
    begin: () => Promise<Beginning<K, V> | undefined>,
  ): AsyncIterableIterator<Update<V>, undefined> {
    let begun: Promise<Beginning<K, V> | undefined> | undefined;
    let live: HubSubscription<Told<K, V>> | undefined;
    let left = false;
    const gone: K[] = [];
    const leave = () => {
      left = true;
      live?.close();
      held.release();
    };
    const open = async () => {
      const beginning = await begin();
      live = beginning?.live;
      // It may have left meanwhile.
      if (left) live?.close();
      return beginning;
    };
    const next = async (): Promise<IteratorResult<Update<V>, undefined>> => {
      try {
        const beginning = await (begun ??= open());
        const first = left ? undefined : beginning?.first.shift();
        if (beginning !== undefined && first !== undefined)
          return { done: false, value: this.#marked(beginning, first) };
        while (beginning !== undefined && (beginning.open === null || [...beginning.open.values()].includes(false))) {
          const result = await beginning.live.next();
          if (result.done === true) break;
          const { key, update } = result.value;
          if (update === null && beginning.open?.delete(key) === true) gone.push(key);
          if (update !== null && this.#isNews(beginning, key, update.value)) {
            return { done: false, value: this.#marked(beginning, update) };
          }
        }
        if (gone.length > 0 && !left) throw new Gone(this.feed.server, this.subject.name, gone);
      } catch (error) {
        leave();
        throw error;
      }
      leave();
      return { done: true, value: undefined };
    };
    return createStream(next, () => {
      leave();
      return Promise.resolve();
    });
  }

  /** Says with the first update that the cursor had expired. */
  #marked(beginning: Beginning<K, V>, update: Update<V>): Update<V> {
    if (!beginning.expired) return update;
    beginning.expired = false;
    return toUpdate(this.feed, this.subject, { ...update, expired: true });
  }

  /** Whether the subscriber gets it; notes that it did. */
  #isNews({ told, open }: Beginning<K, V>, key: K, value: V): boolean {
    const before = told.get(key);
    if (before !== undefined && !isChange(this.subject, before, value)) return false;
    if (before !== undefined) told.set(key, value);
    // What begins anew after its end is not followed on.
    if (open !== null && !open.has(key)) return false;
    if (isOver(this.subject, value)) open?.delete(key);
    else open?.set(key, this.subject.hasEnded(value));
    return true;
  }
}
