// Equal values as one object: by the object the server knows what it need not execute again.

/** Values that are remembered. */
const INTERNED_MAX = 2_000;

/** Bounded: the one that came first leaves first. */
export class Interned<T extends object> {
  readonly #values = new Map<string, T>();

  constructor(private readonly max = INTERNED_MAX) {}

  /** @returns the first value of this key. Without a key those are equal that JSON writes the same. */
  of(value: T, key = JSON.stringify(value)): T {
    const before = this.#values.get(key);
    if (before !== undefined) return before;
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.max) break;
      this.#values.delete(oldest);
    }
    return value;
  }
}
