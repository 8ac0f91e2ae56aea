// The results of test jobs that the viewer may see, fetched once for all viewers: of a finished one for good, of one that runs
// for two seconds. One that waits has none.

import { UpstreamError } from "../../errors.js";
import type { Ask } from "../../net/ask.js";
import { EVERY_VIEWER } from "../../net/read.js";
import type { Packing, Read } from "../../net/read.js";
import type { LavaClient } from "./client.js";
import type { LavaJobId } from "../protocol/ids.js";
import { readFinal } from "./keep.js";
import { TOO_MANY } from "./results-client.js";
import type { Whole } from "./results-client.js";
import { packResults, unpackResults } from "../protocol/results-csv.js";
import type { WireTestJob } from "../protocol/wire.js";

const PACKING: Packing<Exclude<Whole, null>> = {
  pack: (results) => (results === TOO_MANY ? Buffer.alloc(0) : packResults(results)),
  unpack: (packed) => (packed.length === 0 ? TOO_MANY : unpackResults(packed)),
};

/** States of a job that no worker has begun. */
const WAITING: ReadonlySet<string> = new Set(["Submitted", "Scheduling", "Scheduled"]);

interface ShownJob {
  readonly id: LavaJobId;
  readonly row: WireTestJob;
}

/**
 * The results of each job, in the ids' order; null where there is no job that the viewer may see.
 * @param rows the jobs as LAVA shows them to this viewer: what proves that the viewer may see the results, which are the
 *   same for all who may.
 */
export async function resultsOf(
  ids: readonly LavaJobId[],
  rows: readonly (WireTestJob | Error | null)[],
  client: LavaClient,
  ask: Ask,
): Promise<(Whole | Error)[]> {
  const shown = ids.flatMap((id, at) => {
    const row = rows[at];
    return row == null || row instanceof Error ? [] : [{ id, row }];
  });
  const begun = shown.filter(({ row }) => !WAITING.has(row.state));
  const found = new Map<LavaJobId, Whole | Error>(shown.map(({ id }) => [id, []]));
  const read = async (jobs: readonly ShownJob[], viewer: string) => {
    const reads = jobs.map((job) => ({ ...readOf(job, ask), viewer }));
    const answers = await client.readMany<Whole>(reads, ask, async (fetching, places) => {
      const missing = places.flatMap((place) => jobs[place]?.id ?? []);
      return client.results.ofJobs(missing, fetching);
    });
    for (const [at, { id }] of jobs.entries()) found.set(id, answers[at] ?? null);
  };
  await read(begun, client.replica === null ? ask.viewer : EVERY_VIEWER);
  // Another viewer was the first to ask, and LAVA does not take its token any more, or shows it less.
  const refused = client.replica === null ? [] : begun.filter(({ id }) => isRefusal(found.get(id)));
  if (refused.length > 0) await read(refused, ask.viewer);
  return ids.map((id, at) => {
    const row = rows[at];
    if (row instanceof Error) return row;
    return found.get(id) ?? null;
  });
}

function readOf({ id, row }: ShownJob, ask: Ask): Read {
  return row.state === "Finished"
    ? { ...readFinal("results", { id, endedAt: row.end_time }, ask), packing: PACKING }
    : { key: `results ${id}`, viewer: ask.viewer, keep: "brief", tags: [`job/${id}`] };
}

function isRefusal(answer: Whole | Error | undefined): boolean {
  return answer == null || (answer instanceof UpstreamError && answer.kind === "UpstreamDenied");
}
