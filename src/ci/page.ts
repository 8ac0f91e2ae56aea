// Paging as Relay describes it: arguments, cursors, and one list merged from several servers.

import { InputRefused, UpstreamError, errorOf, reasonsOf } from "../errors.js";

export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
  /** Of the list; `LIST_LIMITS` where absent. */
  readonly limits?: PageLimits;
}

/** A checked request for one page. `cursor` is exclusive; null starts at the list's beginning or, backward, its end. */
export interface PageRequest {
  readonly direction: "forward" | "backward";
  readonly count: number;
  readonly cursor: string | null;
}

export interface PageItem<T> {
  readonly cursor: string;
  readonly node: T;
}

/** One page, always in the list's own order, whichever way it was asked. */
export interface Page<T> {
  readonly items: readonly PageItem<T>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Null where the upstream does not know it; a function where knowing it costs a call. */
  readonly totalCount: number | null | (() => Promise<number | null>);
  /**
   * Where to go on after this page, when that is not after its last item: a search that has found too few, or nothing,
   * goes on where it has come to.
   */
  readonly endCursor?: string | null | undefined;
  /** Nothing that is newer, in milliseconds by which lists are merged, follows `endCursor`. */
  readonly searchedTo?: number | undefined;
}

/** A list of one server. Its cursors are its own text; `page` throws `InputRefused` for one it did not make. */
export interface PageSource<T> {
  readonly server: string;
  page(request: PageRequest): Promise<Page<T>>;
}

export interface PageLimits {
  readonly default: number;
  readonly max: number;
}

export const LIST_LIMITS: PageLimits = { default: 20, max: 100 };
/** Of lists whose items are small, and come at once: lines of a log, test cases, jobs of an evaluation. */
export const LONG_LIST_LIMITS: PageLimits = { default: 100, max: 1_000 };

/** Checks the four arguments; the messages name the field and the allowed range. */
export function readPageArgs(args: PageArgs): PageRequest {
  const { first = null, after = null, last = null, before = null, limits = LIST_LIMITS } = args;
  if (first !== null && last !== null) throw new InputRefused("last", "give `first` or `last`, not both");
  if (last !== null) {
    if (after !== null) throw new InputRefused("after", "goes with `first`; with `last` give `before`");
    return { direction: "backward", count: inRange("last", last, limits.max), cursor: before };
  }
  if (before !== null) throw new InputRefused("before", "goes with `last`; with `first` give `after`");
  return { direction: "forward", count: inRange("first", first ?? limits.default, limits.max), cursor: after };
}

export function inRange(argument: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new InputRefused(argument, `${value} is out of range; allowed is 0 to ${max}`);
  }
  return value;
}

/** A whole list that is at hand already, e.g. a cached list of devices, as a page. Cursors are `keyOf`'s text. */
export function pageOfArray<T>(all: readonly T[], request: PageRequest, keyOf: (item: T) => string): Page<T> {
  const at = request.cursor === null ? null : all.findIndex((item) => keyOf(item) === request.cursor);
  if (at === -1) throw unknownCursor(request);
  const start = request.direction === "forward" ? (at ?? -1) + 1 : Math.max(0, (at ?? all.length) - request.count);
  const end = request.direction === "forward" ? Math.min(all.length, start + request.count) : (at ?? all.length);
  return {
    items: all.slice(start, end).map((node) => ({ cursor: keyOf(node), node })),
    hasNextPage: end < all.length,
    hasPreviousPage: start > 0,
    totalCount: all.length,
  };
}

export function unknownCursor(request: PageRequest): InputRefused {
  const argument = request.direction === "forward" ? "after" : "before";
  return new InputRefused(argument, "is not a cursor of this list; take one from its `edges` or `pageInfo`");
}

/** One whose time could not be read comes as soon as its server has its turn. */
function placeOf<T>(node: T, timeOf: (node: T) => number): number {
  try {
    return timeOf(node);
  } catch (error) {
    if (error instanceof UpstreamError) return Infinity;
    throw error;
  }
}

