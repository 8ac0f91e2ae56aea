// A small seeded generator (mulberry32): the same history in every run, so that tests can rely on it.

const STORE_ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz";

/** Two with the same seed give the same sequence. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number in [from, to). */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from));
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return this.int(low, high + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the items; throws when there are none. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.int(0, items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** `count` different items, in their own order. */
  sample<T>(items: readonly T[], count: number): T[] {
    const rest = [...items];
    while (rest.length > count) rest.splice(this.int(0, rest.length), 1);
    return rest;
  }

  word(length: number, alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"): string {
    let word = "";
    for (let index = 0; index < length; index++) word += alphabet.charAt(this.int(0, alphabet.length));
    return word;
  }

  /** The hash part of a store file name: 32 characters of Guix's base32. */
  storeHash(): string {
    return this.word(32, STORE_ALPHABET);
  }

  /** A commit: 40 hexadecimal digits. */
  commit(): string {
    return this.word(40, "0123456789abcdef");
  }
}
