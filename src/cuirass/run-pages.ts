// All builds of a server as runs: unfinished ones, then finished ones.

import type { Page, PageRequest } from "../ci/page.js";
import { RunPhase } from "../ci/enums.js";
import { isSince } from "../ci/graph/run.type.js";
import type { RunOutcome } from "../ci/enums.js";
import type { RunFilter } from "../ci/session.js";
import { pageOfAllBuilds } from "./client/all-builds.js";
import { beginningOf } from "./protocol/border.js";
import { pageOfFinishedBuilds, pageOfUnfinishedBuilds, refuseBackward } from "./client/build-pages.js";
import { toBuild } from "./model/build.type.js";
import type { CuirassClient } from "./client/client.js";
import { BuildStatus } from "./protocol/enums.js";
import { pageOfRunning } from "./client/queue-pages.js";
import type { WireBuild } from "./protocol/wire.js";

const STATUSES: Readonly<Record<RunOutcome, readonly BuildStatus[]>> = {
  SUCCEEDED: [BuildStatus.SUCCEEDED],
  FAILED: [BuildStatus.FAILED, BuildStatus.FAILED_DEPENDENCY, BuildStatus.FAILED_OTHER],
  CANCELED: [BuildStatus.CANCELED],
  UNKNOWN: [BuildStatus.UNRECOGNIZED],
};

/** A page of builds. Forward only. */
export async function pageOfRuns(
  client: CuirassClient,
  { phase, outcome, since, text }: RunFilter,
  request: PageRequest,
): Promise<Page<WireBuild>> {
  const word = text?.toLowerCase() ?? "";
  const fits = (build: WireBuild) =>
    build.job.toLowerCase().includes(word) && isSince(toBuild(client.server, "", build), since);
  const test = since === null && text === null ? null : fits;
  const filter = {
    test,
    // What began after a time can't have ended before it.
    range: since === null ? null : { above: beginningOf(since) },
    statuses: outcome === null ? null : STATUSES[outcome],
  };
  switch (phase) {
    case null:
      return outcome === null
        ? pageOfAllBuilds(client, {}, request, filter)
        : pageOfFinishedBuilds(client, {}, request, filter);
    case RunPhase.FINISHED:
      return pageOfFinishedBuilds(client, {}, request, filter);
    case RunPhase.RUNNING:
      return outcome === null ? pageOfRunning(client, {}, request, fits) : noPage(request);
    case RunPhase.QUEUED:
      return outcome === null
        ? pageOfUnfinishedBuilds(client, {}, request, (build) => build.buildstatus < -1 && fits(build))
        : noPage(request);
  }
}

function noPage(request: PageRequest): Page<WireBuild> {
  refuseBackward(request);
  return { items: [], hasNextPage: false, hasPreviousPage: request.cursor !== null, totalCount: null };
}
