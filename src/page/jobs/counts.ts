// How many cases of some test jobs passed and failed: asked for by those that show it, all in one question.

import { JobListCountsDocument } from "../generated/graphql.js";
import type { JobListCountsQuery } from "../generated/graphql.js";
import { useAsk } from "../graph/use.js";
import { present } from "../parts/lists.js";

type Found = NonNullable<JobListCountsQuery["nodes"][number]>;
type Counted = Exclude<Found, Record<PropertyKey, never>>;

/** By the jobs' ids, of those that have ended. */
export function useCounts(
  jobs: readonly { readonly id: string; readonly state: string }[],
): ReadonlyMap<string, Counted> {
  const ids = jobs.filter(({ state }) => state === "FINISHED").map(({ id }) => id);
  const { data } = useAsk(JobListCountsDocument, { ids }, { pause: ids.length === 0 });
  const counted = present(data?.nodes).filter((one): one is Counted => "resultCounts" in one);
  return new Map(counted.map((one) => [one.id, one]));
}
