// How long the cached answers of one server hold, and what ends it before: events that name them, gaps, changes.
// Tested through the cache: test/cache/read-cache.test.ts.

import type { Keeping, Read } from "../net/read.js";
import type { Life } from "./memory.js";

/** LAVA's bus is up to some 25 ms ahead of its database: what is read so soon after an event may be from before it. */
export const UNSETTLED_MS = 100;
/** Within 2 s of an event an answer may predate a slow commit: keep it only until those 2 s are over. */
export const SETTLING_MS = 2_000;
const SLOW_MS = 60_000;
export const BRIEF_MS = 2_000;
/** Tags whose last event is noted. */
const TOUCHED_MAX = 10_000;

export interface LivesOptions {
  /** How long an answer holds that events tell the end of, in milliseconds: depends on how well they come. */
  readonly eventsMs: () => number;
  /** Longest that an answer proves that its viewer may see what is in it, in milliseconds; absent: there are no rights. */
  readonly rightsMs?: number | undefined;
}

export class Lives {
  readonly #byTag = new Map<string, Set<Life>>();
  /** All that can change, whether an event may name it or not. */
  readonly #changing = new Set<Life>();
  /** When an event last named a tag, on the clock of `performance.now`. */
  readonly #touched = new Map<string, number>();
  #allTouched = -Infinity;
  #ended = 0;

  constructor(private readonly options: LivesOptions) {}

  /** How many were ended before their time. */
  get ended(): number {
    return this.#ended;
  }

  /** Until when the answer to a read holds that began at `began`: Infinity for a final one. */
  freshUntil({ keep, tags }: Read, began: number): number {
    if (keep === "final") return Infinity;
    const { eventsMs, rightsMs = Infinity } = this.options;
    const until = began + Math.min(keptMs(keep, eventsMs), rightsMs);
    const touched = tags.reduce((last, tag) => Math.max(last, this.#touched.get(tag) ?? -Infinity), this.#allTouched);
    if (began < touched + UNSETTLED_MS) return 0;
    return began < touched + SETTLING_MS ? Math.min(until, touched + SETTLING_MS) : until;
  }

  /** Has events end a life from now on; gives what must be called when its answer is no longer kept. */
  add(life: Life, tags: readonly string[]): () => void {
    this.#changing.add(life);
    for (const tag of tags) {
      const lives = this.#byTag.get(tag);
      if (lives === undefined) this.#byTag.set(tag, new Set([life]));
      else lives.add(life);
    }
    return () => {
      // No event will find it any more, so that no answer may rest on it either.
      life.freshUntil = 0;
      this.#changing.delete(life);
      for (const tag of tags) {
        const lives = this.#byTag.get(tag);
        lives?.delete(life);
        if (lives?.size === 0) this.#byTag.delete(tag);
      }
    };
  }

  /** Events have named these tags. */
  endNamed(tags: Iterable<string>): void {
    const now = performance.now();
    for (const tag of tags) {
      this.#touched.delete(tag);
      this.#touched.set(tag, now);
      for (const life of this.#byTag.get(tag) ?? []) this.#end(life);
    }
    for (const oldest of this.#touched.keys()) {
      if (this.#touched.size <= TOUCHED_MAX) break;
      this.#touched.delete(oldest);
    }
  }

  /** Events were missed, whatever they would have named. */
  endTagged(): void {
    this.#allTouched = performance.now();
    for (const lives of this.#byTag.values()) for (const life of lives) this.#end(life);
  }

  /** Something was changed that no event need tell of. */
  endAll(): void {
    this.#allTouched = performance.now();
    for (const life of this.#changing) this.#end(life);
  }

  #end(life: Life): void {
    if (life.freshUntil === 0) return;
    life.freshUntil = 0;
    this.#ended += 1;
  }
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
