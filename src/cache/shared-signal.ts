// Work that several wait for, such as one upstream call for many operations: given up when all of them have left.

import { errorOf } from "../errors.js";

export class SharedSignal {
  readonly #controller = new AbortController();
  #waiting = 0;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Waits for the work until `signal` aborts, and then throws its reason.
   * @param signal null for one who never leaves.
   */
  async wait<T>(work: Promise<T>, signal: AbortSignal | null): Promise<T> {
    this.#waiting += 1;
    if (signal === null) return work;
    let leave: () => void = () => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        this.#waiting -= 1;
        if (this.#waiting === 0) this.#controller.abort(signal.reason);
        reject(errorOf(signal.reason));
      };
    });
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([work, left]);
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }
}
