// The first page of many device types' queues, in one list for all of them instead of one for each.

import type { Page, PageItem } from "../../ci/page.js";
import { QUEUED } from "../protocol/job-search.js";
import type { Query } from "../protocol/job-search.js";
import type { WireTestJob } from "../protocol/wire.js";
import type { JobList } from "./client.js";

export interface QueueKey {
  readonly deviceType: string;
  readonly count: number;
}

/** Jobs in one request, some 3 to 5 kB each. */
const STEP_MAX_JOBS = 1_000;

/**
 * The oldest queued jobs of each type, in the order of the keys, by id. Where a long queue hides others, the next request
 * goes on behind it for those that are not filled yet: each request with room for all of them fills one at least.
 * @param lengthOf how long the queue of a type is, where the list did not show it to its end.
 */
export async function queuePages(
  list: (query: Query) => Promise<JobList>,
  keys: readonly QueueKey[],
  lengthOf: (deviceType: string) => Promise<number>,
): Promise<Page<WireTestJob>[]> {
  const found = new Map<string, WireTestJob[]>();
  const isFilled = ({ deviceType, count }: QueueKey) => (found.get(deviceType)?.length ?? 0) > count;
  let open = keys;
  let last: number | undefined;
  /** Known from the list itself when it is of one type. */
  let length: number | null = null;
  while (open.length > 0) {
    const limit = Math.min(
      STEP_MAX_JOBS,
      open.reduce((sum, { count }) => sum + count + 1, 0),
    );
    const types = [...new Set(open.map(({ deviceType }) => deviceType))];
    const { results, count } = await list({
      ...QUEUED,
      requested_device_type__name__in: types.join(","),
      ordering: "id",
      id__gt: last,
      limit,
    });
    if (last === undefined && types.length === 1) length = count;
    for (const wire of results) {
      const type = wire.requested_device_type ?? "";
      const queue = found.get(type);
      if (queue === undefined) found.set(type, [wire]);
      else queue.push(wire);
    }
    last = results.at(-1)?.id;
    if (results.length < limit) break;
    open = open.filter((key) => !isFilled(key));
  }
  const ended = new Set(open);
  return keys.map((key): Page<WireTestJob> => {
    const wires = found.get(key.deviceType) ?? [];
    const items = wires.slice(0, key.count).map((node): PageItem<WireTestJob> => ({ cursor: String(node.id), node }));
    return {
      items,
      hasNextPage: isFilled(key),
      hasPreviousPage: false,
      totalCount: ended.has(key) ? wires.length : (length ?? (() => lengthOf(key.deviceType))),
    };
  });
}
