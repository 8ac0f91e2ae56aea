// The last events of a feed, so that a subscriber who comes back can go on where it broke off.

/** Events kept for one feed. */
export const RING_MAX = 10_000;

/** Numbered in the order in which they came. */
export interface Kept<T> {
  readonly number: number;
  readonly event: T;
}

/** Bounded: the oldest leave first. Whatever was lost between two events is marked, so that nobody skips it unaware. */
export class EventRing<T> {
  /** Full, each new one takes the place of the oldest. */
  readonly #kept: Kept<T>[] = [];
  #pushed = 0;
  #last = 0;
  #gapAt = -1;

  constructor(private readonly max = RING_MAX) {}

  /** The present position: a subscriber who goes on from here misses nothing that comes. */
  get last(): number {
    return this.#last;
  }

  push(event: T): number {
    this.#last += 1;
    this.#kept[this.#pushed % this.max] = { number: this.#last, event };
    this.#pushed += 1;
    return this.#last;
  }

  /** Marks a gap: `after()` returns null for every earlier position. The gap consumes one number. */
  markGap(): void {
    this.#gapAt = this.#last;
    this.#last += 1;
  }

  /** What came until now is given up, and no position leads on from it. It takes a number of its own. */
  forget(): void {
    this.#kept.length = 0;
    this.#pushed = 0;
    this.markGap();
  }

  /** All that came after this number; null when some of it has left the ring, or may never have come. */
  after(number: number): readonly Kept<T>[] | null {
    const kept = this.all();
    const [oldest] = kept;
    const hasLeft = oldest !== undefined && number < oldest.number - 1;
    if (number > this.#last || hasLeft || number <= this.#gapAt) return null;
    return kept.filter((one) => one.number > number);
  }

  /** All that are kept, oldest first. */
  all(): readonly Kept<T>[] {
    const oldest = this.#pushed % this.max;
    return this.#kept.slice(oldest).concat(this.#kept.slice(0, oldest));
  }
}
