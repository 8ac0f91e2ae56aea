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

/** What the jobs are looked for by. */
export interface LinkSearch {
  /** A definition that points to the thing holds one of these at least. */
  readonly texts: readonly string[];
  /** Whether a definition that holds one of the texts means it, and by what. */
  readonly find: (definition: JobDefinition) => Found | undefined;
  /** No job is older that points to it, in milliseconds since 1970; null where that is not known. */
  readonly since: number | null;
}

/** A page of jobs, newest first; forward only. */
async function pageOfLinked(
  view: LavaView,
  { texts, find, since }: LinkSearch,
  request: PageRequest,
): Promise<Page<TestJob>> {
  const { count, cursor } = request;
  if (cursor !== null && !/^\d{1,10}$/.test(cursor)) throw unknownCursor(request);
  let before = cursor === null ? null : Number(cursor);
  let size = count + 1;
  const { found, more } = await readOn<LinkedItem>(count, ROUNDS_MAX, async () => {
    const { jobs, floor } = await view.testJobsNaming({ texts, count: size, before, since });
    const items = jobs.flatMap((job) => {
      const definition = job.nativeId < floor ? null : view.definitionOf(job);
      const reason = definition === null ? undefined : find(definition);
      if (reason === undefined) return [];
      const { evidence, matched } = reason;
      return [{ cursor: job.jobId, node: job, evidence, matched }];
    });
    before = floor;
    size = Math.min(100, 2 * size);
    return { found: items, looked: jobs.length, more: floor > 0 };
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
  search: LinkSearch,
  report: (error: unknown) => void,
): Promise<Page<TestJob>> {
  const request = readPageArgs(args);
  if (request.direction === "backward") throw new InputRefused("last", "this list goes forward only; give `first`");
  const sources = lava.views(null).map((view) => ({
    server: view.name,
    page: (part: PageRequest) => pageOfLinked(view, search, part),
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
