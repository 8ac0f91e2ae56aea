// Reads of things that are followed, shared by all who ask with the same rights: those that come in the same moment are one
// request, and one that began late enough serves everybody who needs it.

import { clock } from "./clock.js";
import type { Ask } from "../../net/ask.js";

/** For how long those that hear of the same event one after the other may join one request. */
const GATHER_MS = 2;
/** Things whose last read is kept for one viewer. */
const KEPT_MAX = 5_000;

export interface Read<V> {
  /** When the request began, at the earliest, on the clock of `performance.now`. */
  readonly begun: number;
  /** Null: there is none, or the viewer may not see it. */
  readonly value: V | null;
}

interface Reading<T> {
  begun: number;
  readonly answer: Promise<T>;
  /** Once it has come. */
  value?: T;
}

/** Things that are read in one request. */
interface Gathered<K, V> {
  readonly readings: Map<K, { begun: number }>;
  /** The latest that anybody wants. */
  since: number;
  hiddenSince: number;
  readonly answer: Promise<ReadonlyMap<K, V | Error>>;
}

/** How a read is asked for. */
export interface ReadLimits {
  /** What was read since then is good enough. */
  readonly since: number;
  /** The same for things of which a read has shown nothing. */
  readonly hiddenSince: number;
  /** To be called where the request did not go out at once: when it does, or with when that was. */
  readonly started: (begun?: number) => void;
}

type Load<K, V> = (keys: readonly K[], limits: ReadLimits) => Promise<ReadonlyMap<K, V | Error>>;

/** One viewer's reads of one kind of thing. */
export class Reads<K, V> {
  readonly #last = new Map<K, Reading<V | Error | null>>();
  readonly #lists = new Map<string, Reading<unknown>>();
  #gathered: Gathered<K, V> | undefined;

  constructor(private readonly load: Load<K, V>) {}

  /**
   * Each as of a read that did not begin before `since`. Throws what the request throws.
   * @param hiddenSince the same for things of which the last read has shown nothing.
   */
  async read(keys: Iterable<K>, since: number, hiddenSince = since): Promise<Map<K, Read<V>>> {
    const readings = [...new Set(keys)].map((key) => [key, this.#reading(key, since, hiddenSince)] as const);
    const reads = new Map<K, Read<V>>();
    for (const [key, reading] of readings) {
      const value = await reading.answer;
      if (value instanceof Error) throw value;
      reads.set(key, { begun: reading.begun, value });
    }
    return reads;
  }

  /** A whole list as of a read that did not begin before `since`; one that is under way is waited for, not joined. */
  async list<T>(name: string, since: number, load: () => Promise<T>): Promise<T> {
    const last = this.#lists.get(name) as Reading<T> | undefined;
    if (last !== undefined && last.begun >= since) return last.answer;
    const start = () => {
      reading.begun = clock.now();
      return load();
    };
    // Whoever waits for one under way gets the next, together with all others who do so.
    const reading = { begun: Infinity } as { begun: number; answer: Promise<T> };
    reading.answer = last === undefined ? start() : last.answer.then(start, start);
    this.#lists.set(name, reading);
    const forget = () => {
      if (this.#lists.get(name) === reading) this.#lists.delete(name);
    };
    reading.answer.then(forget, forget);
    return reading.answer;
  }

  #reading(key: K, since: number, hiddenSince: number): Reading<V | Error | null> {
    const last = this.#last.get(key);
    if (last !== undefined && last.begun >= (last.value === null ? hiddenSince : since)) return last;
    const gathered = this.#gather();
    gathered.since = Math.max(gathered.since, since);
    gathered.hiddenSince = Math.max(gathered.hiddenSince, hiddenSince);
    const { readings, answer: all } = gathered;
    const answer = all.then((values) => values.get(key) ?? null);
    const reading: Reading<V | Error | null> = { begun: clock.now(), answer };
    readings.set(key, reading);
    this.#last.delete(key);
    this.#last.set(key, reading);
    const forget = () => {
      if (this.#last.get(key) === reading) this.#last.delete(key);
    };
    answer.then((value) => (value instanceof Error ? forget() : (reading.value = value)), forget);
    for (const oldest of this.#last.keys()) {
      if (this.#last.size <= KEPT_MAX) break;
      this.#last.delete(oldest);
    }
    return reading;
  }

  #gather(): Gathered<K, V> {
    if (this.#gathered !== undefined) return this.#gathered;
    const readings = new Map<K, { begun: number }>();
    const started = (begun = clock.now()) => {
      for (const reading of readings.values()) reading.begun = begun;
    };
    const answer = new Promise((resolve) => setTimeout(resolve, GATHER_MS)).then(() => {
      this.#gathered = undefined;
      started();
      const { since, hiddenSince } = gathered;
      return this.load([...readings.keys()], { since, hiddenSince, started });
    });
    const gathered: Gathered<K, V> = { readings, since: -Infinity, hiddenSince: -Infinity, answer };
    return (this.#gathered = gathered);
  }
}

/** The reads of each viewer that follows something. */
export class ViewerReads<K, V> {
  readonly #viewers = new Map<string, { readonly reads: Reads<K, V>; holders: number }>();

  constructor(
    private readonly load: (keys: readonly K[], ask: Ask, limits: ReadLimits) => Promise<ReadonlyMap<K, V | Error>>,
  ) {}

  /** To be closed; the last who does lets go of what was read. */
  open(ask: Ask): { readonly reads: Reads<K, V>; readonly close: () => void } {
    const entry = this.#viewers.get(ask.viewer) ?? {
      reads: new Reads<K, V>((keys, limits) => this.load(keys, ask, limits)),
      holders: 0,
    };
    this.#viewers.set(ask.viewer, entry);
    entry.holders += 1;
    let open = true;
    return {
      reads: entry.reads,
      close: () => {
        if (!open) return;
        open = false;
        entry.holders -= 1;
        if (entry.holders === 0) this.#viewers.delete(ask.viewer);
      },
    };
  }
}
