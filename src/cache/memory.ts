// What the process remembers of all servers together, bounded in bytes: what was used least lately goes first.

import { LRUCache } from "lru-cache";

/** Default of `cache.megabytes`. */
export const MEMORY_DEFAULT_BYTES = 256 * 1024 * 1024;
/** What an entry costs besides its value and its key. */
const ENTRY_BYTES = 400;

/**
 * How long a cached value may be used. What rests on the value holds this, and never the entry: else a value that has been
 * evicted would stay in memory without being counted.
 */
export interface Life {
  /** On the clock of `performance.now`. Set to 0 when an event has touched it: it may then only stand in for a server that is down. */
  freshUntil: number;
}

/** What another value takes that holds a life. */
export const LIFE_BYTES = 64;

/** One cached value. */
export interface Entry<T = unknown> {
  readonly value: T;
  /** Estimate of what it takes in memory. */
  readonly bytes: number;
  readonly life: Life;
  /** When it was fetched, on the same clock. */
  readonly since: number;
}

export interface MemoryStats {
  readonly entries: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly evicted: number;
}

export class Memory {
  readonly #entries: LRUCache<string, Entry> | null;
  readonly #onForget = new Map<Entry, () => void>();
  #evicted = 0;
  #changes = 0;
  /** What others hold of the same bytes, by holder. */
  readonly #held = new Map<object, number>();

  /** @param maxBytes 0 remembers nothing. */
  constructor(readonly maxBytes = MEMORY_DEFAULT_BYTES) {
    this.#entries =
      maxBytes === 0
        ? null
        : new LRUCache({
            maxSize: maxBytes,
            maxEntrySize: Math.max(1, this.maxEntryBytes),
            sizeCalculation: ({ bytes }, key) => bytes + 2 * key.length + ENTRY_BYTES,
            dispose: (entry, _key, reason) => {
              if (reason === "evict") this.#evicted += 1;
              const forget = this.#onForget.get(entry);
              this.#onForget.delete(entry);
              forget?.();
            },
          });
  }

  /** Of a value with what it costs besides: one answer must not push out everything else. */
  get maxEntryBytes(): number {
    return Math.floor(this.maxBytes / 8);
  }

  /** The most that one holder may have of the bytes: a quarter, and all together half. */
  get holderMaxBytes(): number {
    return Math.floor(Math.min(this.maxBytes / 4, this.maxBytes / 2 / Math.max(1, this.#held.size)));
  }

  /** Notes that something of the same bytes is held elsewhere, 0 for nothing any more; cached values make room. */
  hold(holder: object, bytes: number): void {
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
    this.#makeRoom();
  }

  /** How often a cached value was ended since the start. */
  get changes(): number {
    return this.#changes;
  }

  noteChange(): void {
    this.#changes += 1;
  }

  get(key: string): Entry | undefined {
    return this.#entries?.get(key);
  }

  /** The same, and no use of it. */
  peek(key: string): Entry | undefined {
    return this.#entries?.peek(key);
  }

  /** @param onForget called once, when the entry is replaced or pushed out. */
  set(key: string, entry: Entry, onForget?: () => void): void {
    if (this.#entries === null) {
      onForget?.();
      return;
    }
    this.#entries.set(key, entry);
    this.#makeRoom();
    // Too large to be kept: already forgotten.
    if (this.#entries.peek(key) !== entry) onForget?.();
    else if (onForget !== undefined) this.#onForget.set(entry, onForget);
  }

  clear(): void {
    this.#entries?.clear();
  }

  stats(): MemoryStats {
    return {
      entries: this.#entries?.size ?? 0,
      bytes: (this.#entries?.calculatedSize ?? 0) + this.#heldBytes(),
      maxBytes: this.maxBytes,
      evicted: this.#evicted,
    };
  }

  #makeRoom(): void {
    const entries = this.#entries;
    if (entries === null || this.#held.size === 0) return;
    const room = this.maxBytes - this.#heldBytes();
    while (entries.calculatedSize > room && entries.size > 0) entries.pop();
  }

  #heldBytes(): number {
    let sum = 0;
    for (const bytes of this.#held.values()) sum += bytes;
    return sum;
  }
}
