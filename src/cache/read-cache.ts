// Answers of one server, cached for each viewer: fetched once for all who ask at the same time, dropped by events, and
// served stale, and marked so, while the server is down or does not answer.

import { UpstreamError, errorOf } from "../errors.js";
import type { AskScope, Fetch } from "../net/ask.js";
import type { Read } from "../net/read.js";
import { Lives } from "./lives.js";
import type { LivesOptions } from "./lives.js";
import { LIFE_BYTES } from "./memory.js";
import type { Entry, Life, Memory } from "./memory.js";
import { SharedSignal } from "./shared-signal.js";
import { Silence } from "./silence.js";

/** How old an answer may be that is served stale while its server is down. */
export const STALE_MAX_MS = 3_600_000;
/** A server that has answered nothing for so long hangs: whoever has an older answer gets that instead of waiting on. */
export const SILENT_MS = 2_000;
/** What an entry costs for each of its tags: a set with its life, and its place among the tags. */
const TAG_BYTES = 4 * LIFE_BYTES;
/** `null` says "not there, or not for you", which may change without any event. */
const NOT_FOUND = { keep: "brief" } as const;

/** What outlives the process; only for what can't change any more. */
export interface FinalStore {
  /** Undefined when there is none. */
  get(key: string): unknown;
  set(key: string, value: unknown): void;
}

export interface ReadCacheOptions extends LivesOptions {
  readonly server: string;
  /** Its address: another server may get its name one day. */
  readonly url: string;
  readonly memory: Memory;
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
  readonly #lives: Lives;
  /** When something was last changed through Etna, and when the server last answered a read. */
  #changedAt = -Infinity;
  #answeredAt = -Infinity;
  #hits = 0;
  #misses = 0;
  #shared = 0;
  #stale = 0;

  constructor(private readonly options: ReadCacheOptions) {
    this.#lives = new Lives(options);
  }

  /** The answers to some reads; `load` fetches those that are missing, in their order. Failures stand in their place. */
  async readMany<T>(
    reads: readonly Read[],
    scope: AskScope,
    signal: AbortSignal | null,
    load: (fetch: Fetch, places: readonly number[]) => Promise<readonly (T | Error)[]>,
  ): Promise<(T | Error)[]> {
    const now = performance.now();
    const asked = reads.map((read) => {
      const key = `${this.options.server} ${this.options.url} ${read.viewer} ${read.key}`;
      return { read, key, known: this.#known<T>(read, key, now) };
    });
    const missing = asked.flatMap(({ known }, at) => (known === null ? [at] : []));
    const fetchNext = this.#fetcher(missing, load);
    scope.upstreamCached += reads.length - missing.length;
    const found = asked.map(({ read, key, known }) => ({ read, key, known: known ?? fetchNext(read, key) }));
    return Promise.all(
      found.map(async ({ read, key, known }): Promise<T | Error> => {
        try {
          const { entry, value } =
            "shared" in known
              ? await this.#landing(known, key, signal)
              : { entry: known, value: unpacked(read, known) as T };
          if (entry.life.freshUntil !== Infinity) scope.use(entry.life);
          return value;
        } catch (thrown) {
          const error = signal?.aborted === true && thrown === signal.reason ? this.#givenUp(thrown) : thrown;
          const standIn = this.#standIn(key, error, scope);
          if (standIn === null) return errorOf(error);
          scope.stale.add(this.options.server);
          return unpacked(read, standIn) as T;
        }
      }),
    );
  }

  /** Ends the life of all that is about one of these. */
  drop(tags: readonly string[]): void {
    this.options.memory.noteChange();
    const named = new Set(tags);
    this.#lives.endNamed(named);
    for (const [key, flight] of this.#flights) {
      if (flight.read.tags.some((tag) => named.has(tag))) this.#outdate(key, flight);
    }
  }

  /** Events were missed: ends the life of all that they tell of. */
  dropTold(): void {
    this.options.memory.noteChange();
    this.#lives.endTagged();
    for (const [key, flight] of this.#flights) if (flight.read.tags.length > 0) this.#outdate(key, flight);
  }

  /** Something was changed through Etna: ends the life of all that can change, whether events tell of it or not. */
  dropAll(): void {
    this.#changedAt = performance.now();
    this.options.memory.noteChange();
    this.options.onChange?.();
    this.#lives.endAll();
    for (const [key, flight] of this.#flights) if (flight.read.keep !== "final") this.#outdate(key, flight);
  }

  stats(): ReadCacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      shared: this.#shared,
      stale: this.#stale,
      dropped: this.#lives.ended,
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

  /** Fetches what is missing with one call of `load`; gives a function that is called for each of them, in their order. */
  #fetcher<T>(
    missing: readonly number[],
    load: (fetch: Fetch, places: readonly number[]) => Promise<readonly (T | Error)[]>,
  ): (read: Read, key: string) => Flight<T> {
    const begin = () => {
      const shared = new SharedSignal();
      const fetch: Fetch = { signal: shared.signal, bytes: 0 };
      return { shared, fetch, began: performance.now(), answers: load(fetch, missing) };
    };
    let batch: ReturnType<typeof begin> | undefined;
    let next = 0;
    return (read, key) => {
      const { shared, fetch, began, answers } = (batch ??= begin());
      const at = next;
      next += 1;
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
      return flight;
    };
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
    const life: Life = { freshUntil: outdated ? 0 : this.#lives.freshUntil(read, began) };
    const entry: Entry = { value, bytes: bytes + tags.length * TAG_BYTES, life, since: began };
    if (read.keep === "final") {
      this.options.memory.set(this.#finalKey(read), entry);
      return entry;
    }
    this.options.memory.set(key, entry, this.#lives.add(life, tags));
    return entry;
  }

  /** Later readers start a new fetch; those already waiting still get this one. */
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

/** Of the type that its reader names: nothing else has written it. */
function unpacked({ packing }: Read, { value }: Entry): unknown {
  return packing === undefined || !Buffer.isBuffer(value) ? value : packing.unpack(value);
}

/** What a value takes in memory. Decoded, text takes some three times its bytes. */
function sizeOf(value: unknown, received: number): number {
  if (Buffer.isBuffer(value)) return value.length;
  // A count, say, for which a whole log may have come by.
  if (typeof value !== "object" && typeof value !== "string") return 0;
  return 3 * Math.ceil(received);
}
