// Pages of the test jobs whose definition points to something: LAVA can only be asked for one text at a time, so each
// text is searched for by itself; what comes back is checked by reading the definition, since a text may stand in a
// comment or belong to a longer number.

import { unknownCursor } from "../ci/page.js";
import type { Page, PageItem, PageRequest } from "../ci/page.js";
import { Overflow } from "../errors.js";
import type { JobDefinition, LavaView, TestJob } from "../lava/index.js";
import type { LinkEvidence } from "./evidence.js";

/** What a job's link rests on. */
export interface Found {
  readonly evidence: LinkEvidence;
  readonly matched: string;
}

export interface LinkedItem extends PageItem<TestJob>, Found {}

/** Searches for one text and page, before a list in which hardly any job is the right one is given up. */
const ROUNDS_MAX = 4;

/** A page of jobs, newest first; forward only. `find` says whether a definition that holds one of the texts means it. */
export async function pageOfLinked(
  view: LavaView,
  texts: readonly string[],
  find: (definition: JobDefinition) => Found | undefined,
  request: PageRequest,
): Promise<Page<TestJob>> {
  const { count, cursor } = request;
  if (cursor !== null && !/^\d{1,10}$/.test(cursor)) throw unknownCursor(request);
  const items: LinkedItem[] = [];
  let before = cursor;
  let more = true;
  let size = count + 1;
  for (let round = 0; more && items.length <= count && round < ROUNDS_MAX; round += 1) {
    const nr = size;
    const below = before;
    const lists = await Promise.all(texts.map((text) => view.testJobsWithText(text, nr, below)));
    // A full list may have left out jobs below its last one, which another list's jobs must not overtake.
    const floor = Math.max(0, ...lists.flatMap((list) => (list.length < nr ? [] : (list.at(-1)?.nativeId ?? 0))));
    const jobs = new Map(lists.flat().map((job) => [job.nativeId, job]));
    for (const job of [...jobs.values()].sort((a, b) => b.nativeId - a.nativeId)) {
      const definition = job.nativeId < floor ? null : view.definitionOf(job);
      const found = definition === null ? undefined : find(definition);
      if (found !== undefined) {
        const { evidence, matched } = found;
        items.push({ cursor: job.jobId, node: job, evidence, matched });
      }
    }
    more = floor > 0;
    before = String(floor);
    size = Math.min(100, 2 * size);
  }
  if (items.length === 0 && more) {
    throw new Overflow(
      "LIMIT_EXCEEDED",
      "many test jobs hold a text like its number, and none of the newest ones means it; name it by address in `metadata`",
    );
  }
  return {
    items: items.slice(0, count),
    hasNextPage: items.length > count || more,
    hasPreviousPage: cursor !== null,
    totalCount: null,
  };
}
