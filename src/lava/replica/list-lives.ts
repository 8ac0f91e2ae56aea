// Lives of lists that were answered from rows: a job's change ends those that it may touch, and no others.

import type { Life } from "../../cache/memory.js";
import type { Span } from "../protocol/job-search.js";
import type { WireTestJob } from "../protocol/wire.js";
import type { JobQuery } from "./job-query.js";

/** Lists that are watched; a list that is not, holds only for the answer that it was made for. */
const LISTS_MAX = 5_000;

interface Watched {
  readonly query: JobQuery;
  readonly numbers: Span<number>;
  readonly ids: ReadonlySet<number>;
  readonly life: Life;
}

export class ListLives {
  readonly #lists = new Set<Watched>();

  constructor(private readonly onEnd: () => void) {}

  /** @param numbers of the jobs that may come into the list, or are in it. */
  add(query: JobQuery, numbers: Span<number>, ids: ReadonlySet<number>, life: Life): void {
    if (this.#lists.size >= LISTS_MAX) this.#sweep();
    if (this.#lists.size >= LISTS_MAX) life.freshUntil = 0;
    else this.#lists.add({ query, numbers, ids, life });
  }

  /** @param job as everybody was shown it last; null where nobody was. */
  touched(id: number, job: WireTestJob | null): void {
    let ended = false;
    for (const list of this.#lists) {
      const { numbers, ids, query, life } = list;
      if (numbers.above !== null && id <= numbers.above) continue;
      if (numbers.below !== null && id >= numbers.below) continue;
      if (!ids.has(id) && job !== null && !query.fits(job)) continue;
      life.freshUntil = 0;
      this.#lists.delete(list);
      ended = true;
    }
    if (ended) this.onEnd();
  }

  endAll(): void {
    for (const { life } of this.#lists) life.freshUntil = 0;
    this.#lists.clear();
    this.onEnd();
  }

  #sweep(): void {
    const now = performance.now();
    for (const list of this.#lists) if (list.life.freshUntil <= now) this.#lists.delete(list);
  }
}
