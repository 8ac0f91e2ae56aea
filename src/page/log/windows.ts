// The lines of a log that are in the browser: windows of 200, as many as the reader needs, whatever the log's length.

import type { LogLevel, TestResult } from "../generated/graphql.js";

export interface Line {
  readonly number: number;
  readonly time: string | null;
  readonly level: LogLevel | null;
  readonly text: string;
  readonly result?: { readonly suite: string; readonly name: string; readonly result: TestResult } | null;
}

/** Lines from number `from` on, `count` at most. */
export type LoadLines = (from: number, count: number, signal: AbortSignal) => Promise<readonly Line[]>;

export const WINDOW_LINES = 200;
export const WINDOWS_MAX = 30;
const REQUESTS_MAX = 2;
/** After a failed request; else each frame would try again. */
const PAUSE_MS = 3_000;

interface Window {
  lines: readonly Line[];
  /** For what was used least lately. */
  used: number;
}

/**
 * Windows begin at multiples of 200. Two are asked for at a time, those in sight first; what the reader has passed is
 * given up. Tell it what is in sight with `want`; it tells when lines have come.
 */
export class Windows {
  readonly #windows = new Map<number, Window>();
  readonly #loading = new Map<number, AbortController>();
  readonly #load: LoadLines;
  readonly #tell: () => void;
  #wanted: readonly number[] = [];
  #uses = 0;
  #pausedUntil = 0;
  #failed = false;

  constructor(load: LoadLines, tell: () => void) {
    this.#load = load;
    this.#tell = tell;
  }

  /** Whether the last request failed. */
  get failed(): boolean {
    return this.#failed;
  }

  /** How many windows are held; never more than `WINDOWS_MAX`. */
  get size(): number {
    return this.#windows.size;
  }

  get requests(): number {
    return this.#loading.size;
  }

  line(number: number): Line | null {
    const window = this.#windows.get(Math.floor(number / WINDOW_LINES));
    return window?.lines.find((line) => line.number === number) ?? null;
  }

  /** Lines in sight, by number, in the order of their weight. Folded ones are not among them. */
  want(numbers: readonly number[]): void {
    this.#wanted = [...new Set(numbers.map((number) => Math.floor(number / WINDOW_LINES)))];
    this.#uses += 1;
    for (const at of this.#wanted) {
      const window = this.#windows.get(at);
      if (window) window.used = this.#uses;
    }
    for (const [at, request] of this.#loading) if (!this.#wanted.includes(at)) request.abort();
    this.#next();
  }

  /** Lines that came by another way, at the end of the log. */
  append(lines: readonly Line[]): void {
    for (const line of lines) {
      const at = Math.floor(line.number / WINDOW_LINES);
      const window = this.#windows.get(at);
      const known = window?.lines ?? [];
      // A window that does not hold what is before would have a hole; it is asked for when it comes in sight.
      if (line.number !== at * WINDOW_LINES + known.length) continue;
      this.#put(at, [...known, line]);
    }
    this.#tell();
  }

  /** Windows that were read while the log was shorter are asked for again. */
  grew(total: number): void {
    for (const [at, { lines }] of this.#windows) {
      const full = Math.min(WINDOW_LINES, total - at * WINDOW_LINES);
      if (lines.length < full && this.#wanted.includes(at)) this.#windows.delete(at);
    }
    this.#next();
  }

  close(): void {
    for (const request of this.#loading.values()) request.abort();
    this.#wanted = [];
  }

  #next(): void {
    if (Date.now() < this.#pausedUntil) return;
    for (const at of this.#wanted) {
      if (this.#loading.size >= REQUESTS_MAX) return;
      if (!this.#windows.has(at) && !this.#loading.has(at)) void this.#request(at);
    }
  }

  async #request(at: number): Promise<void> {
    const request = new AbortController();
    this.#loading.set(at, request);
    try {
      const lines = await this.#load(at * WINDOW_LINES, WINDOW_LINES, request.signal);
      this.#failed = false;
      this.#put(at, lines);
    } catch {
      if (!request.signal.aborted) this.#pause();
    } finally {
      this.#loading.delete(at);
      this.#tell();
      this.#next();
    }
  }

  #pause(): void {
    this.#failed = true;
    this.#pausedUntil = Date.now() + PAUSE_MS;
    setTimeout(() => this.#next(), PAUSE_MS + 10);
  }

  #put(at: number, lines: readonly Line[]): void {
    this.#windows.set(at, { lines, used: this.#uses });
    while (this.#windows.size > WINDOWS_MAX) {
      const [oldest] = [...this.#windows].sort(([, a], [, b]) => a.used - b.used);
      if (oldest) this.#windows.delete(oldest[0]);
    }
  }
}
