// What can't change any more, kept on disk over restarts: an LMDB file, bounded in bytes, the oldest first out.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { open } from "lmdb";
import type { Database, RootDatabase } from "lmdb";
import type { FinalStore } from "./read-cache.js";

/** Part of the file's name: an older Etna's values are left alone, and not understood. */
const FORMAT = 1;
/** LMDB refuses longer keys. */
const KEY_MAX_BYTES = 1_900;
/** LMDB gives a larger value whole pages of its own. */
const PAGE_BYTES = 4_096;
/** Of the file's bound; the rest is for LMDB, which writes anew before it frees, and never gives a page back. */
const FILLED = 0.4;
/** What a value costs besides its bytes: its key twice, and its place. */
const ENTRY_BYTES = 200;

/** An entry's place in the order of their coming. */
interface Place {
  readonly key: string;
  readonly bytes: number;
}

export interface DiskStoreStats {
  readonly entries: number;
  /** Of the entries, without what LMDB needs besides. */
  readonly bytes: number;
  readonly maxBytes: number;
}

export interface DiskStore extends FinalStore {
  stats(): DiskStoreStats;
  /** Harmless when repeated. */
  close(): Promise<void>;
}

/**
 * Opens the store in a folder, and makes the folder where there is none; throws when that can't be done.
 * @param maxBytes of the file.
 * @param onFault told when something could not be written; the store goes on without it.
 */
export function openDiskStore(dir: string, maxBytes: number, onFault: (error: unknown) => void): DiskStore {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const root: RootDatabase = open({
    path: join(dir, `etna-${FORMAT}.mdb`),
    maxDbs: 2,
    // A lost write costs one request more.
    noSync: true,
  });
  const values: Database<Buffer, string> = root.openDB({ name: "values", encoding: "binary" });
  const places: Database<Place, number> = root.openDB({ name: "places", encoding: "msgpack" });

  const room = FILLED * maxBytes;
  let bytes = 0;
  let next = 0;
  for (const { key, value } of places.getRange()) {
    bytes += value.bytes;
    next = key + 1;
  }
  /** Written together, at the end of this turn of the loop. */
  const waiting = new Map<string, Buffer>();
  let waitingBytes = 0;
  let flush: NodeJS.Immediate | undefined;
  let closing: Promise<void> | undefined;

  const evict = () => {
    for (const { key: place, value } of places.getRange()) {
      if (bytes <= room) return;
      bytes -= value.bytes;
      places.removeSync(place);
      values.removeSync(value.key);
    }
  };

  // At once and not in LMDB's own batches: what one of them frees is only used again by the next, and a large one would
  // make the file grow far over its bound.
  const write = () => {
    clearImmediate(flush);
    flush = undefined;
    try {
      root.transactionSync(() => {
        for (const [key, value] of waiting) {
          const size = sizeOf(key, value);
          values.putSync(key, value);
          places.putSync(next, { key, bytes: size });
          next += 1;
          bytes += size;
        }
        evict();
      });
    } catch (error) {
      onFault(error);
    }
    waiting.clear();
    waitingBytes = 0;
  };

  return {
    get(key) {
      if (closing !== undefined) return undefined;
      const found = waiting.get(key) ?? values.get(key);
      if (found === undefined) return undefined;
      try {
        return deserialize(found) as unknown;
      } catch {
        // Cut short by a crash: fetched anew.
        return undefined;
      }
    },

    set(key, value) {
      if (closing !== undefined || Buffer.byteLength(key) > KEY_MAX_BYTES || values.doesExist(key)) return;
      const written = serialize(value);
      const size = sizeOf(key, written);
      if (size > room / 8) return;
      waiting.set(key, written);
      waitingBytes += size;
      if (waitingBytes > room / 8) write();
      else flush ??= setImmediate(write);
    },

    stats: () => ({ entries: places.getCount(), bytes, maxBytes: room }),

    close() {
      if (closing !== undefined) return closing;
      if (waiting.size > 0) write();
      return (closing = root.close());
    },
  };
}

/** What an entry takes of the file. */
function sizeOf(key: string, value: Buffer): number {
  const pages = Math.ceil(value.length / PAGE_BYTES);
  return (pages === 1 ? value.length : pages * PAGE_BYTES) + 2 * key.length + ENTRY_BYTES;
}
