// Stable pages of test jobs in each order that LAVA knows (lava.md section 3.2): bounds by value and id instead of an
// offset, so that new jobs shift nothing; and a look at each job for what LAVA can't be asked.

import type { JobOrder, JobSearch, Span, TimeField } from "../protocol/job-search.js";
import { Overflow } from "../../errors.js";
import { unknownCursor } from "../../ci/page.js";
import type { Page, PageRequest } from "../../ci/page.js";
import type { JobList } from "./client.js";
import { fromMicros, toMicros } from "../protocol/time.js";
import type { Query } from "../protocol/job-search.js";
import type { WireTestJob } from "../protocol/wire.js";

/** @param counted whether the count of the whole list is needed. */
type List = (query: Query, counted?: boolean) => Promise<JobList>;

/** Jobs read for one page at most when each has to be looked at: ten requests of 50, 150 ms of LAVA's time each. */
const SCAN_MAX_JOBS = 500;
const SCAN_STEP_JOBS = 50;

/** Where a page begins: behind this job. `time` is in microseconds; null where the job has none, or by id. */
interface Position {
  readonly id: number;
  readonly time: bigint | null;
}

/**
 * One page. By time, jobs that have none (yet) come first in descending order and last in ascending, as in LAVA.
 * With `fits`, a page may be short although more follows, and `Overflow` is thrown when 500 jobs hold not one that fits.
 */
export async function pageOfTestJobs(
  list: List,
  search: JobSearch,
  order: JobOrder,
  request: PageRequest,
): Promise<Page<WireTestJob>> {
  const listed = search.older === undefined ? list : unionOf(list, search.older);
  const forward = request.direction === "forward";
  const walk: JobOrder = { field: order.field, descending: forward === order.descending };
  const start = request.cursor === null ? null : readCursor(order, request);
  const { wires, count, more } = await (search.fits === null ? readAll : readFitting)(
    { list: listed, search, order: walk },
    start,
    request.count,
  );
  const items = wires.map((wire) => ({ cursor: toCursor(order, wire), node: wire }));
  if (!forward) items.reverse();
  return {
    items,
    hasNextPage: forward ? more : start !== null,
    hasPreviousPage: forward ? start !== null : more,
    totalCount: search.fits !== null ? null : (count ?? (async () => (await listed(counting(search), true)).count)),
  };
}

interface Walk {
  readonly list: List;
  readonly search: JobSearch;
  readonly order: JobOrder;
}

interface Stretch {
  readonly wires: readonly WireTestJob[];
  /** Of the whole list; null where the request that was made did not tell. */
  readonly count: number | null;
  readonly more: boolean;
}

async function readAll(walk: Walk, start: Position | null, wanted: number): Promise<Stretch> {
  const { wires, count } = await read(walk, start, wanted + 1);
  return { wires: wires.slice(0, wanted), count, more: wires.length > wanted };
}

async function readFitting(walk: Walk, start: Position | null, wanted: number): Promise<Stretch> {
  const found: WireTestJob[] = [];
  let from = start;
  for (let seen = 0; seen < SCAN_MAX_JOBS && found.length <= wanted; seen += SCAN_STEP_JOBS) {
    const { wires } = await read(walk, from, SCAN_STEP_JOBS);
    // In each order what comes twice comes one after the other, and the next read begins behind both.
    found.push(...wires.filter((wire, at) => walk.search.fits?.(wire) === true && wire.id !== wires[at - 1]?.id));
    const last = wires.at(-1);
    if (last === undefined || wires.length < SCAN_STEP_JOBS) {
      return { wires: found.slice(0, wanted), count: null, more: found.length > wanted };
    }
    from = positionOf(walk.order, last);
  }
  if (found.length === 0) {
    throw new Overflow(
      "LIMIT_EXCEEDED",
      `filter: none of ${SCAN_MAX_JOBS} test jobs fits that Etna read; narrow the filter, e.g. by time, submitter or deviceType`,
    );
  }
  return { wires: found.slice(0, wanted), count: null, more: true };
}

/** The next `limit` jobs behind a position, or fewer at the end. */
async function read(
  walk: Walk,
  from: Position | null,
  limit: number,
): Promise<{ readonly wires: readonly WireTestJob[]; readonly count: number | null }> {
  const { list, search, order } = walk;
  const { field, descending } = order;
  const sign = descending ? "-" : "";
  if (from === null) {
    const ordering = field === "id" ? `${sign}id` : `${sign}${field},${sign}id`;
    const { results, count } = await list({ ...boundsOf(search), ordering, limit });
    return { wires: results, count };
  }
  if (field === "id") {
    const query = boundsOf({ ...search, ids: beyond(search.ids, from.id, descending) });
    return { wires: (await list({ ...query, ordering: `${sign}id`, limit })).results, count: null };
  }
  if (from.time === null) {
    const untimed = await readUntimed(walk, field, from.id, limit);
    if (!descending || untimed.length === limit) return { wires: untimed, count: null };
    const timed = await list({
      ...boundsOf(search),
      [`${field}__isnull`]: false,
      ordering: `${sign}${field},${sign}id`,
      limit: limit - untimed.length,
    });
    return { wires: [...untimed, ...timed.results], count: null };
  }
  const timed = await readTimed(walk, field, { id: from.id, time: from.time }, limit);
  // A bound on this time, in LAVA as in SQL, leaves out jobs that have none; and each job was submitted.
  const over = descending || timed.length === limit || field === "submit_time" || search.times[field] !== undefined;
  return {
    wires: over ? timed : [...timed, ...(await readUntimed(walk, field, null, limit - timed.length))],
    count: null,
  };
}

