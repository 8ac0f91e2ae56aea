// A run's log as data, the same for every CI system.

import type { LogLevel } from "./enums.js";

export interface LogLine {
  /** From 0. */
  readonly number: number;
  /** RFC 3339; null in logs that do not say. */
  readonly time: string | null;
  /** Null in logs that have none. */
  readonly level: LogLevel | null;
  /** With the escape sequences that the device sent. */
  readonly text: string;
}

/** Where a log's lines come from. Reads go as far as the log is written now. */
export interface LogSource {
  /** Number of the first line; 0 when left out, more for a part of a log. */
  readonly firstLine?: number;
  /** Lines from number `start` on. `wanted` is how many the reader expects to need. Empty when there is none (yet). */
  read(start: number, wanted: number): AsyncIterable<LogLine>;
  /** How many lines there are now. Costs some small reads, or a pass over the log, where the upstream does not know. */
  count(): Promise<number>;
}
