// Searches of definitions for what is older than the rows: what one has found stands, as definitions never change; whether the
// asker may still see it, the jobs' rows tell each time. Its test: test/lava/replica/definition-index.test.ts.

import { clock } from "../../ci/live/clock.js";
import type { Ask } from "../../net/ask.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { WireTestJob } from "../protocol/wire.js";

const SEARCHES_MAX = 5_000;

export interface OlderSearch {
  readonly text: string;
  readonly count: number;
  /** Only jobs with lower numbers. */
  readonly below: number;
  readonly before: number | null;
  readonly since: number | null;
}

interface Found {
  /** The newest first. */
  readonly ids: readonly LavaJobId[];
  readonly below: number;
  readonly isFull: boolean;
  readonly at: number;
}

export class OlderSearches {
  readonly #found = new Map<string, Found>();

  /** @param holdsMs after so long LAVA is asked again: an older job may be shown to its viewer by now. */
  constructor(
    private readonly show: (ids: readonly LavaJobId[], ask: Ask) => Promise<ReadonlyMap<LavaJobId, WireTestJob>>,
    private readonly holdsMs: number,
  ) {}

  forget(): void {
    this.#found.clear();
  }

  /** Throws `UpstreamError`. */
  async jobs(
    { text, count, below, before, since }: OlderSearch,
    ask: Ask,
    search: (text: string, below: number) => Promise<readonly WireTestJob[]>,
  ): Promise<readonly WireTestJob[]> {
    const key = JSON.stringify([ask.viewer, text, count, before, since]);
    const known = this.#found.get(key);
    if (known !== undefined && known.below >= below && clock.now() - known.at < this.holdsMs) {
      const ids = known.ids.filter((id) => id < below);
      const shown = await this.show(ids, ask);
      const jobs = ids.flatMap((id) => shown.get(id) ?? []);
      // One that is left out leaves its place to an older one, which LAVA knows.
      if (!known.isFull || jobs.length === known.ids.length) return jobs;
    }
    const at = clock.now();
    const jobs = await search(text, below);
    if (this.#found.size >= SEARCHES_MAX) this.#found.clear();
    this.#found.set(key, { ids: jobs.map(({ id }) => toJobId(id)), below, isFull: jobs.length >= count, at });
    return jobs;
  }
}
