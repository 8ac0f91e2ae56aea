// A test job's log, read in windows by line number (REST `jobs/ID/logs/?start=&end=`).

import type { LogLine, LogSource } from "../../../ci/log.js";
import { LogLevel } from "../../../ci/enums.js";
import { splitLogLines } from "../../../codec/lines.js";
import type { Ask } from "../../../net/ask.js";
import type { LavaClient } from "../client.js";
import { countLogLines } from "./log-count.js";
import { toEnum } from "../../protocol/enums.js";
import type { LavaJobId } from "../../protocol/ids.js";
import { decodeLogLine } from "../../protocol/log-line.js";
import type { LogResult } from "../../protocol/log-line.js";

/** Largest window: some 700 kB of log, so that a filter that looks through a long log holds no more than that upstream. */
const WINDOW_MAX_LINES = 5_000;

/** Lines `from` to `to` (exclusive; null: the end) of a job's log, as a source of their own. */
export function createLogSource(client: LavaClient, id: LavaJobId, ask: Ask): LogSource {
  return {
    async *read(start, wanted) {
      const size = Math.min(Math.max(1, wanted), WINDOW_MAX_LINES);
      for (let from = start; ; from += size) {
        // LAVA answers 404 when nothing is at or after `start`: not yet, or no more.
        const window = await client.log(id, from, from + size, ask);
        if (window === null) return;
        let number = from;
        for await (const line of splitLogLines(window.body)) {
          yield toLogLine(line, number, { serverName: client.server, id });
          number += 1;
        }
        if (number < from + size) return;
      }
    },

    count: () => countLogLines(client, id, ask),
  };
}

/** A line with, in a log whose job is known, what its `results` lines tell of test cases. */
export interface LavaLogLine extends LogLine {
  readonly told: LogResult | null;
  /** Of a feedback line. */
  readonly namespace: string | null;
  readonly job: LogJob;
}

/** Whose log it is. */
export interface LogJob {
  readonly serverName: string;
  readonly id: LavaJobId;
}

/** @param line an item of the log as LAVA writes it. */
export function toLogLine(line: string, number: number, job: LogJob): LavaLogLine {
  const { time, level, text, result, namespace } = decodeLogLine(line, number);
  return { number, time, level: toEnum(LogLevel, level), text, told: result, namespace, job };
}

/** Lines `start` to `end` (exclusive) of a log, as a log of their own that keeps the line numbers. */
export function sliceOf(log: LogSource, start: number, end: number): LogSource {
  return {
    firstLine: start,
    async *read(from, wanted) {
      const first = Math.max(from, start);
      if (first >= end) return;
      for await (const line of log.read(first, Math.min(wanted, end - first))) {
        if (line.number >= end) return;
        yield line;
      }
    },
    count: () => Promise.resolve(Math.max(0, end - start)),
  };
}
