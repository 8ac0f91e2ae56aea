// A log read to its end, or its last lines.

import type { LogTextFragment } from "../generated/graphql.js";
import { logLineText } from "../output/log-line.js";
import { printJson, printLine } from "../output/streams.js";

export function printLogLines(lines: readonly LogTextFragment[], json: boolean): void {
  for (const line of lines) {
    if (json) printJson(line);
    else printLine(logLineText(line.text, line.level, process.stdout));
  }
}

/** The most lines that a page of a log has. */
export const LOG_PAGE_MAX = 1_000;
