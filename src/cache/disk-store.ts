// What can't change any more, kept on disk over restarts: one file, bounded in bytes, the oldest first out. Whatever happens
// to that file, Etna goes on: a damaged one is set aside, and what can't be written is asked of the servers again.

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { deserialize, serialize } from "node:v8";
import { DamagedFile, FinalsFile, sizeOf } from "./finals-file.js";
import type { FinalStore } from "./read-cache.js";

/** With the format: an older Etna's values are left alone, and not understood. */
const FILE = "finals-1.sqlite";
/** Files of formats that are not read any more. */
const FORMER = ["etna-1.mdb"];
const KEY_MAX_BYTES = 1_900;
/** Between two lines of the log that say that the file can't be used for now. */
const TOLD_AGAIN_MS = 3_600_000;
/** Of the file's bound; the rest is for what SQLite needs besides. */
const FILLED = 0.7;
/** What SQLite says of a file that is none of its own, or is not what it has written; and a folder in its place. */
const DAMAGE = /^(?:SQLITE_(?:CORRUPT|NOTADB|IOERR_SHORT_READ|ERROR|MISMATCH|SCHEMA|FORMAT)|EISDIR$)/;

export interface DiskStoreStats {
  readonly entries: number;
  /** Of the entries, without what the file needs besides. */
  readonly bytes: number;
  readonly maxBytes: number;
}

export interface DiskStore extends FinalStore {
  stats(): DiskStoreStats;
  /** Harmless when repeated. */
  close(): Promise<void>;
}

/**
 * Opens the store in a folder, and makes the folder where there is none; throws when that can't be done, or when another
 * process has it.
 * @param maxBytes of the file.
 * @param onNotice called with one line that an administrator should read; a failure to write is reported once.
 */
export function openDiskStore(dir: string, maxBytes: number, onNotice: (notice: string) => void): DiskStore {
  try {
    makeFolder(resolve(dir));
  } catch (error) {
    throw unusable(dir, error);
  }
  for (const former of FORMER) {
    if (existsSync(join(dir, former)))
      onNotice(`${join(dir, former)} is of an earlier Etna, and is not read; delete it`);
  }
  return new FileStore(dir, maxBytes, onNotice);
}

class FileStore implements DiskStore {
  readonly #path: string;
  /** Null when there is none any more, and none could be made. */
  #file: FinalsFile | null;
  readonly #room: number;
  /** Written together, at the end of this turn of the loop. */
  readonly #waiting = new Map<string, Buffer>();
  #waitingBytes = 0;
  #flush: NodeJS.Immediate | undefined;
  #closed = false;
  #isFailing = false;
  /** Of `performance.now`. */
  #toldAt = -Infinity;

  constructor(
    private readonly dir: string,
    maxBytes: number,
    private readonly onNotice: (notice: string) => void,
  ) {
    this.#path = join(dir, FILE);
    this.#room = Math.floor(FILLED * maxBytes);
    this.#file = openFile(this.#path, dir, onNotice);
  }

  get(key: string): unknown {
    if (this.#closed) return undefined;
    const found = this.#waiting.get(key) ?? this.#guarded((file) => file.get(key));
    return found === undefined ? undefined : deserialize(found);
  }

  set(key: string, value: unknown): void {
    if (this.#closed || this.#waiting.has(key) || Buffer.byteLength(key) > KEY_MAX_BYTES) return;
    if (this.#guarded((file) => file.has(key)) !== false) return;
    const written = serialize(value);
    const size = sizeOf(key, written);
    if (size > this.#room / 8) return;
    this.#waiting.set(key, written);
    this.#waitingBytes += size;
    if (this.#waitingBytes > this.#room / 8) this.#write();
    else this.#flush ??= setImmediate(() => this.#write());
  }

  stats(): DiskStoreStats {
    return { entries: this.#file?.entries ?? 0, bytes: this.#file?.bytes ?? 0, maxBytes: this.#room };
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#waiting.size > 0) this.#write();
    this.#closed = true;
    this.#file?.close();
    return Promise.resolve();
  }

  #write(): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    this.#guarded((file) => {
      file.write(this.#waiting, this.#room);
      this.#isFailing = false;
    });
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  /** What `use` gives; undefined when it can't. A new file takes the place of a damaged one. */
  #guarded<T>(use: (file: FinalsFile) => T): T | undefined {
    if (this.#file === null) return undefined;
    try {
      return use(this.#file);
    } catch (error) {
      if (!isDamage(error)) {
        this.#tellFailure(error);
        return undefined;
      }
      this.#file.close();
      this.#file = null;
      try {
        setAside(this.#path, error, this.onNotice);
        this.#file = openFile(this.#path, this.dir, this.onNotice);
      } catch (reason) {
        this.#tellFailure(reason);
      }
      return undefined;
    }
  }

  /** Once, until something could be written again; and seldom, since on a full disk a small value still finds its place. */
  #tellFailure(error: unknown): void {
    const now = performance.now();
    if (!this.#isFailing && now - this.#toldAt > TOLD_AGAIN_MS) {
      this.onNotice(`${this.#path} can't be used for now: ${reasonOf(error)}`);
      this.#toldAt = now;
    }
    this.#isFailing = true;
  }
}

/** With those that it is in. Node's own `recursive` never returns where a file system takes no folders, as below /proc. */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return;
  makeFolder(dirname(dir));
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    // Another process may have been quicker.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

function openFile(path: string, dir: string, onNotice: (notice: string) => void): FinalsFile {
  try {
    return new FinalsFile(path);
  } catch (error) {
    if (codeOf(error) === "SQLITE_BUSY") {
      throw new Error(`data.dir: another process uses ${dir}; each Etna needs a folder of its own`, { cause: error });
    }
    if (codeOf(error) === "SQLITE_FULL") throw error;
    // Of another user, say: what can't be read may well be whole.
    if (!isDamage(error)) throw unusable(dir, error);
    setAside(path, error, onNotice);
    return new FinalsFile(path);
  }
}

function unusable(dir: string, error: unknown): Error {
  return new Error(`data.dir: ${dir} can't be used: ${reasonOf(error)}`, { cause: error });
}

/** Not deleted: somebody may want to know what has happened to it. */
function setAside(path: string, error: unknown, onNotice: (notice: string) => void): void {
  const aside = `${path}.damaged`;
  rmSync(aside, { recursive: true, force: true });
  renameSync(path, aside);
  // It would be played back into the new file.
  rmSync(`${path}-journal`, { force: true });
  onNotice(`${path} is damaged (${reasonOf(error)}): it is ${aside} now, and a new one is begun`);
}

function isDamage(error: unknown): boolean {
  return error instanceof DamagedFile || DAMAGE.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function reasonOf(error: unknown): string {
  if (codeOf(error).startsWith("SQLITE_FULL")) return "the disk is full";
  return error instanceof Error ? error.message : "unknown reason";
}
