// Which test jobs LAVA is asked for, and in which order: REST `jobs/` with its filters (lava.md section 3.2).

import type { WireTestJob } from "./wire.js";

/** Query values; absent ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

export type TimeField = "submit_time" | "start_time" | "end_time";

/** Both ends are outside; null is no end. */
export interface Span<T> {
  readonly above: T | null;
  readonly below: T | null;
}

export interface JobOrder {
  readonly field: "id" | TimeField;
  readonly descending: boolean;
}

/** Which test jobs. LAVA's filters on ids and times are kept apart, since cursors narrow them further. */
export interface JobSearch {
  readonly query: Query;
  readonly ids: Span<number>;
  /** In microseconds since 1970. */
  readonly times: Readonly<Partial<Record<TimeField, Span<bigint>>>>;
  /** What LAVA can't be asked: jobs that do not fit, or come twice, are left out, and more are read in their place. */
  readonly fits: ((wire: WireTestJob) => boolean) | null;
  /** Jobs below a number are asked for by this query in place of `query`; absent: none are. */
  readonly older?: { readonly below: number; readonly query: Query };
}

export const NEWEST_FIRST: JobOrder = { field: "id", descending: true };
/** As LAVA schedules jobs of one priority. Its lists can't be ordered by priority. */
export const OLDEST_FIRST: JobOrder = { field: "id", descending: false };
/** Test jobs that wait for a device. */
export const QUEUED = { state: "Submitted" } as const;

export function searchOf(query: Query): JobSearch {
  return { query, ids: { above: null, below: null }, times: {}, fits: null };
}

export interface MetadataEntry {
  readonly key: string;
  readonly value: string;
}

/** A search, and the metadata that how to look for depends on the server. */
export interface FilteredSearch extends JobSearch {
  readonly metadata: readonly MetadataEntry[];
}
