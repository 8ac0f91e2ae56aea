// What a request costs a LAVA as packaged: a few are served at once. In round numbers, where each takes a time of its own; or
// at real prices (lava.md, section 9), where it takes so much of two cores, which all that are served share.

import { setTimeout as sleep } from "node:timers/promises";

export const PARALLEL = 4;
export const REQUEST_MS = 20;
export const FURTHER_CALL_MS = 5;
const CORES = 2;

export type Prices = "round" | "real";

/** What is known of a request when it is served. */
export interface Work {
  /** As the counter has it, e.g. `GET jobs/`. */
  readonly route: string;
  /** Methods of XML-RPC that it calls. */
  readonly calls: readonly string[];
  /** Rows in the answer. */
  readonly rows: number;
}

/** CPU of LAVA's processes, in milliseconds. */
function realPrice({ route, calls, rows }: Work): number {
  if (calls.length > 0) return calls.reduce((sum, method) => sum + (/results/.test(method) ? 65 : 38), 0);
  if (/system\/version/.test(route)) return 2;
  if (/whoami/.test(route)) return 17;
  if (/jobs\/ID\/(csv|logs)/.test(route)) return 61;
  if (/jobs\/ID\/suites/.test(route)) return 22;
  if (/jobs\/ID\/tests/.test(route)) return 22 + 1.07 * rows;
  if (/devices/.test(route)) return 45 + 2.7 * rows;
  return 45 + 2.1 * rows;
}

/** Serves first come, first served. Nobody is refused: how many wait is one of the figures. */
export class CostModel {
  prices: Prices = "round";
  /** At real prices, of all that was served: milliseconds of CPU. */
  spentMs = 0;
  #free = PARALLEL;
  #requestMs = REQUEST_MS;
  readonly #waiting: (() => void)[] = [];
  readonly #shared = new SharedCores();

  /** What a request takes from now on. */
  slow(requestMs: number): void {
    this.#requestMs = requestMs;
  }

  /** What it takes is part of the cost. */
  async serve<T extends { readonly rows: number }>(work: Omit<Work, "rows">, answer: () => T): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const start = performance.now();
    let price = REQUEST_MS;
    try {
      const made = answer();
      price = realPrice({ ...work, rows: made.rows });
      this.spentMs += price;
      return made;
    } finally {
      if (this.prices === "real") await this.#shared.take(price);
      else
        await sleep(
          this.#requestMs + FURTHER_CALL_MS * Math.max(0, work.calls.length - 1) - (performance.now() - start),
        );
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

/** Cores that all who compute have equal parts of. */
class SharedCores {
  readonly #running = new Set<{ left: number; readonly done: () => void }>();
  #at = performance.now();
  #timer: NodeJS.Timeout | undefined;

  take(ms: number): Promise<void> {
    this.#goOn();
    return new Promise((done) => {
      this.#running.add({ left: ms, done });
      this.#plan();
    });
  }

  #share(): number {
    return Math.min(1, CORES / Math.max(1, this.#running.size));
  }

  #goOn(): void {
    const now = performance.now();
    const done = (now - this.#at) * this.#share();
    this.#at = now;
    for (const one of this.#running) {
      one.left -= done;
      if (one.left > 0.01) continue;
      this.#running.delete(one);
      one.done();
    }
  }

  #plan(): void {
    clearTimeout(this.#timer);
    if (this.#running.size === 0) return;
    const next = Math.min(...[...this.#running].map(({ left }) => left)) / this.#share();
    this.#timer = setTimeout(() => {
      this.#goOn();
      this.#plan();
    }, next);
  }
}
