// Follows what has no direction in its life, devices and workers: any state may follow any other, so order comes from
// the events' own times, and a read counts only when no event came while it was under way.

import { UpdateSource } from "../../ci/enums.js";
import type { HubSubscription } from "../../events/hub.js";
import { Interned } from "../../events/interned.js";
import { createStream, mapStream } from "../../events/stream.js";
import { asFollower } from "../../net/ask.js";
import type { Ask } from "../../net/ask.js";
import { BulkReaders } from "./bulk-reader.js";
import type { HeldReader } from "./bulk-reader.js";
import type { LavaEvent } from "../protocol/event.js";
import type { LavaFeed, News } from "./feed.js";
import { ListReader } from "./list-reader.js";

/** What tells one kind of thing from another. */
export interface Followable<V> {
  /** The named ones that the viewer may see, in one request. */
  readonly load: (names: readonly string[], ask: Ask) => Promise<readonly V[]>;
  /** All that the viewer may see. */
  readonly list: (ask: Ask) => Promise<readonly V[]>;
  readonly nameOf: (value: V) => string;
  /** The thing that an event is about; null for other events. */
  readonly named: (event: LavaEvent) => string | null;
  /** The thing as an event about it leaves it. */
  readonly apply: (value: V, event: LavaEvent) => V;
  /** Equal for two values between which nothing worth telling has changed. */
  readonly stateOf: (value: V) => string;
}

export interface StateUpdate<V> {
  readonly value: V;
  readonly source: UpdateSource;
  /** Place in the feed's ring from which a follower that comes back misses nothing; null inside a snapshot. */
  readonly position: number | null;
  /** True with the first update of a follower that came back too late: it begins with a snapshot. */
  readonly expired: boolean;
}

/** A change without its place. */
type Change<V> = Pick<StateUpdate<V>, "value" | "source">;

/** After a read that failed. */
const RETRY_MS = 2_000;
/** How long a proof that the viewer may see the thing holds for further events. */
const RIGHTS_MS = 30_000;

interface Known<V> {
  value: V;
  /** Time of the last event that was applied, as the server wrote it. */
  eventTime: string;
  /** When the last event about it came, and when it was last read, on the clock of `performance.now`. */
  eventAt: number;
  readAt: number;
}

/** Followers of one kind of thing on one server. */
export class StateWatch<V> {
  readonly #readers: BulkReaders<string, V>;
  readonly #lists: ListReader<V>;
  /** Each follower finds out for itself what it tells; what is the same is told as one object. */
  readonly #told = new Interned<StateUpdate<V>>();

  constructor(
    private readonly feed: LavaFeed,
    private readonly kind: Followable<V>,
  ) {
    this.#readers = new BulkReaders(kind.load, kind.nameOf);
    this.#lists = new ListReader(kind.list);
  }

  /**
   * The named things now (all that the viewer may see, when `names` is null), then each change, for ever. Ends without
   * any update when none of the named is shown to the viewer. The first read's failure is thrown.
   * @param after position of an update that was delivered before: what came since is replayed in place of the snapshot.
   */
  follow(
    names: readonly string[] | null,
    ask: Ask,
    after: number | null = null,
  ): AsyncIterableIterator<StateUpdate<V>, undefined> {
    const wanted = names === null ? null : new Set(names);
    const news = this.feed.subscribe((event) => {
      const name = this.kind.named(event);
      return name !== null && (wanted === null || wanted.has(name));
    });
    const as = asFollower(ask);
    const reader = this.#readers.open(as);
    const updates = this.#updates(wanted, as, news, reader, { after, from: this.feed.ring.last });
    const stream = createStream(
      () => updates.next(),
      () => {
        news.close();
        reader.close();
        return updates.return(undefined);
      },
    );
    return mapStream(stream, [], (update) => {
      if (update.source !== UpdateSource.BUS) return this.#told.of(update);
      // One event: what its followers have read at different times may differ in what is no news.
      const { value, position, expired } = update;
      const key = [as.viewer, this.kind.nameOf(value), position, expired, this.kind.stateOf(value)];
      return this.#told.of(update, JSON.stringify(key));
    });
  }

