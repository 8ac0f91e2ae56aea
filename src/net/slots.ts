// A cap on how much is asked of one server at a time, with a bounded first-come queue before it.

import { Overflow } from "../errors.js";

/** Hands out at most `size` slots; at most `maxWaiting` callers wait for one, in order. */
export class Slots {
  #free: number;
  readonly #waiting: { readonly start: () => void; readonly signal: AbortSignal | undefined }[] = [];

  constructor(
    readonly size: number,
    readonly maxWaiting: number,
  ) {
    this.#free = size;
  }

  get inUse(): number {
    return this.size - this.#free;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves when a slot is the caller's; `release` must follow, once.
   * Throws `Overflow` when the queue is full, and the signal's reason when it aborts while waiting.
   */
  async acquire(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.length >= this.maxWaiting) {
      throw new Overflow(
        "LIMIT_EXCEEDED",
        `more than ${this.maxWaiting} requests wait for this server; try again later`,
      );
    }
    await new Promise<void>((resolve, reject) => {
      const entry = {
        signal,
        start: () => {
          signal?.removeEventListener("abort", leave);
          resolve();
        },
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.push(entry);
    });
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next.start();
  }
}
