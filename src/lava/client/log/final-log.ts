// The log of a finished test job, whose lines never change: read in blocks that are fetched once, for all viewers.

import { LOG_LINE_CUT_MARK, LOG_LINE_MAX_BYTES } from "../../../codec/lines.js";
import type { LogSource } from "../../../ci/log.js";
import { BodyTooLarge } from "../../../errors.js";
import type { Ask } from "../../../net/ask.js";
import type { LavaClient } from "../client.js";
import { readFinal } from "../keep.js";
import type { EndedJob } from "../keep.js";
import { createLogSource, toLogLine } from "./log-source.js";

/** Some 28 kB of log. A page of up to so many lines lies in two blocks at most. */
const BLOCK_LINES = 250;
/** For the largest pages, which would take five requests of those: whoever reads a log page by page takes one for each. */
const LARGE_BLOCK_LINES = 1_000;
/** Who wants more goes through the log, and would push everything else out of memory. */
const WANTED_MAX = 2_000;

export function createFinalLog(client: LavaClient, job: EndedJob, ask: Ask): LogSource {
  const { id } = job;
  const whole = createLogSource(client, id, ask);
  return {
    async *read(start, wanted, search) {
      if (wanted > WANTED_MAX) {
        yield* whole.read(start, wanted, search);
        return;
      }
      const size = wanted > 2 * BLOCK_LINES ? LARGE_BLOCK_LINES : BLOCK_LINES;
      for (let from = start - (start % size); ; from += size) {
        let block;
        try {
          block = await client.finalLog(job, from, from + size, ask);
        } catch (error) {
          if (!(error instanceof BodyTooLarge)) throw error;
          // Lines that are too long to be kept are streamed.
          yield* whole.read(Math.max(start, from), wanted, search);
          return;
        }
        if (block === null) return;
        const lines = linesOf(block);
        for (const [at, line] of lines.entries()) {
          const number = from + at;
          if (number >= start) yield toLogLine(line, number, { serverName: client.server, id });
        }
        if (lines.length < size) return;
      }
    },

    async count() {
      // A log without lines is one that was not found: LAVA answers 404 for it.
      const load = async (fetching: Ask) => (await createLogSource(client, id, fetching).count()) || null;
      return (await client.read(readFinal("lines", job, ask), ask, load)) ?? 0;
    },
  };
}

/** As `splitLogLines` does, of text that is there whole. */
function linesOf(block: string): readonly string[] {
  const lines = block.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) =>
    line.length > LOG_LINE_MAX_BYTES ? line.slice(0, LOG_LINE_MAX_BYTES) + LOG_LINE_CUT_MARK : line,
  );
}