/** Position of a merged list: the last cursor taken from each server. */
type Positions = Readonly<Record<string, string>>;

/**
 * One list over several servers, in the order of `timeOf` (newest first) as far as each server's own order allows.
 * Every edge's cursor holds a position for each server, so that paging on neither repeats nor loses anything, whatever
 * the other servers did meanwhile. A server that fails is left out, told to `report`, and keeps its position;
 * when all fail, the first error is thrown.
 */
export async function mergePages<T>(
  sources: readonly PageSource<T>[],
  request: PageRequest,
  timeOf: (node: T) => number,
  report: (error: unknown) => void,
): Promise<Page<T>> {
  if (request.direction === "backward" && sources.length > 1) {
    throw new InputRefused("last", "a list over several servers goes forward only; give `first`, or name one `server`");
  }
  const positions = readPositions(request);
  const pages = await Promise.allSettled(
    sources.map(async (source) => {
      const page = await source.page({ ...request, cursor: positions[source.server] ?? null });
      return { server: source.server, page, taken: 0 };
    }),
  );
  const failures = reasonsOf(pages);
  if (
    failures.some((error) => error instanceof InputRefused) ||
    (failures.length > 0 && failures.length === pages.length)
  ) {
    throw errorOf(failures[0]);
  }
  failures.forEach(report);

  const queues = pages.flatMap((page) => (page.status === "fulfilled" ? [page.value] : []));
  const items: PageItem<T>[] = [];
  const position: Record<string, string> = { ...positions };
  while (items.length < request.count) {
    let newest:
      { readonly queue: (typeof queues)[number]; readonly item: PageItem<T>; readonly time: number } | undefined;
    for (const queue of queues) {
      const item = queue.page.items[queue.taken];
      if (item === undefined) continue;
      const time = placeOf(item.node, timeOf);
      if (newest === undefined || time > newest.time) newest = { queue, item, time };
    }
    // A server that has shown all it has found may have more that comes first.
    const { time = -Infinity } = newest ?? {};
    if (newest === undefined || queues.some((queue) => isSearching(queue) && time < queue.page.searchedTo)) break;
    newest.queue.taken += 1;
    position[newest.queue.server] = newest.item.cursor;
    items.push({ ...newest.item, cursor: encodePositions(position) });
  }
  const counts = queues.map((queue) => queue.page.totalCount);
  const searched = queues.flatMap(({ server, page: { items, endCursor }, taken }) =>
    taken === items.length && endCursor != null ? [[server, endCursor] as const] : [],
  );
  return {
    items,
    endCursor: searched.length === 0 ? null : encodePositions({ ...position, ...Object.fromEntries(searched) }),
    hasNextPage: queues.some((queue) => queue.taken < queue.page.items.length || queue.page.hasNextPage),
    hasPreviousPage: queues.some((queue) => queue.page.hasPreviousPage),
    totalCount: failures.length > 0 ? null : () => sum(counts),
  };
}

interface Taken {
  readonly page: Page<unknown>;
  readonly taken: number;
}

/** Whether all of a page is taken, and what is searched after it is older than a known time. */
function isSearching<Q extends Taken>(queue: Q): queue is Q & { readonly page: { readonly searchedTo: number } } {
  const { items, endCursor, searchedTo } = queue.page;
  return queue.taken === items.length && endCursor != null && searchedTo !== undefined;
}

async function sum(counts: readonly Page<unknown>["totalCount"][]): Promise<number | null> {
  const known = await Promise.all(counts.map(async (count) => (typeof count === "function" ? count() : count)));
  return known.reduce<number | null>((total, count) => (total === null || count === null ? null : total + count), 0);
}

function encodePositions(positions: Positions): string {
  return Buffer.from(JSON.stringify(positions), "utf8").toString("base64url");
}

function readPositions(request: PageRequest): Positions {
  if (request.cursor === null) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(request.cursor, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null && Object.values(value).every((at) => typeof at === "string")) {
      return value as Positions;
    }
  } catch {
    // Not ours: refused below like any other text.
  }
  throw unknownCursor(request);
}
