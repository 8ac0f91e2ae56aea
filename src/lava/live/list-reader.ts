// Reads of a whole list, shared: who asks while one is under way gets the next, together with all others who do so.

import type { Ask } from "../../net/ask.js";

interface Reading<V> {
  readonly running: Promise<readonly V[]>;
  /** For those who have asked since it began. */
  next: Promise<readonly V[]> | undefined;
}

/** However many ask, a viewer has one read under way and one that waits for it. */
export class ListReader<V> {
  readonly #readings = new Map<string, Reading<V>>();

  constructor(private readonly load: (ask: Ask) => Promise<readonly V[]>) {}

  /** Never an answer from before the call. Throws what the read throws. */
  read(ask: Ask): Promise<readonly V[]> {
    const viewer = ask.viewer;
    const reading = this.#readings.get(viewer);
    if (reading === undefined) return this.#start(viewer, ask);
    reading.next ??= reading.running.then(
      () => this.#start(viewer, ask),
      () => this.#start(viewer, ask),
    );
    return reading.next;
  }

  #start(viewer: string, ask: Ask): Promise<readonly V[]> {
    const reading: Reading<V> = { running: this.load(ask), next: undefined };
    this.#readings.set(viewer, reading);
    const forget = () => {
      if (reading.next === undefined) this.#readings.delete(viewer);
    };
    reading.running.then(forget, forget);
    return reading.running;
  }
}
