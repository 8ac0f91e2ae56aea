// Finds in the whole log, at the gateway: a page of 1,000 hits at a time, the next when the reader comes to it.

import type { LogAt } from "./log-at.js";

export interface Found {
  readonly needle: string;
  /** Numbers of the lines, in order. */
  readonly hits: readonly number[];
  /** Whether there may be more after the last. */
  readonly more: boolean;
  readonly busy: boolean;
  readonly failed: boolean;
}

export const NOTHING_FOUND: Found = { needle: "", hits: [], more: false, busy: false, failed: false };
const HITS_A_PAGE = 1_000;

export class Finder {
  #request: AbortController | null = null;
  #cursor: string | null = null;
  #found = NOTHING_FOUND;

  constructor(
    readonly at: LogAt,
    readonly tell: (found: Found) => void,
  ) {}

  /** Begins anew; an empty needle finds nothing. */
  async find(needle: string): Promise<readonly number[]> {
    this.#request?.abort();
    this.#cursor = null;
    this.#become({ ...NOTHING_FOUND, needle });
    return needle === "" ? [] : this.#page();
  }

  /** The first hit after a line, asking for more where needed; null when there is none. */
  async after(line: number): Promise<number | null> {
    for (;;) {
      const hit = this.#found.hits.find((number) => number > line);
      if (hit !== undefined) return hit;
      if (!this.#found.more || this.#found.busy || this.#found.failed) return null;
      await this.#page();
    }
  }

  before(line: number): number | null {
    return this.#found.hits.findLast((number) => number < line) ?? null;
  }

  close(): void {
    this.#request?.abort();
  }

  async #page(): Promise<readonly number[]> {
    const request = new AbortController();
    this.#request = request;
    const { needle } = this.#found;
    this.#become({ ...this.#found, busy: true });
    try {
      const after = this.#cursor === null ? {} : { after: this.#cursor };
      const page = await this.at.lines({ first: HITS_A_PAGE, contains: needle, ...after }, request.signal);
      this.#cursor = page.endCursor;
      const hits = [...this.#found.hits, ...page.lines.map(({ number }) => number)];
      this.#become({ needle, hits, more: page.hasNextPage, busy: false, failed: false });
    } catch {
      if (!request.signal.aborted) this.#become({ ...this.#found, busy: false, failed: true });
    }
    return this.#found.hits;
  }

  #become(found: Found): void {
    this.#found = found;
    this.tell(found);
  }
}
