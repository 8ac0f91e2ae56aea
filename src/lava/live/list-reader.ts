// Reads of a whole list, shared: who asks while one is under way gets the next, together with all others who do so.

import type { Secret } from "../../net/secret.js";

interface Reading<V> {
  readonly running: Promise<readonly V[]>;
  /** For those who have asked since it began. */
  next: Promise<readonly V[]> | undefined;
}

/** However many ask, a viewer has one read under way and one that waits for it. */
export class ListReader<V> {
  readonly #readings = new Map<string, Reading<V>>();

  constructor(private readonly load: (token: Secret | null) => Promise<readonly V[]>) {}

  /** Never an answer from before the call. Throws what the read throws. */
  read(token: Secret | null): Promise<readonly V[]> {
    const viewer = token?.fingerprint() ?? "anonymous";
    const reading = this.#readings.get(viewer);
    if (reading === undefined) return this.#start(viewer, token);
    reading.next ??= reading.running.then(
      () => this.#start(viewer, token),
      () => this.#start(viewer, token),
    );
    return reading.next;
  }

  #start(viewer: string, token: Secret | null): Promise<readonly V[]> {
    const reading: Reading<V> = { running: this.load(token), next: undefined };
    this.#readings.set(viewer, reading);
    const forget = () => {
      if (reading.next === undefined) this.#readings.delete(viewer);
    };
    reading.running.then(forget, forget);
    return reading.running;
  }
}
