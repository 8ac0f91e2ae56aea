// Seeded pseudo-random source of the Cuirass sandbox, so that the same history comes out each time.

const STORE_ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz";

/** A small deterministic generator (mulberry32); two with the same seed give the same sequence. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One element of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.next() * list.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }

  word(length: number, alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"): string {
    let word = "";
    for (let index = 0; index < length; index++) word += alphabet.charAt(Math.floor(this.next() * alphabet.length));
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
