// The file behind the store on disk: SQLite, since that answers a damaged file with an error, where a file that is mapped
// into memory ends the process. Every value is checked against its sum before it is given away.

import { chmodSync, closeSync, openSync, statSync } from "node:fs";
import { crc32 } from "node:zlib";
import Database from "libsql";
import { fieldsOf } from "../codec/mapping.js";

/** Larger values have whole pages of their own. */
const PAGE_BYTES = 4_096;
/** What a value costs besides its bytes: its key twice, and its row. */
const ROW_BYTES = 200;
const EVICTED_AT_ONCE = 500;

// The file is this process's alone until it is closed, also against a second one of its own. A lost write costs one
// request more, so that nobody waits for the disk; a process that is killed in the middle leaves a whole file.
const SETUP = `
  PRAGMA page_size = ${PAGE_BYTES};
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = TRUNCATE;
  PRAGMA synchronous = OFF;
  PRAGMA mmap_size = 0;
  PRAGMA cell_size_check = ON;
  PRAGMA trusted_schema = OFF;
  BEGIN EXCLUSIVE;
  CREATE TABLE IF NOT EXISTS finals (
    place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL, sum INTEGER NOT NULL, value BLOB NOT NULL
  );
  COMMIT;`;

/** What is there is not what was written. */
export class DamagedFile extends Error {
  override readonly name = "DamagedFile";
}

/** Methods throw what SQLite says, with its `code`, and `DamagedFile`. */
export class FinalsFile {
  readonly #database: Database.Database;
  readonly #find: Database.Statement;
  readonly #has: Database.Statement;
  readonly #insert: Database.Statement;
  readonly #oldest: Database.Statement;
  readonly #forget: Database.Statement;
  #entries: number;
  #bytes: number;

  constructor(path: string) {
    // To open a pipe would wait for its writer, and the whole process with it.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) throw new DamagedFile("it is no file");
    // SQLite's other files get the mode of this one.
    closeSync(openSync(path, "a", 0o600));
    chmodSync(path, 0o600);
    this.#database = new Database(path);
    try {
      this.#database.exec(SETUP);
      const prepare = (sql: string) => this.#database.prepare(sql);
      this.#find = prepare("SELECT sum, value FROM finals WHERE key = ?");
      this.#has = prepare("SELECT 1 FROM finals WHERE key = ?");
      this.#insert = prepare("INSERT OR IGNORE INTO finals (key, bytes, sum, value) VALUES (?, ?, ?, ?)");
      this.#oldest = prepare(`SELECT place, bytes FROM finals ORDER BY place LIMIT ${EVICTED_AT_ONCE}`);
      this.#forget = prepare("DELETE FROM finals WHERE place <= ?");
      const all = prepare("SELECT count(*) AS entries, total(bytes) AS bytes FROM finals").get();
      [this.#entries, this.#bytes] = [numberOf(all, "entries"), numberOf(all, "bytes")];
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  get entries(): number {
    return this.#entries;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(key: string): boolean {
    return this.#has.get(key) !== undefined;
  }

  /** Undefined when there is none. */
  get(key: string): Buffer | undefined {
    const row = this.#find.get(key);
    if (row === undefined) return undefined;
    const value = fieldsOf(row).value;
    if (!Buffer.isBuffer(value) || numberOf(row, "sum") !== sumOf(key, value)) throw new DamagedFile("a value's sum");
    return value;
  }

  /** Writes all of them or none; the oldest go where there are more bytes than `room` then. */
  write(values: ReadonlyMap<string, Buffer>, room: number): void {
    const before = [this.#entries, this.#bytes] as const;
    this.#database.exec("BEGIN");
    try {
      const coming = [...values].reduce((sum, [key, value]) => sum + sizeOf(key, value), 0);
      this.#evict(room - coming);
      for (const [key, value] of values) {
        const bytes = sizeOf(key, value);
        if (this.#insert.run(key, bytes, sumOf(key, value), value).changes === 0) continue;
        this.#entries += 1;
        this.#bytes += bytes;
      }
      this.#database.exec("COMMIT");
    } catch (error) {
      [this.#entries, this.#bytes] = before;
      if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    try {
      // The library lets go of a file only when its statements are collected; the lock must not last that long.
      this.#database.exec("PRAGMA locking_mode = NORMAL; SELECT count(*) FROM finals");
    } catch {
      // A damaged one has nothing that another could use.
    }
    this.#database.close();
  }

  #evict(room: number): void {
    while (this.#bytes > room && this.#entries > 0) {
      let last = 0;
      let [count, bytes] = [0, 0];
      for (const row of this.#oldest.all()) {
        if (this.#bytes - bytes <= room) break;
        last = numberOf(row, "place");
        bytes += numberOf(row, "bytes");
        count += 1;
      }
      if (count === 0) throw new DamagedFile("fewer rows than there should be");
      this.#forget.run(last);
      this.#entries -= count;
      this.#bytes -= bytes;
    }
  }
}

/** What an entry takes of the file. */
export function sizeOf(key: string, value: Buffer): number {
  const pages = Math.ceil(value.length / PAGE_BYTES);
  return (pages <= 1 ? value.length : pages * PAGE_BYTES) + 2 * key.length + ROW_BYTES;
}

/** Of the key as well: a damaged index must not give the value of another. */
function sumOf(key: string, value: Buffer): number {
  return crc32(value, crc32(key));
}

function numberOf(row: unknown, name: string): number {
  const value = fieldsOf(row)[name];
  if (typeof value !== "number") throw new DamagedFile(`${name} is no number`);
  return value;
}
