// Searches of definitions by text: LAVA looks through all of its jobs for each. A definition never changes, so what a search
// has found stands until a newer job holds the text; whether the asker may still see it, the jobs' rows tell each time.

import type { Life } from "../../cache/memory.js";
import { clock } from "../../ci/live/clock.js";
import type { Ask } from "../../net/ask.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { WireTestJob } from "../protocol/wire.js";

/** After so long LAVA is asked again: an older job may be shown to its viewer by now. */
const HOLDS_MS = 600_000;
/** A job may be read so long after its event, and no sooner. */
const COMMITTED_MS = 10_000;
/** Newer jobs that are looked through in place of a search. */
const NEWER_MAX = 200;
/** Jobs that may have got their numbers before the first one that was heard of, and were not to be read yet. */
const UNHEARD_MAX = 20;
const SEARCHES_MAX = 5_000;

export interface TextSearch {
  readonly text: string;
  readonly count: number;
}

interface Found {
  /** The newest first. */
  readonly ids: readonly LavaJobId[];
  /** All up to this number were looked through; 0: not known, since nothing had been heard for long. */
  readonly top: number;
  readonly searchedAt: number;
}

export interface TextSearchesOptions {
  /** Whether every change of every job comes as an event. */
  readonly hearsAll: () => boolean;
  /** Those of the jobs that the asker may see. */
  readonly show: (ids: readonly LavaJobId[], ask: Ask) => Promise<ReadonlyMap<LavaJobId, WireTestJob>>;
}

export class TextSearches {
  readonly #found = new Map<string, Found>();
  /** Of answers that rest on searches, until there is a new job. */
  #life: Life = { freshUntil: Infinity };
  /** Numbers that events have named for the first time, as they grew, with when. */
  #heard: { readonly id: number; readonly at: number }[] = [];

  constructor(private readonly options: TextSearchesOptions) {}

  heard(id: number): void {
    if (id <= (this.#heard.at(-1)?.id ?? 0)) return;
    this.#endAnswers();
    this.#heard.push({ id, at: clock.now() });
    if (this.#heard.length > 2 * NEWER_MAX) this.#heard = this.#heard.slice(-NEWER_MAX);
  }

  /** Events were missed, or something was changed through Etna. */
  forget(): void {
    this.#found.clear();
    this.#endAnswers();
  }

  #endAnswers(): void {
    this.#life.freshUntil = 0;
    this.#life = { freshUntil: Infinity };
  }

  /** @param search asks LAVA for the newest jobs with the text. */
  async jobs(
    { text, count }: TextSearch,
    ask: Ask,
    search: () => Promise<readonly WireTestJob[]>,
  ): Promise<readonly WireTestJob[]> {
    if (!this.options.hearsAll()) return search();
    // Whatever the answer rests on besides, a new job may belong into it.
    ask.scope?.use(this.#life);
    const key = JSON.stringify([ask.viewer, count, text]);
    const known = this.#found.get(key);
    const later = known === undefined ? null : await this.#later(known, text, count, ask);
    if (later !== null) {
      this.#found.set(key, later.found);
      return later.jobs;
    }
    const top = this.#settled();
    const searchedAt = clock.now();
    const jobs = await search();
    if (this.#found.size >= SEARCHES_MAX) this.#found.clear();
    const ids = jobs.map(({ id }) => toJobId(id));
    this.#found.set(key, { ids, top, searchedAt });
    return jobs;
  }

  /** What was found, with what is newer; null where that can't be told. */
  async #later(
    { ids, top: known, searchedAt }: Found,
    text: string,
    count: number,
    ask: Ask,
  ): Promise<{ readonly found: Found; readonly jobs: readonly WireTestJob[] } | null> {
    const [first] = this.#heard;
    const top = Math.max(known, ids[0] ?? 0, known > 0 || first === undefined ? 0 : first.id - 1 - UNHEARD_MAX);
    const last = this.#heard.at(-1)?.id ?? top;
    if (clock.now() - searchedAt > HOLDS_MS || last - top > NEWER_MAX) return null;
    const newer = Array.from({ length: Math.max(0, last - top) }, (_, at) => toJobId(last - at));
    const settled = Math.max(top, this.#settled());
    const shown = await this.options.show([...newer, ...ids], ask);
    const isFound = (id: LavaJobId) => shown.get(id)?.definition?.includes(text) === true;
    const all = [...new Set([...newer.filter(isFound), ...ids])];
    const jobs = all.flatMap((id) => shown.get(id) ?? []);
    // One that is not shown any more leaves its place to an older one, which LAVA knows.
    if (jobs.length < all.length && all.length >= count) return null;
    const kept = jobs.slice(0, count).map(({ id }) => toJobId(id));
    return { found: { ids: kept, top: settled, searchedAt }, jobs: jobs.slice(0, count) };
  }

  /** The highest number of a job that can surely be read. */
  #settled(): number {
    return this.#heard.findLast(({ at }) => at < clock.now() - COMMITTED_MS)?.id ?? 0;
  }
}
