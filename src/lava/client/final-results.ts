// The results of test jobs that the viewer may see: of a finished one fetched once, for all viewers.

import type { Ask } from "../../net/ask.js";
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
  const reads = shown.map(({ id, row }): Read => {
    return row.state === "Finished"
      ? { ...readFinal("results", { id, endedAt: row.end_time }, ask), packing: PACKING }
      : { key: `results ${id}`, viewer: ask.viewer, keep: "brief", tags: [`job/${id}`] };
  });
  const answers = await client.readMany<Whole>(reads, ask, async (fetching, places) => {
    const missing = places.flatMap((place) => shown[place]?.id ?? []);
    return client.results.ofJobs(missing, fetching);
  });
  const found = new Map(shown.map(({ id }, at) => [id, answers[at]]));
  return ids.map((id, at) => {
    const row = rows[at];
    if (row instanceof Error) return row;
    return found.get(id) ?? null;
  });
}
