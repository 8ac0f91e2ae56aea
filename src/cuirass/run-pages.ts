// All builds of a server as runs: unfinished ones, then finished ones.

import type { Page, PageRequest } from "../ci/page.js";
import { RunOutcome, RunPhase } from "../ci/enums.js";
import { isCreatedWithin } from "../ci/graph/run.type.js";
import type { RunFilter } from "../ci/session.js";
import { pageOfAllBuilds } from "./client/all-builds.js";
import { beginningOf } from "./protocol/border.js";
import { pageOfFinishedBuilds, pageOfUnfinishedBuilds } from "./client/build-pages.js";
import { toBuild } from "./model/build.type.js";
import type { CuirassClient } from "./client/client.js";
import { BuildStatus } from "./protocol/enums.js";
import { pageOfRunning } from "./client/queue-pages.js";
import type { WireBuild } from "./protocol/wire.js";

interface RunState {
  readonly status: BuildStatus;
  readonly phase: RunPhase;
  readonly outcome: RunOutcome;
}

const ended = (status: BuildStatus, outcome: RunOutcome): RunState => ({ status, phase: RunPhase.FINISHED, outcome });
const pending = (status: BuildStatus, phase: RunPhase): RunState => ({ status, phase, outcome: RunOutcome.PENDING });

const STATES: readonly RunState[] = [
  pending(BuildStatus.SUBMITTED, RunPhase.QUEUED),
  pending(BuildStatus.SCHEDULED, RunPhase.QUEUED),
  pending(BuildStatus.STARTED, RunPhase.RUNNING),
  ended(BuildStatus.SUCCEEDED, RunOutcome.SUCCEEDED),
  ended(BuildStatus.FAILED, RunOutcome.FAILED),
  ended(BuildStatus.FAILED_DEPENDENCY, RunOutcome.FAILED),
  ended(BuildStatus.FAILED_OTHER, RunOutcome.FAILED),
  ended(BuildStatus.CANCELED, RunOutcome.CANCELED),
  ended(BuildStatus.UNRECOGNIZED, RunOutcome.UNRECOGNIZED),
];

/** A page of builds. Forward only. */
export async function pageOfRuns(
  client: CuirassClient,
  filter: RunFilter,
  request: PageRequest,
): Promise<Page<WireBuild>> {
  const { phases, outcomes, createdAfter, createdBefore, text } = filter;
  const word = text?.toLowerCase() ?? "";
  const hasWord = (build: WireBuild) => build.job.toLowerCase().includes(word);
  const fits = (build: WireBuild) => hasWord(build) && isCreatedWithin(toBuild(client.server, "", build), filter);
  const test = createdAfter === null && createdBefore === null && text === null ? null : fits;
  // What began after a time can't have ended before it.
  const range = createdAfter === null ? null : { above: beginningOf(createdAfter) };
  if (phases === null && outcomes === null) return pageOfAllBuilds(client, {}, request, { test, range });

  const wanted = STATES.filter(
    ({ phase, outcome }) => phases?.includes(phase) !== false && outcomes?.includes(outcome) !== false,
  );
  const statuses = wanted.map(({ status }) => status);
  const unended = wanted.filter(({ phase }) => phase !== RunPhase.FINISHED);
  if (wanted.length === 0) return noPage(request);
  if (unended.length === 0) return pageOfFinishedBuilds(client, {}, request, { test, range, statuses });
  if (unended.length < wanted.length) return pageOfAllBuilds(client, {}, request, { test, range, statuses });
  const hasPhase = (build: WireBuild) => phases?.includes(toBuild(client.server, "", build).phase) !== false;
  const read = unended.some(({ phase }) => phase === RunPhase.QUEUED) ? pageOfUnfinishedBuilds : pageOfRunning;
  return read(client, {}, request, (build) => hasPhase(build) && fits(build));
}

function noPage({ cursor }: PageRequest): Page<WireBuild> {
  return { items: [], hasNextPage: false, hasPreviousPage: cursor !== null, totalCount: null };
}
