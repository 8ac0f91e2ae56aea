// Answers of one server, cached for each viewer: asked once by all who ask at the same time, dropped by events, and
// standing in, marked as stale, while the server is down or says nothing.

import { UpstreamError } from "../errors.js";
import type { AskScope, Fetch } from "../net/ask.js";
import type { Keeping, Read } from "../net/read.js";
import { LIFE_BYTES } from "./memory.js";
import type { Entry, Life, Memory } from "./memory.js";
import { SharedSignal } from "./shared-signal.js";
import { Silence } from "./silence.js";

/** LAVA's bus is up to some 25 ms ahead of its database: what is read so soon after an event may be from before it. */
export const UNSETTLED_MS = 100;
/** A slow commit is rare, and is waited for so long: what is read meanwhile is read again then. */
export const SETTLING_MS = 2_000;
/** How old an answer may be that stands in for a server that is down. */
export const STALE_MAX_MS = 3_600_000;
/** A server that has answered nothing for so long hangs: whoever has an older answer gets that instead of waiting on. */
export const SILENT_MS = 2_000;
const SLOW_MS = 60_000;
export const BRIEF_MS = 2_000;
/** What an entry costs for each of its tags: a set with its life, and its place among the tags. */
const TAG_BYTES = 4 * LIFE_BYTES;
/** `null` says "not there, or not for you", which may change without any event. */
const NOT_FOUND = { keep: "brief" } as const;
/** Tags whose last event is remembered. */
const TOUCHED_MAX = 10_000;

/** What outlives the process; only for what can't change any more. */
export interface FinalStore {
  /** Undefined when there is none. */
  get(key: string): unknown;
  set(key: string, value: unknown): void;
}

export interface ReadCacheOptions {
  readonly server: string;
  /** Its address: another server may get its name one day. */
  readonly url: string;
  readonly memory: Memory;
  /** How long an answer holds that events tell the end of, in milliseconds: depends on how well they come. */
  readonly eventsMs: () => number;
  /** Longest that an answer proves that its viewer may see what is in it, in milliseconds; absent: there are no rights. */
  readonly rightsMs?: number | undefined;
  readonly finals?: FinalStore | null | undefined;
  /** Called when something was changed through Etna, whatever came of it. */
  readonly onChange?: (() => void) | undefined;
}

interface Landed<T> {
  readonly entry: Entry;
  readonly value: T;
}

/** A fetch under way. */
interface Flight<T = unknown> {
  readonly shared: SharedSignal;
  readonly read: Read;
  readonly landed: Promise<Landed<T>>;
  /** On the clock of `performance.now`. */
  readonly began: number;
  /** An event came meanwhile: its answer may be from before. */
  outdated: boolean;
}

export interface ReadCacheStats {
  readonly hits: number;
  readonly misses: number;
  /** Reads that waited for another's fetch. */
  readonly shared: number;
  readonly stale: number;
  readonly dropped: number;
}

export class ReadCache {
  readonly #flights = new Map<string, Flight>();
  readonly #byTag = new Map<string, Set<Life>>();
  /** All that can change, whether an event may name it or not. */
  readonly #changing = new Set<Life>();
  /** When an event last named a tag, on the clock of `performance.now`. */
  readonly #touched = new Map<string, number>();
  #allTouched = -Infinity;
  /** When something was last changed through Etna, and when the server last answered a read. */
  #changedAt = -Infinity;
  #answeredAt = -Infinity;
  #hits = 0;
  #misses = 0;
  #shared = 0;
  #stale = 0;
  #dropped = 0;

  constructor(private readonly options: ReadCacheOptions) {}

  /** The answers to some reads; `load` fetches those that are missing, in their order. Failures stand in their place. */
  async readMany<T>(
    reads: readonly Read[],
    scope: AskScope,
    signal: AbortSignal | null,
    load: (fetch: Fetch, places: readonly number[]) => Promise<readonly (T | Error)[]>,
  ): Promise<(T | Error)[]> {
    const found: (Entry | Flight<T>)[] = [];
    const missing: number[] = [];
    const keys = reads.map((read) => `${this.options.server} ${this.options.url} ${read.viewer} ${read.key}`);
    const now = performance.now();
    reads.forEach((read, at) => {
      const known = this.#known<T>(read, keys[at] ?? "", now);
      if (known === null) missing.push(at);
      else found[at] = known;
    });
    if (missing.length > 0) this.#fetch(reads, keys, missing, load).forEach((flight, at) => (found[at] = flight));
    scope.upstreamCached += reads.length - missing.length;
    return Promise.all(
      reads.map(async (read, at): Promise<T | Error> => {
        const known = found[at] as Entry | Flight<T>;
        try {
          const { entry, value } =
            "shared" in known
              ? await this.#landing(known, keys[at] ?? "", signal)
              : { entry: known, value: unpacked(read, known) as T };
          if (entry.life.freshUntil !== Infinity) scope.use(entry.life);
          return value;
        } catch (thrown) {
          const error = signal?.aborted === true && thrown === signal.reason ? this.#givenUp(thrown) : thrown;
          const standIn = this.#standIn(keys[at] ?? "", error, scope);
          if (standIn === null) return error as Error;
          scope.stale.add(this.options.server);
          return unpacked(read, standIn) as T;
        }
      }),
    );
  }