  async *#updates(
    wanted: ReadonlySet<string> | null,
    ask: Ask,
    news: HubSubscription<News>,
    reader: HeldReader<string, V>,
    { after, from }: { readonly after: number | null; readonly from: number },
  ): AsyncGenerator<StateUpdate<V>, undefined, undefined> {
    try {
      const things = new Map<string, Known<V>>();
      const now = wanted === null ? await this.#lists.read(ask) : await Promise.all([...wanted].map(reader.read));
      for (const value of now) {
        if (value === null) continue;
        things.set(this.kind.nameOf(value), { value, eventTime: "", eventAt: -Infinity, readAt: performance.now() });
      }
      if (things.size === 0) return;
      const isMissedKnown = after !== null && this.feed.missedSince(after) !== null;
      let expired = after !== null && !isMissedKnown;
      const replayed = new Set<string>();
      for (const update of isMissedKnown ? this.#replay(things, after, from) : []) {
        replayed.add(this.kind.nameOf(update.value));
        yield update;
      }
      const shown = [...things].filter(([name]) => !isMissedKnown || (wanted !== null && !replayed.has(name)));
      for (const [at, [, { value }]] of shown.entries()) {
        yield { value, source: UpdateSource.SNAPSHOT, position: at === shown.length - 1 ? from : null, expired };
        expired = false;
      }

      let position = from;
      for await (const item of news) {
        if (item.kind === "event") {
          position = item.number;
          const value = await this.#applied(things, item.event, item.at, reader);
          if (value !== null) yield { value, source: UpdateSource.BUS, position, expired: false };
          continue;
        }
        for await (const change of this.#looked(things, wanted, ask, item.source, reader)) {
          yield { ...change, position, expired: false };
        }
      }
    } finally {
      news.close();
      reader.close();
    }
  }

  /**
   * What the bus told between two places, in order; then what was read, of things where that differs from it. What it
   * told before tells what the follower knew.
   */
  *#replay(things: Map<string, Known<V>>, after: number, to: number): Generator<StateUpdate<V>, void, undefined> {
    const told = new Map<string, V>();
    for (const { event, number } of this.feed.ring.all()) {
      const name = this.kind.named(event) ?? "";
      const known = things.get(name);
      if (known === undefined || number > to || event.time < known.eventTime) continue;
      known.eventTime = event.time;
      const before = told.get(name);
      const value = this.kind.apply(known.value, event);
      told.set(name, value);
      if (number <= after || (before !== undefined && this.kind.stateOf(before) === this.kind.stateOf(value))) continue;
      yield { value, source: UpdateSource.BUS, position: number, expired: false };
    }
    for (const [name, { value }] of things) {
      const last = told.get(name);
      if (last === undefined || this.kind.stateOf(last) === this.kind.stateOf(value)) continue;
      this.feed.countRepaired();
      yield { value, source: UpdateSource.REPAIRED, position: to, expired: false };
    }
  }

  /** What an event has changed; null for nothing that this viewer has not been told, or may be told. */
  async #applied(
    things: Map<string, Known<V>>,
    event: LavaEvent,
    at: number,
    reader: HeldReader<string, V>,
  ): Promise<V | null> {
    const name = this.kind.named(event) ?? "";
    const known = things.get(name);
    if (known !== undefined && event.time < known.eventTime) return null;
    // One that came before the last read may be older than what was read: then only another read tells.
    const sure = known !== undefined && at > known.readAt && performance.now() - known.readAt < RIGHTS_MS;
    let value: V | null;
    try {
      value = sure ? this.kind.apply(known.value, event) : await reader.read(name);
    } catch {
      this.feed.lookWithin(RETRY_MS);
      return null;
    }
    if (value === null) {
      things.delete(name);
      return null;
    }
    const readAt = sure ? known.readAt : performance.now();
    things.set(name, { value, eventTime: event.time, eventAt: at, readAt });
    return known !== undefined && this.kind.stateOf(known.value) === this.kind.stateOf(value) ? null : value;
  }

  async *#looked(
    things: Map<string, Known<V>>,
    wanted: ReadonlySet<string> | null,
    ask: Ask,
    source: UpdateSource,
    reader: HeldReader<string, V>,
  ): AsyncGenerator<Change<V>, void, undefined> {
    const begun = performance.now();
    let values: readonly (V | null)[];
    try {
      values = wanted === null ? await this.#lists.read(ask) : await Promise.all([...wanted].map(reader.read));
    } catch {
      this.feed.lookWithin(RETRY_MS);
      return;
    }
    const shown = new Set<string>();
    for (const value of values) {
      if (value === null) continue;
      const name = this.kind.nameOf(value);
      shown.add(name);
      const known = things.get(name);
      if (known !== undefined && known.eventAt > begun) continue;
      things.set(name, {
        value,
        eventTime: known?.eventTime ?? "",
        eventAt: known?.eventAt ?? -Infinity,
        readAt: begun,
      });
      if (known !== undefined && this.kind.stateOf(known.value) === this.kind.stateOf(value)) continue;
      if (source === UpdateSource.REPAIRED) this.feed.countRepaired();
      yield { value, source };
    }
    for (const name of things.keys()) if (!shown.has(name)) things.delete(name);
  }
}
