// All builds of a server as runs: unfinished ones in the queue's order, then finished ones.

import { unknownCursor } from "../ci/page.js";
import type { Page, PageRequest } from "../ci/page.js";
import { isSince } from "../ci/graph/run.type.js";
import { RunPhase } from "../ci/enums.js";
import type { RunOutcome } from "../ci/enums.js";
import type { RunFilter } from "../ci/session.js";
import { beginningOf } from "./protocol/border.js";
import { pageOfFinishedBuilds } from "./client/build-pages.js";
import { toBuild } from "./model/build.type.js";
import type { CuirassClient } from "./client/client.js";
import { BuildStatus, toPhase } from "./protocol/enums.js";
import { pageOfQueue } from "./client/queue-pages.js";
import type { WireBuild } from "./protocol/wire.js";

const STATUSES: Readonly<Record<RunOutcome, readonly BuildStatus[]>> = {
  SUCCEEDED: [BuildStatus.SUCCEEDED],
  FAILED: [BuildStatus.FAILED, BuildStatus.FAILED_DEPENDENCY, BuildStatus.FAILED_OTHER],
  CANCELED: [BuildStatus.CANCELED],
  UNKNOWN: [BuildStatus.UNRECOGNIZED],
};

const QUEUE = "q";
const FINISHED = "f";

/** A page of builds. Forward only. A cursor says which of the two lists it belongs to. */
export async function pageOfRuns(
  client: CuirassClient,
  { phase, outcome, since, text }: RunFilter,
  request: PageRequest,
): Promise<Page<WireBuild>> {
  const wantsQueue = outcome === null && phase !== RunPhase.FINISHED;
  const wantsFinished = phase === null || phase === RunPhase.FINISHED;
  const [list, cursor] = readCursor(request);
  const hasPreviousPage = request.cursor !== null;
  const word = text?.toLowerCase() ?? "";
  const fits = (build: WireBuild) =>
    build.job.toLowerCase().includes(word) && isSince(toBuild(client.server, "", build), since);
  const plain = since === null && text === null;

  let head: Page<WireBuild> | null = null;
  if (wantsQueue && list !== FINISHED) {
    const matches = (build: WireBuild) => (phase === null || toPhase(build.buildstatus) === phase) && fits(build);
    head = tagged(QUEUE, await pageOfQueue(client, {}, { ...request, cursor }, matches));
    if (head.hasNextPage || !wantsFinished) return { ...head, totalCount: phase === null ? null : head.totalCount };
  }
  const items = head?.items ?? [];
  if (!wantsFinished) return { items, hasNextPage: false, hasPreviousPage, totalCount: null };
  const rest = tagged(
    FINISHED,
    await pageOfFinishedBuilds(
      client,
      // What began after a time can't have ended before it.
      { above: since === null ? undefined : beginningOf(since) },
      { ...request, count: request.count - items.length, cursor: list === FINISHED ? cursor : null },
      outcome === null ? null : STATUSES[outcome],
      plain ? null : fits,
    ),
  );
  return { items: [...items, ...rest.items], hasNextPage: rest.hasNextPage, hasPreviousPage, totalCount: null };
}

function tagged(list: string, page: Page<WireBuild>): Page<WireBuild> {
  return { ...page, items: page.items.map(({ cursor, node }) => ({ cursor: `${list}:${cursor}`, node })) };
}

function readCursor(request: PageRequest): readonly [list: string | null, cursor: string | null] {
  if (request.cursor === null) return [null, null];
  const [, list, cursor] = /^([qf]):(.+)$/s.exec(request.cursor) ?? [];
  if (list === undefined || cursor === undefined) throw unknownCursor(request);
  return [list, cursor];
}