  /** Ends the life of all that is about one of these. */
  drop(tags: readonly string[]): void {
    const now = performance.now();
    this.options.memory.noteChange();
    const named = new Set(tags);
    for (const tag of named) {
      this.#touched.delete(tag);
      this.#touched.set(tag, now);
      for (const life of this.#byTag.get(tag) ?? []) this.#end(life);
    }
    for (const oldest of this.#touched.keys()) {
      if (this.#touched.size <= TOUCHED_MAX) break;
      this.#touched.delete(oldest);
    }
    for (const [key, flight] of this.#flights) {
      if (flight.read.tags.some((tag) => named.has(tag))) this.#outdate(key, flight);
    }
  }

  /** Events were missed: ends the life of all that they tell of. */
  dropTold(): void {
    this.#allTouched = performance.now();
    this.options.memory.noteChange();
    for (const lives of this.#byTag.values()) for (const life of lives) this.#end(life);
    for (const [key, flight] of this.#flights) if (flight.read.tags.length > 0) this.#outdate(key, flight);
  }

  /** Something was changed through Etna: ends the life of all that can change, whether events tell of it or not. */
  dropAll(): void {
    this.#allTouched = performance.now();
    this.#changedAt = this.#allTouched;
    this.options.memory.noteChange();
    this.options.onChange?.();
    for (const life of this.#changing) this.#end(life);
    for (const [key, flight] of this.#flights) if (flight.read.keep !== "final") this.#outdate(key, flight);
  }

  stats(): ReadCacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      shared: this.#shared,
      stale: this.#stale,
      dropped: this.#dropped,
    };
  }

  /** The answer in memory or in the store, the fetch under way, or null for neither. */
  #known<T>(read: Read, key: string, now: number): Entry | Flight<T> | null {
    const held = this.options.memory.get(key);
    if (held !== undefined && held.life.freshUntil > now) {
      this.#hits += 1;
      return held;
    }
    const isFinal = read.keep === "final";
    const final = isFinal ? this.options.memory.get(this.#finalKey(read)) : undefined;
    if (final !== undefined) {
      this.#hits += 1;
      return final;
    }
    const flight = this.#flights.get(key) as Flight<T> | undefined;
    if (flight !== undefined) {
      this.#shared += 1;
      return flight;
    }
    const stored = isFinal ? this.options.finals?.get(this.#storedKey(read)) : undefined;
    if (stored === undefined) {
      this.#misses += 1;
      return null;
    }
    this.#hits += 1;
    const { value, bytes } = stored as { readonly value: unknown; readonly bytes: number };
    return this.#keep(read, key, value, bytes, now, false);
  }

  #fetch<T>(
    reads: readonly Read[],
    keys: readonly string[],
    missing: readonly number[],
    load: (fetch: Fetch, places: readonly number[]) => Promise<readonly (T | Error)[]>,
  ): Map<number, Flight<T>> {
    const shared = new SharedSignal();
    const fetch: Fetch = { signal: shared.signal, bytes: 0 };
    const began = performance.now();
    const answers = load(fetch, missing);
    const flights = missing.map((place, at): readonly [number, Flight<T>] => {
      const [read, key] = [reads[place] as Read, keys[place] ?? ""];
      const landed = answers.then((values): Landed<T> => {
        this.#answeredAt = performance.now();
        const value = values[at] as T | Error;
        if (value instanceof Error) throw value;
        const packed = value === null ? null : (read.packing?.pack(value) ?? value);
        const bytes = sizeOf(packed, fetch.bytes / missing.length);
        const judged: Read = { ...read, ...read.judge?.(value), ...(value === null ? NOT_FOUND : {}) };
        const entry = this.#keep(judged, key, packed, bytes, began, flight.outdated);
        if (judged.keep === "final") this.options.finals?.set(this.#storedKey(read), { value: packed, bytes });
        return { entry, value };
      });
      const flight: Flight<T> = { shared, read, landed, began, outdated: false };
      this.#flights.set(key, flight);
      const land = () => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      };
      landed.then(land, land);
      return [place, flight];
    });
    return new Map(flights);
  }

  /** What a fetch brings. Throws `UpstreamError` once its server hangs, where an older answer can stand in. */
  async #landing<T>({ shared, landed, began }: Flight<T>, key: string, signal: AbortSignal | null): Promise<Landed<T>> {
    const landing = shared.wait(landed, signal);
    const held = this.#usableStandIn(key);
    // From before a change of this gateway's own it would deny what its viewer has just done.
    if (held === null || held.since <= this.#changedAt) return landing;
    const silence = new Silence(() => Math.max(began, this.#answeredAt) + SILENT_MS);
    try {
      return await Promise.race([landing, silence.reached]);
    } catch (error) {
      if (error !== silence) throw error;
      landing.catch(() => undefined);
      const message = `no answer for ${SILENT_MS / 1_000} s`;
      throw new UpstreamError({ kind: "UpstreamTimeout", server: this.options.server, operation: "read", message });
    } finally {
      silence.end();
    }
  }

  #keep(read: Read, key: string, value: unknown, bytes: number, began: number, outdated: boolean): Entry {
    const { tags } = read;
    const life: Life = { freshUntil: outdated ? 0 : this.#freshUntil(read, began) };
    const entry: Entry = { value, bytes: bytes + tags.length * TAG_BYTES, life, since: began };
    if (read.keep === "final") {
      this.options.memory.set(this.#finalKey(read), entry);
      return entry;
    }
    this.#changing.add(life);
    for (const tag of tags) {
      const lives = this.#byTag.get(tag);
      if (lives === undefined) this.#byTag.set(tag, new Set([life]));
      else lives.add(life);
    }
    this.options.memory.set(key, entry, () => {
      // No event will find it any more, so that no answer may rest on it either.
      life.freshUntil = 0;
      this.#changing.delete(life);
      for (const tag of tags) {
        const lives = this.#byTag.get(tag);
        lives?.delete(life);
        if (lives?.size === 0) this.#byTag.delete(tag);
      }
    });
    return entry;
  }

  #freshUntil({ keep, tags }: Read, began: number): number {
    if (keep === "final") return Infinity;
    const { eventsMs, rightsMs = Infinity } = this.options;
    const until = began + Math.min(keptMs(keep, eventsMs), rightsMs);
    const touched = tags.reduce((last, tag) => Math.max(last, this.#touched.get(tag) ?? -Infinity), this.#allTouched);
    if (began < touched + UNSETTLED_MS) return 0;
    return began < touched + SETTLING_MS ? Math.min(until, touched + SETTLING_MS) : until;
  }

  #end(life: Life): void {
    if (life.freshUntil === 0) return;
    life.freshUntil = 0;
    this.#dropped += 1;
  }

  /** Who comes from now on must not get its answer. */
  #outdate(key: string, flight: Flight): void {
    flight.outdated = true;
    this.#flights.delete(key);
  }

  /** The operation has ended while the fetch, which others wait for, goes on. */
  #givenUp(reason: unknown): unknown {
    if (!(reason instanceof DOMException)) return reason;
    const message = reason.name === "TimeoutError" ? "no answer within the operation's time" : "the client has left";
    return new UpstreamError({ kind: "UpstreamTimeout", server: this.options.server, operation: "read", message });
  }

  /** Final answers are the same for every viewer who may see them. */
  #finalKey({ key }: Read): string {
    return `${this.options.server} ${this.options.url} final ${key}`;
  }

  #storedKey({ key }: Read): string {
    return `${this.options.url} ${key}`;
  }

  #standIn(key: string, error: unknown, { changedAt }: AskScope): Entry | null {
    if (!(error instanceof UpstreamError && error.retryable)) return null;
    const held = this.#usableStandIn(key);
    // The operation would be shown that its own change has not been made.
    if (held === null || held.since <= changedAt) return null;
    this.#stale += 1;
    return held;
  }

  #usableStandIn(key: string): Entry | null {
    const held = this.options.memory.get(key);
    const isUsable = held !== undefined && held.value !== null && performance.now() - held.since <= STALE_MAX_MS;
    return isUsable ? held : null;
  }
}

function unpacked({ packing }: Read, { value }: Entry): unknown {
  return packing === undefined || value === null ? value : packing.unpack(value as Buffer);
}

/** What a value takes in memory. Decoded, text takes some three times its bytes. */
function sizeOf(value: unknown, received: number): number {
  if (Buffer.isBuffer(value)) return value.length;
  // A count, say, for which a whole log may have come by.
  if (typeof value !== "object" && typeof value !== "string") return 0;
  return 3 * Math.ceil(received);
}

function keptMs(keep: Exclude<Keeping, "final">, eventsMs: () => number): number {
  switch (keep) {
    case "events":
      return eventsMs();
    case "slow":
      return SLOW_MS;
    case "brief":
      return BRIEF_MS;
  }
}
