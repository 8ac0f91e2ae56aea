// Reads of what is followed, shared: all followers with the same rights that ask in the same moment cost one request.

import DataLoader from "dataloader";
import type { Ask } from "../../net/ask.js";

/** For how long followers that hear of the same event one after the other may join one request. */
const GATHER_MS = 2;

export interface HeldReader<K, V> {
  /** The present state as its viewer may see it; null when there is none. Never an answer from before the call. */
  readonly read: (key: K) => Promise<V | null>;
  /** Harmless when repeated. */
  readonly close: () => void;
}

/** One reader for each viewer that follows something. */
export class BulkReaders<K, V> {
  readonly #held = new Map<string, { readonly loader: DataLoader<K, V | null>; holders: number }>();

  constructor(
    private readonly load: (keys: readonly K[], ask: Ask) => Promise<readonly V[]>,
    private readonly keyOf: (value: V) => K,
  ) {}

  open(ask: Ask): HeldReader<K, V> {
    const viewer = ask.viewer;
    let entry = this.#held.get(viewer);
    if (entry === undefined) {
      const batch = async (keys: readonly K[]) => {
        const values = await this.load([...new Set(keys)], ask);
        const found = new Map(values.map((value) => [this.keyOf(value), value]));
        return keys.map((key) => found.get(key) ?? null);
      };
      const loader = new DataLoader<K, V | null>(batch, {
        cache: false,
        batchScheduleFn: (send) => void setTimeout(send, GATHER_MS),
      });
      entry = { loader, holders: 0 };
      this.#held.set(viewer, entry);
    }
    const held = entry;
    held.holders += 1;
    let open = true;
    return {
      read: (key) => held.loader.load(key),
      close: () => {
        if (!open) return;
        open = false;
        held.holders -= 1;
        if (held.holders === 0) this.#held.delete(viewer);
      },
    };
  }
}
