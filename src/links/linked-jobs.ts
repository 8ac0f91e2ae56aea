// Pages of the test jobs whose definition points to something: LAVA can only be asked for one text at a time, so each
// text is searched for by itself; what comes back is checked by reading the definition, since a text may stand in a
// comment or belong to a longer number.

import type { ConnectionArgs } from "../ci/graph/connection.type.js";
import { mergePages, readPageArgs, unknownCursor } from "../ci/page.js";
import type { Page, PageItem, PageRequest } from "../ci/page.js";
import { forwardPage, readOn } from "../ci/read-on.js";
import { runTime } from "../ci/graph/run.type.js";
import { InputRefused, Overflow } from "../errors.js";
import type { JobDefinition, LavaSession, LavaView, TestJob } from "../lava/index.js";
import type { LinkEvidence, Sign } from "./evidence.js";

/** What a job's link rests on. */
export interface Found {
  readonly evidence: LinkEvidence;
  readonly matched: string;
}

export interface LinkedItem extends PageItem<TestJob>, Found {}

/** Searches for one text and page, before a list in which hardly any job is the right one is given up. */
const ROUNDS_MAX = 4;

/** A page of jobs, newest first; forward only. `find` says whether a definition that holds one of the texts means it. */
async function pageOfLinked(
  view: LavaView,
  texts: readonly string[],
  find: (definition: JobDefinition) => Found | undefined,
  request: PageRequest,
): Promise<Page<TestJob>> {
  const { count, cursor } = request;
  if (cursor !== null && !/^\d{1,10}$/.test(cursor)) throw unknownCursor(request);
  let before = cursor;
  let size = count + 1;
  const { found, more } = await readOn<LinkedItem>(count, ROUNDS_MAX, async () => {
    const nr = size;
    const below = before;
    const lists = await Promise.all(texts.map((text) => view.testJobsWithText(text, nr, below)));
    // A full list may have left out jobs below its last one, which another list's jobs must not overtake.
    const floor = Math.max(0, ...lists.flatMap((list) => (list.length < nr ? [] : (list.at(-1)?.nativeId ?? 0))));
    const jobs = new Map(lists.flat().map((job) => [job.nativeId, job]));
    const items = [...jobs.values()]
      .sort((a, b) => b.nativeId - a.nativeId)
      .flatMap((job) => {
        const definition = job.nativeId < floor ? null : view.definitionOf(job);
        const reason = definition === null ? undefined : find(definition);
        if (reason === undefined) return [];
        const { evidence, matched } = reason;
        return [{ cursor: job.jobId, node: job, evidence, matched }];
      });
    before = String(floor);
    size = Math.min(100, 2 * size);
    return { found: items, looked: jobs.size, more: floor > 0 };
  });
  if (found.length === 0 && more) {
    throw new Overflow(
      "LIMIT_EXCEEDED",
      "many test jobs hold a text like its number, and none of the newest ones means it; name it by address in `metadata`",
    );
  }
  return forwardPage(request, { found, more }, (item) => item);
}

/** A page of the jobs of all LAVA servers, newest first, that a field with these arguments is about. */
export async function linkedTestJobs(
  lava: LavaSession,
  args: ConnectionArgs,
  texts: readonly string[],
  find: (definition: JobDefinition) => Found | undefined,
  report: (error: unknown) => void,
): Promise<Page<TestJob>> {
  const request = readPageArgs(args);
  if (request.direction === "backward") throw new InputRefused("last", "this list goes forward only; give `first`");
  const sources = lava.views(null).map((view) => ({
    server: view.name,
    page: (part: PageRequest) => pageOfLinked(view, texts, find, part),
  }));
  return mergePages(sources, request, runTime, report);
}

/** What a test job's definition says, as far as the viewer may see it. */
export function signsIn<T>(
  lava: LavaSession,
  job: TestJob,
  find: (definition: JobDefinition) => readonly Sign<T>[],
): readonly Sign<T>[] {
  const definition = lava.view(job.serverName).definitionOf(job);
  return definition === null ? [] : find(definition);
}
