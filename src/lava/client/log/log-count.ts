// How many lines a test job's log has. Before 2026.08 LAVA does not tell: only the lines from a number on can be asked for,
// and there is nothing where none are (lava.md, section 5). So the end is looked for with windows of a line or few.
// Its test: test/lava/client/log/log-count.test.ts.

import { UpstreamError } from "../../../errors.js";
import type { Ask } from "../../../net/ask.js";
import type { LavaClient } from "../client.js";
import type { LavaJobId } from "../../protocol/ids.js";

/** Most logs have fewer lines: they are counted in one request. */
const FIRST_LINES = 5_000;
/** So close to the end, the rest is read and counted: half a megabyte at most. */
const LAST_LINES = 4_000;
/** By how much the next guess is further away. */
const GROWTH = 4;
/** A cursor has no more digits. A server that has a line wherever it is asked for one ignores the number. */
const LINES_MAX = 1_000_000_000;

/** Lines that are there now; 0 where there is no log, or the viewer may not see it. Throws `UpstreamError`. */
export async function countLogLines(
  client: Pick<LavaClient, "log" | "logLineCount" | "results">,
  id: LavaJobId,
  ask: Ask,
): Promise<number> {
  const told = await client.logLineCount(id, ask);
  if (told !== null) return told;
  const linesIn = async (from: number, to: number) => {
    const window = await client.log(id, from, to, ask);
    return window === null ? 0 : newlinesOf(window.body);
  };
  const first = await linesIn(0, FIRST_LINES);
  if (first < FIRST_LINES) return first;

  // `low` lines are there, `high` are not; `high` itself may be the number of them.
  let low = FIRST_LINES;
  let high = LINES_MAX;
  const guess = await lastCaseLine(client, id, ask);
  if (guess !== null && guess < high) {
    const found = await linesIn(guess, guess + LAST_LINES);
    if (found > 0 && found < LAST_LINES) return guess + found;
    if (found === 0) high = guess;
    else low = guess + found;
  }
  for (let step = GROWTH * LAST_LINES; high - low > LAST_LINES; step *= GROWTH) {
    const at = low + Math.min(step, Math.floor((high - low) / 2));
    if ((await linesIn(at, at + 1)) > 0) low = at + 1;
    else high = at;
  }
  return low === high ? low : low + (await linesIn(low, high));
}

/** Line of a case that began after the first lines, the newest such case: near the end of the log, as a rule. */
async function lastCaseLine(client: Pick<LavaClient, "results">, id: LavaJobId, ask: Ask): Promise<number | null> {
  const query = { start_log_line__gte: FIRST_LINES, limit: 1, ordering: "-id" };
  try {
    const list = await client.results.cases(id, query, ask);
    return list?.results[0]?.start_log_line ?? null;
  } catch (error) {
    // It only spares requests.
    if (error instanceof UpstreamError) return null;
    throw error;
  }
}

async function newlinesOf(body: AsyncIterable<Buffer>): Promise<number> {
  let newlines = 0;
  let last = 0x0a;
  for await (const chunk of body) {
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) newlines += 1;
    last = chunk.at(-1) ?? last;
  }
  return last === 0x0a ? newlines : newlines + 1;
}