async function readUntimed(
  { list, search, order: { descending } }: Walk,
  field: TimeField,
  from: number | null,
  limit: number,
): Promise<readonly WireTestJob[]> {
  const ids = from === null ? search.ids : beyond(search.ids, from, descending);
  const query = { ...boundsOf({ ...search, ids }), [`${field}__isnull`]: true };
  return (await list({ ...query, ordering: descending ? "-id" : "id", limit })).results;
}

/** LAVA can't be asked for "later, or at the same time with a higher id", so the last moment is read again and cut off. */
async function readTimed(
  { list, search, order: { descending } }: Walk,
  field: TimeField,
  from: { readonly id: number; readonly time: bigint },
  limit: number,
): Promise<readonly WireTestJob[]> {
  const within = search.times[field] ?? { above: null, below: null };
  const span = beyond(within, from.time + (descending ? 1n : -1n), descending);
  const query = boundsOf({ ...search, times: { ...search.times, [field]: span } });
  const sign = descending ? "-" : "";
  const isBeyond = (wire: WireTestJob) => {
    const time = toMicros(wire[field]);
    return time !== from.time || (descending ? wire.id < from.id : wire.id > from.id);
  };
  for (let asked = limit + 1; ; asked *= 2) {
    const { results } = await list({ ...query, ordering: `${sign}${field},${sign}id`, limit: asked });
    const wires = results.filter(isBeyond);
    if (wires.length >= limit || results.length < asked) return wires.slice(0, limit);
  }
}

function beyond<T extends number | bigint>(span: Span<T>, value: T, descending: boolean): Span<T> {
  return descending
    ? { above: span.above, below: span.below === null || value < span.below ? value : span.below }
    : { above: span.above === null || value > span.above ? value : span.above, below: span.below };
}

/** The same search among jobs whose numbers are in this span, too. */
export function within(search: JobSearch, { above, below }: Span<number>): JobSearch {
  const upper = below === null ? search.ids : beyond(search.ids, below, true);
  return { ...search, ids: above === null ? upper : beyond(upper, above, false) };
}

/** A list in two parts that have no job in common, each in its order: jobs from `below` on, and those before it. */
function unionOf(list: List, older: NonNullable<JobSearch["older"]>): List {
  return async (query, counted) => {
    const { id__gt: above, id__lt: below, limit, ordering } = query;
    const newer = { ...query, id__gt: Math.max(Number(above ?? 0), older.below - 1) };
    const before = { ...query, ...older.query, id__lt: Math.min(Number(below ?? Infinity), older.below) };
    const [first, second] = await Promise.all([list(newer, counted), list(before, counted)]);
    const all = [...first.results, ...second.results];
    const inOrder = all.sort(byOrder(typeof ordering === "string" ? ordering : "-id"));
    return {
      results: inOrder.slice(0, Number(limit)),
      count: first.count === null || second.count === null ? null : first.count + second.count,
    };
  };
}

/** As LAVA orders: jobs without a time are behind all others in ascending order. */
function byOrder(ordering: string): (a: WireTestJob, b: WireTestJob) => number {
  const descending = ordering.startsWith("-");
  const [field = "id"] = ordering.replace(/-/g, "").split(",");
  const time = (wire: WireTestJob) => toMicros(wire[field as TimeField]);
  return (a, b) => {
    if (a.id === b.id) return 0;
    const [first, second] = field === "id" ? [null, null] : [time(a), time(b)];
    const later = first === second ? a.id > b.id : first === null || (second !== null && first > second);
    return later === descending ? -1 : 1;
  };
}

function counting(search: JobSearch): Query {
  return { ...boundsOf(search), ordering: "-id", limit: 1 };
}

export function boundsOf({ query, ids, times }: JobSearch): Query {
  const spans = Object.entries(times).flatMap(([field, { above, below }]) => [
    [`${field}__gt`, above === null ? null : fromMicros(above)] as const,
    [`${field}__lt`, below === null ? null : fromMicros(below)] as const,
  ]);
  return { ...query, id__gt: ids.above, id__lt: ids.below, ...Object.fromEntries(spans) };
}

function positionOf({ field }: JobOrder, wire: WireTestJob): Position {
  return { id: wire.id, time: field === "id" ? null : toMicros(wire[field]) };
}

/** By id the number alone; by time `FIELD~MICROSECONDS~ID`, the middle empty for a job without. */
function toCursor(order: JobOrder, wire: WireTestJob): string {
  const { id, time } = positionOf(order, wire);
  return order.field === "id" ? String(id) : `${order.field}~${time ?? ""}~${id}`;
}

function readCursor({ field }: JobOrder, request: PageRequest): Position {
  const cursor = request.cursor ?? "";
  if (field === "id") {
    if (!/^\d{1,10}$/.test(cursor)) throw unknownCursor(request);
    return { id: Number(cursor), time: null };
  }
  const [, of, time = "", id = ""] = /^(\w+)~(\d{0,17})~(\d{1,10})$/.exec(cursor) ?? [];
  if (of !== field) throw unknownCursor(request);
  return { id: Number(id), time: time === "" ? null : BigInt(time) };
}
