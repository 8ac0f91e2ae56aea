// A set that does not grow without end.

/** Keeps the last `max` values. */
export class BoundedSet<T> {
  readonly #values = new Set<T>();

  constructor(private readonly max: number) {}

  has(value: T): boolean {
    return this.#values.has(value);
  }

  add(value: T): void {
    this.#values.add(value);
    const [oldest] = this.#values;
    if (this.#values.size > this.max && oldest !== undefined) this.#values.delete(oldest);
  }
}
