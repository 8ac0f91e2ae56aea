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

/** Which lines a reader looks for; of those that it gets, it looks at each itself. */
export interface LineSearch {
  /** Null: of any level, or none. */
  readonly levels: readonly LogLevel[] | null;
  /** Text in lower case that a line holds, in any case; null: whatever it says. */
  readonly contains: string | null;
  /** Whether that is looked for in what a terminal would show of the line. */
  readonly plain: boolean;
  /** Number of the first line behind those that matter; infinite when they go to the end. */
  readonly end: number;
}

/** Where a log's lines come from. Reads go as far as the log is written now. */
export interface LogSource {
  /** Number of the first line; 0 when left out, more for a part of a log. */
  readonly firstLine?: number;
  /**
   * Lines from number `start` on. `wanted` is how many the reader expects to need. Empty when there is none (yet).
   * @param search what the reader looks for: other lines may be left out.
   */
  read(start: number, wanted: number, search?: LineSearch): AsyncIterable<LogLine>;
  /** How many lines there are now. Costs some small reads, or a pass over the log, where the upstream does not know. */
  count(): Promise<number>;
}
