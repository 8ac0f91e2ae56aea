// Keeps a build's tests true: those that have not ended are followed, and a job that is new in the lab may be one of them.

import { JobUpdatesDocument, TestedJobUpdatesDocument } from "../generated/graphql.js";
import { useServerVariables } from "../frame/servers.js";
import { useAtMost, useFollowEach } from "../graph/use.js";
import type { Asked } from "../graph/use.js";
import { groupBy } from "../parts/lists.js";
import type { TestedJob } from "./tested-job.js";

const AGAIN_MS = 10_000;
/** The gateway's limit for `jobIds`. */
const NAMED_MAX = 100;

export function useFollowTests(jobs: readonly TestedJob[], pages: readonly Asked<unknown>[]): void {
  const again = useAtMost(AGAIN_MS, () => pages.forEach(({ retry }) => retry()));
  const open = groupBy(
    jobs.filter(({ state }) => state !== "FINISHED"),
    ({ server }) => server.name,
  ).map(([server, list]) => ({ server, jobIds: list.slice(0, NAMED_MAX).map(({ jobId }) => jobId) }));
  useFollowEach(TestedJobUpdatesDocument, open, { onExpired: again });
  const known = new Set(jobs.map(({ id }) => id));
  useFollowEach(JobUpdatesDocument, useServerVariables("lava"), {
    onData: ({ testJobUpdates: { testJob } }) => {
      if (!known.has(testJob.id)) again();
    },
    onExpired: again,
  });
}
