// Pages of a log: from both ends, filtered, without holding more than a page.

import { Args, FieldResolver, Int, Resolver, Root } from "type-graphql";
import { InputRefused } from "../../errors.js";
import { Log, LogLines, LogLinesArgs } from "./log.type.js";
import type { LineSearch, LogLine, LogSource } from "../log.js";
import { inRange, readPageArgs, unknownCursor } from "../page.js";
import type { Page, PageRequest } from "../page.js";
import { toPlainText } from "../../codec/terminal-text.js";

/** Number of a line; a cursor has no more digits. */
const LINE_MAX = 999_999_999;
/** Lines asked for at a time while a filter looks for matches. */
const SCAN_LINES = 5_000;

@Resolver(() => Log)
export class LogResolver {
  @FieldResolver(() => Int, {
    nullable: true,
    description:
      "How many lines there are now. Where the server does not count, it costs some twenty small requests (LAVA up to 2026.07) or a pass over the log (Cuirass): ask only when needed.",
  })
  async lineCount(@Root() log: Log): Promise<number | null> {
    return log.source.count();
  }

  @FieldResolver(() => LogLines.Connection, {
    nullable: true,
    description: "Lines in order. With `last` the end of the log.",
  })
  async lines(@Root() log: Log, @Args(() => LogLinesArgs) args: LogLinesArgs) {
    const request = readPageArgs(args);
    if (args.contains === "") throw new InputRefused("contains", "is empty; leave it out to see every line");
    const source = args.plain === true ? plainSource(log.source) : log.source;
    const from = readFrom(args.from ?? null, request);
    return LogLines.of(await pageOfLog(source, request, lineFilter(args), from));
  }
}

/** A line's number is no cursor: it says which line comes first, not which one was last. */
function readFrom(from: number | null, { direction, cursor }: PageRequest): number | null {
  if (from === null) return null;
  if (direction === "backward") throw new InputRefused("from", "goes with `first`; with `last` give `before`");
  if (cursor !== null) throw new InputRefused("from", "is where a page begins, as `after` is; give one of the two");
  return inRange("from", from, LINE_MAX);
}

function plainSource(source: LogSource): LogSource {
  return {
    ...(source.firstLine === undefined ? {} : { firstLine: source.firstLine }),
    async *read(start, wanted, search) {
      const shown = search === undefined ? undefined : { ...search, plain: true };
      for await (const line of source.read(start, wanted, shown)) yield { ...line, text: toPlainText(line.text) };
    },
    count: () => source.count(),
  };
}

/** What a page's lines are looked through for; `search` is what the source may know of it. */
export interface LineFilter {
  readonly holds: (line: LogLine) => boolean;
  readonly search?: Omit<LineSearch, "end">;
}

function lineFilter({ levels, contains }: LogLinesArgs): LineFilter | null {
  if (levels == null && contains == null) return null;
  const needle = contains?.toLowerCase();
  return {
    holds: (line) =>
      (levels == null || (line.level !== null && levels.includes(line.level))) &&
      (needle === undefined || line.text.toLowerCase().includes(needle)),
    search: { levels: levels ?? null, contains: needle ?? null, plain: false },
  };
}

/**
 * One page of a log. A cursor is a line's number; the log may have grown between pages.
 * @param from number of the first line of a page without cursor; a log that begins later gives its own first line.
 */
export async function pageOfLog(
  source: LogSource,
  request: PageRequest,
  filter: LineFilter | null,
  from: number | null = null,
): Promise<Page<LogLine>> {
  const totalCount = filter === null ? () => source.count() : null;
  const firstLine = source.firstLine ?? 0;
  const at = request.cursor === null ? null : readLineCursor(request);
  if (request.direction === "forward") {
    const start = at === null ? Math.max(firstLine, from ?? firstLine) : at + 1;
    const lines: LogLine[] = [];
    let hasNextPage = false;
    for await (const line of readFiltered(source, start, filter === null ? request.count + 1 : SCAN_LINES, filter)) {
      hasNextPage = lines.length === request.count;
      if (hasNextPage) break;
      lines.push(line);
    }
    return { items: lines.map(toItem), hasNextPage, hasPreviousPage: start > firstLine, totalCount };
  }

  const end = at ?? (filter === null ? firstLine + (await source.count()) : Infinity);
  const start = filter === null ? Math.max(firstLine, end - request.count) : firstLine;
  const lines: LogLine[] = [];
  let dropped = false;
  if (start < end && request.count > 0) {
    for await (const line of readFiltered(source, start, filter === null ? end - start : SCAN_LINES, filter, end)) {
      lines.push(line);
      if (lines.length > request.count) {
        lines.shift();
        dropped = true;
      }
    }
  }
  const hasPreviousPage = dropped || start > firstLine;
  return { items: lines.map(toItem), hasNextPage: at !== null, hasPreviousPage, totalCount };
}

/** The lines that a filter holds, before the line `end`. */
async function* readFiltered(
  source: LogSource,
  start: number,
  wanted: number,
  filter: LineFilter | null,
  end = Infinity,
): AsyncGenerator<LogLine, void, undefined> {
  const search = filter?.search === undefined ? undefined : { ...filter.search, end };
  for await (const line of source.read(start, wanted, search)) {
    if (line.number >= end) return;
    if (filter?.holds(line) !== false) yield line;
    // Now, not at the next line: asking for that one may cost another request.
    if (line.number + 1 >= end) return;
  }
}

function toItem(line: LogLine) {
  return { cursor: String(line.number), node: line };
}

function readLineCursor(request: PageRequest): number {
  if (!/^\d{1,9}$/.test(request.cursor ?? "")) throw unknownCursor(request);
  return Number(request.cursor);
}
