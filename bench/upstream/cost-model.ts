// What a request costs a LAVA as packaged, in round numbers: a few are served at once, each for a time of its own.

import { setTimeout as sleep } from "node:timers/promises";

export const PARALLEL = 4;
export const REQUEST_MS = 20;
const FURTHER_CALL_MS = 5;

/** Serves first come, first served. Nobody is refused: how many wait is one of the figures. */
export class CostModel {
  #free = PARALLEL;
  #requestMs = REQUEST_MS;
  readonly #waiting: (() => void)[] = [];

  /** What a request takes from now on. */
  slow(requestMs: number): void {
    this.#requestMs = requestMs;
  }

  /** Does the work of a request that holds so many calls (a plain one holds one); what it takes is part of the cost. */
  async serve<T>(calls: number, work: () => T): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const start = performance.now();
    try {
      return work();
    } finally {
      await sleep(this.#requestMs + FURTHER_CALL_MS * (calls - 1) - (performance.now() - start));
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
