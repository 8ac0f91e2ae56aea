// The log of a build, read once for many pages: for good once it has ended, else for two seconds. Cuirass sends whole logs
// only, so that of each the beginning and the end are kept, 4 MiB of text each: the beginning, of which no more is read than
// is kept, for whoever reads from the first line on; the end, with the number of lines, once somebody has asked for what lies
// beyond. Both together are all of nearly every log. Of a larger one the middle is not kept: each page there reads the log
// from its first byte again.

import type { LogLine, LogSource } from "../../ci/log.js";
import { Overflow, UpstreamError } from "../../errors.js";
import type { CuirassClient } from "./client.js";
import type { CuirassBuildId } from "../protocol/ids.js";
import { LogPart, LogPartWriter } from "../protocol/log-part.js";
import { createLogSource, logLines, toLogLine } from "./log-source.js";
import type { WireBuild } from "../protocol/wire.js";

const PART_MAX_BYTES = 4 * 1024 * 1024;
/** Who wants more lines reads page by page, each as large as can be; */
const PAGE_LINES = 1_000;
/** who wants more than that searches, in one pass. */
const SEARCH_LINES = 2_000;
/** What an entry of memory must hold: such a part, with its last line and its numbers. */
export const LOG_PART_ENTRY_BYTES = PART_MAX_BYTES + 2 * 1024 * 1024;

/** @param build one whose log is final. */
export function createFinalLog(client: CuirassClient, id: CuirassBuildId, build: WireBuild): LogSource {
  return createPartsLog(client, id, build, "final");
}

/**
 * The log of a build that runs, or has just ended. The largest pages, as of somebody who reads all of it, come from the same
 * parts, kept for two seconds: each by itself would have the log sent from its first byte on.
 */
export function createYoungLog(client: CuirassClient, id: CuirassBuildId, build: WireBuild): LogSource {
  const origin = { server: client.server, operation: "GET /build/ID/log/raw" };
  const whole = createLogSource(origin, () => client.buildLog(id, build), { hasEnded: build.buildstatus >= 0 });
  const parts = createPartsLog(client, id, build, "brief");
  return {
    read: (start, wanted) => (wanted > PAGE_LINES && wanted < SEARCH_LINES ? parts : whole).read(start, wanted),
    count: () => whole.count(),
  };
}

function createPartsLog(
  client: CuirassClient,
  id: CuirassBuildId,
  build: WireBuild,
  keep: "final" | "brief",
): LogSource {
  const origin = { server: client.server, operation: "GET /build/ID/log/raw" };
  const reading = { hasEnded: build.buildstatus >= 0 };
  const whole = createLogSource(origin, () => client.buildLog(id, build), reading);
  const part = async (name: string, read: (lines: AsyncIterable<string>) => Promise<Buffer | null>) => {
    const key = `${name} of ${keep} log ${id} ${build.starttime} ${build.stoptime}`;
    const packed = await client.made(key, keep, (through) =>
      read(logLines(origin, () => through.buildLog(id, build), reading)),
    );
    return new LogPart(packed ?? new LogPartWriter().pack(0));
  };
  const readHead = () => part("head", packHead);
  const readTail = () => part("tail", packTail);

  return {
    async *read(start, wanted) {
      const head = await readHead();
      yield* linesOf(head, start);
      if (head.total !== null) return;
      const tail = await readTail();
      let next = Math.max(start, head.end);
      if (tail.total === null || next < tail.firstLine) {
        for await (const line of whole.read(next, wanted)) {
          if (tail.total !== null && line.number >= tail.firstLine) break;
          yield line;
          next = line.number + 1;
        }
      }
      if (tail.total !== null && next >= tail.firstLine) yield* linesOf(tail, next);
    },

    async count() {
      return (await readHead()).total ?? (await readTail()).total ?? whole.count();
    },
  };
}

function* linesOf(part: LogPart, start: number): Generator<LogLine, void, undefined> {
  for (const [number, text] of part.lines(start)) yield toLogLine(number, text);
}

/** Breaks the log off when it has enough. */
function packHead(lines: AsyncIterable<string>): Promise<Buffer | null> {
  return packed(async (part) => {
    let count = 0;
    for await (const text of lines) {
      if (part.bytes >= PART_MAX_BYTES) return null;
      part.add(count, text);
      count += 1;
    }
    return count;
  });
}

function packTail(lines: AsyncIterable<string>): Promise<Buffer | null> {
  return packed(async (part) => {
    let count = 0;
    for await (const text of lines) {
      part.add(count, text);
      part.limit(PART_MAX_BYTES);
      count += 1;
    }
    return count;
  });
}

/** What `fill` has put into a part; null for a log without lines. Of one that can't be read to its end only that is kept. */
async function packed(fill: (part: LogPartWriter) => Promise<number | null>): Promise<Buffer | null> {
  const part = new LogPartWriter();
  try {
    const total = await fill(part);
    return total === 0 ? null : part.pack(total);
  } catch (error) {
    const isUnreadable = error instanceof UpstreamError && error.kind === "UpstreamMalformed";
    if (isUnreadable || error instanceof Overflow) return new LogPartWriter().pack(null);
    throw error;
  }
}
