// A test job's log, read in windows by line number (REST `jobs/ID/logs/?start=&end=`).

import type { LogLine, LogSource } from "../../../ci/log.js";
import { LogLevel } from "../../../ci/enums.js";
import { LineScan } from "../../../codec/lines.js";
import type { FoundLine } from "../../../codec/lines.js";
import type { Ask } from "../../../net/ask.js";
import type { LavaClient } from "../client.js";
import { countLogLines } from "./log-count.js";
import { toEnum } from "../../protocol/enums.js";
import type { LavaJobId } from "../../protocol/ids.js";
import { decodeLogLine } from "../../protocol/log-line.js";
import type { LogResult } from "../../protocol/log-line.js";
import { rawLineTest } from "./log-search.js";

/** Largest window: some 700 kB of log, so that a filter that looks through a long log holds no more than that upstream. */
const WINDOW_MAX_LINES = 5_000;

/** Lines `from` to `to` (exclusive; null: the end) of a job's log, as a source of their own. */
export function createLogSource(client: LavaClient, id: LavaJobId, ask: Ask): LogSource {
  return {
    async *read(start, wanted, search) {
      const size = Math.min(Math.max(1, wanted), WINDOW_MAX_LINES);
      const isWanted = search === undefined ? () => true : rawLineTest(search);
      const end = search?.end ?? Infinity;
      for (let from = start; from < end; from += size) {
        const to = Math.min(from + size, end);
        // LAVA answers 404 when nothing is at or after `start`: not yet, or no more.
        const window = await client.log(id, from, to, ask);
        if (window === null) return;
        const scan = new LineScan(isWanted);
        const toLine = ({ at, text }: FoundLine) => toLogLine(text, from + at, { serverName: client.server, id });
        for await (const chunk of window.body) for (const line of scan.add(chunk)) yield toLine(line);
        for (const line of scan.end()) yield toLine(line);
        if (from + scan.count < to) return;
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
    async *read(from, wanted, search) {
      const first = Math.max(from, start);
      if (first >= end) return;
      const within = search === undefined ? undefined : { ...search, end: Math.min(search.end, end) };
      for await (const line of log.read(first, Math.min(wanted, end - first), within)) {
        if (line.number >= end) return;
        yield line;
      }
    },
    count: () => Promise.resolve(Math.max(0, end - start)),
  };
}
