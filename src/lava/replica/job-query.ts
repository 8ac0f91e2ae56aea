// LAVA's own filters on `jobs/` (lava.md section 3.2), as far as a job's row says what they ask for: what is understood here
// gives the same jobs in the same order as LAVA would.

import type { JobOrder, Query, Span, TimeField } from "../protocol/job-search.js";
import { toMicros } from "../protocol/time.js";
import type { WireTestJob } from "../protocol/wire.js";

type Test = (job: WireTestJob) => boolean;

export interface JobQuery {
  readonly ids: Span<number>;
  /** Only these; null for all. */
  readonly among: ReadonlySet<number> | null;
  readonly order: JobOrder;
  readonly limit: number;
  /** What never changes of a job. */
  readonly fits: Test;
  /** What changes as long as it has not ended, and then no more. */
  readonly isThere: Test;
}

/** Other texts are the database's to compare. */
const ASCII = /^[ -~]*$/;
const TIMES: readonly TimeField[] = ["submit_time", "start_time", "end_time"];
const ORDERING = /^(-?)(?:id|(submit_time|start_time|end_time),(-?)id)$/;
/** As LAVA's default page. */
const LIMIT = 50;

/** Null for a query that the rows can't answer. */
export function readJobQuery(query: Query): JobQuery | null {
  const fixed: Test[] = [];
  const moving: Test[] = [];
  let ids: Span<number> = { above: null, below: null };
  let among: ReadonlySet<number> | null = null;
  let order: JobOrder | null = null;
  let limit = LIMIT;
  for (const [name, value] of Object.entries(query)) {
    if (value == null || value === "") continue;
    const text = String(value);
    switch (name) {
      case "ordering":
        order = readOrdering(text);
        if (order === null) return null;
        break;
      case "limit":
        limit = Number(text);
        break;
      case "id__gt":
        ids = { ...ids, above: Number(text) };
        break;
      case "id__lt":
        ids = { ...ids, below: Number(text) };
        break;
      case "id__in":
        among = new Set(text.split(",").map(Number));
        break;
      default: {
        const test = readTest(name, text);
        if (test === null) return null;
        (test.isFixed ? fixed : moving).push(test.test);
      }
    }
  }
  if (order === null || !Number.isInteger(limit) || limit < 1) return null;
  return {
    ...{ ids, among, order, limit },
    fits: (job) => fixed.every((test) => test(job)),
    isThere: (job) => moving.every((test) => test(job)),
  };
}

function readOrdering(text: string): JobOrder | null {
  const [whole, sign = "", field, idSign] = ORDERING.exec(text) ?? [];
  if (whole === undefined || (field !== undefined && sign !== idSign)) return null;
  return { field: (field as TimeField | undefined) ?? "id", descending: sign === "-" };
}

interface FieldTest {
  readonly test: Test;
  readonly isFixed: boolean;
}

function readTest(name: string, text: string): FieldTest | null {
  const words = new Set(text.split(","));
  switch (name) {
    case "submitter__username":
      return fixed(({ submitter }) => submitter === text);
    case "submitter__username__in":
      return fixed(({ submitter }) => words.has(submitter));
    case "requested_device_type__name":
      return fixed((job) => job.requested_device_type === text);
    case "requested_device_type__name__in":
      return fixed((job) => words.has(job.requested_device_type ?? ""));
    case "health_check":
      return fixed((job) => String(job.health_check) === text);
    case "description__icontains": {
      if (!ASCII.test(text)) return null;
      const needle = text.toUpperCase();
      return fixed(({ description }) => upperCase(description ?? "").includes(needle));
    }
    case "actual_device__hostname":
      return moving((job) => job.actual_device === text);
    case "actual_device__hostname__in":
      return moving((job) => words.has(job.actual_device ?? ""));
    case "state":
    case "state__in":
      return moving(({ state }) => (name === "state" ? state === text : words.has(state)));
    case "health":
    case "health__in":
      return moving(({ health }) => (name === "health" ? health === text : words.has(health)));
    default:
      return readTimeTest(name, text);
  }
}

function readTimeTest(name: string, text: string): FieldTest | null {
  const field = TIMES.find((time) => name.startsWith(`${time}__`));
  if (field === undefined) return null;
  const of = field === "submit_time" ? fixed : moving;
  const lookup = name.slice(field.length + 2);
  if (lookup === "isnull") return of((job) => String(job[field] === null) === text);
  const bound = microsOf(text);
  if (bound === null) return null;
  if (lookup !== "gt" && lookup !== "lt") return null;
  return of((job) => {
    const time = microsOf(job[field]);
    return time !== null && (lookup === "gt" ? time > bound : time < bound);
  });
}

/** As PostgreSQL has it: no character becomes two. */
/** As the database does where the letters are ASCII. */
export function upperCase(text: string): string {
  if (ASCII.test(text)) return text.toUpperCase();
  return Array.from(text, (one) => (one.toUpperCase().length === one.length ? one.toUpperCase() : one)).join("");
}

function fixed(test: Test): FieldTest {
  return { test, isFixed: true };
}

function moving(test: Test): FieldTest {
  return { test, isFixed: false };
}

/** Exact: microseconds since 1970 are far below the largest whole number. */
function microsOf(time: string | null): number | null {
  const micros = time === null ? null : toMicros(time);
  return micros === null ? null : Number(micros);
}

/** As LAVA orders: jobs without a time are behind all others in ascending order. */
export function inOrder(jobs: readonly WireTestJob[], { field, descending }: JobOrder): readonly WireTestJob[] {
  const keyed = jobs.map((job) => ({ job, key: field === "id" ? job.id : (microsOf(job[field]) ?? Infinity) }));
  const sign = descending ? -1 : 1;
  keyed.sort((a, b) => sign * (a.key === b.key ? a.job.id - b.job.id : a.key < b.key ? -1 : 1));
  return keyed.map(({ job }) => job);
}
