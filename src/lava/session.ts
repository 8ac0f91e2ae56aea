// All LAVA servers as one operation sees them: what the schema's common fields ask of them.

import type { OperationScope } from "../cache/operation-scope.js";
import type { Download } from "../ci/download.js";
import { RunKind, RunOutcome, RunPhase } from "../ci/enums.js";
import type { Node } from "../ci/graph/node.type.js";
import type { Run } from "../ci/graph/run.type.js";
import type { LogTail } from "../ci/live/log-tail.js";
import { mapPart } from "../ci/live/merged-updates.js";
import type { ServerPart } from "../ci/live/merged-updates.js";
import type { Page, PageSource } from "../ci/page.js";
import type { SearchLookup, SearchTerm } from "../ci/search.js";
import { ServerViews } from "../ci/server-views.js";
import type { CiSession, RunFilter } from "../ci/session.js";
import type { Credentials } from "../ci/viewer.js";
import { openExportAt } from "./graph/export.js";
import { ALL_JOBS, testJobPart } from "./graph/parts.js";
import { searchLava } from "./graph/search.js";
import { createLogTail } from "./live/log-tail.js";
import { toTestCase } from "./model/results.type.js";
import { parseJobId } from "./protocol/ids.js";
import { NEWEST_FIRST, searchOf } from "./protocol/job-search.js";
import type { JobSearch } from "./protocol/job-search.js";
import type { LavaServer } from "./server.js";
import { LavaView } from "./view.js";

/** What a resolver of LAVA takes from the context. */
export interface LavaContext {
  readonly lava: LavaSession;
}

/** All configured LAVA servers as one viewer sees them. */
export class LavaSession extends ServerViews<LavaServer, LavaView> implements CiSession {
  constructor(lavaServers: readonly LavaServer[], credentials: Credentials, scope: OperationScope) {
    super("LAVA", lavaServers, (server) => new LavaView(server, credentials, scope));
  }

  runs(filter: RunFilter): readonly PageSource<Run>[] {
    if (filter.kinds?.includes(RunKind.TEST_JOB) === false) return [];
    const search = runSearch(filter);
    return this.views(null).map((view) => ({
      server: view.name,
      page: (request) => (search === null ? Promise.resolve(EMPTY_PAGE) : view.testJobs(search, NEWEST_FIRST, request)),
    }));
  }

  runUpdates(kinds: readonly RunKind[] | null): readonly ServerPart<() => Run>[] {
    if (kinds?.includes(RunKind.TEST_JOB) === false) return [];
    return this.views(null).map((view) => mapPart(testJobPart(view, ALL_JOBS), (wire) => () => view.toTestJob(wire)));
  }

  search(term: SearchTerm, count: number): readonly SearchLookup[] {
    return this.views(null).flatMap((view) => searchLava(view, term, count));
  }

  node(typeName: string, server: string, key: string): Promise<Node | null> | undefined {
    const view = this.find(server);
    if (view === undefined) return undefined;
    switch (typeName) {
      case "LavaServer":
        return Promise.resolve(view.toServer());
      case "TestJob": {
        const id = parseJobId(key);
        return id === null ? Promise.resolve(null) : view.testJob(id);
      }
      case "TestSuite":
      case "TestCase":
        return resultNode(view, typeName, key);
      case "Device":
        return view.device(key);
      case "DeviceType":
        return view.deviceType(key);
      case "Worker":
        return view.worker(key);
      default:
        return undefined;
    }
  }

  tail(typeName: string, server: string, key: string): LogTail | undefined {
    const view = this.find(server);
    const id = parseJobId(key);
    if (view === undefined || typeName !== "TestJob" || typeof id !== "number") return undefined;
    return createLogTail(view.server, id, view.ask);
  }

  openDownload(path: readonly string[], signal: AbortSignal): Promise<Download | null> {
    const [server = "", ...rest] = path;
    const view = this.find(server);
    return view === undefined ? Promise.resolve(null) : openExportAt(view, rest, signal);
  }
}

const EMPTY_PAGE: Page<never> = { items: [], hasNextPage: false, hasPreviousPage: false, totalCount: 0 };

/** How LAVA is asked for runs; null when nothing can fulfil the filter. */
function runSearch({ phases, outcomes, createdAfter, createdBefore, text }: RunFilter): JobSearch | null {
  const pending = outcomes?.includes(RunOutcome.PENDING) ?? true;
  const ended = outcomes === null || outcomes.some((outcome) => outcome !== RunOutcome.PENDING);
  const states = PHASES.filter(
    (phase) => phases?.includes(phase) !== false && (phase === RunPhase.FINISHED ? ended : pending),
  ).map((phase) => STATES[phase]);
  // A job that has not ended has the health Unknown.
  const healths = outcomes?.flatMap((outcome) => HEALTHS[outcome] ?? []);
  if (states.length === 0 || healths?.length === 0) return null;
  const query = {
    state__in: states.length === PHASES.length ? null : states.join(","),
    health__in: healths?.join(","),
    // Every job has the time of its submission, so that no other is compared.
    submit_time__gt: createdAfter,
    submit_time__lt: createdBefore,
    description__icontains: text,
  };
  return searchOf(query);
}

const PHASES = [RunPhase.QUEUED, RunPhase.RUNNING, RunPhase.FINISHED] as const;
const STATES: Readonly<Record<RunPhase, string>> = {
  QUEUED: "Submitted,Scheduling,Scheduled",
  RUNNING: "Running,Canceling",
  FINISHED: "Finished",
};
const HEALTHS: Readonly<Partial<Record<RunOutcome, string>>> = {
  SUCCEEDED: "Complete",
  FAILED: "Incomplete",
  CANCELED: "Canceled",
  PENDING: "Unknown",
};

async function resultNode(view: LavaView, typeName: "TestSuite" | "TestCase", key: string): Promise<Node | null> {
  const [, job = "", rest = ""] = /^(\d{1,10})\/(.+)$/s.exec(key) ?? [];
  const id = parseJobId(job);
  if (typeof id !== "number") return null;
  if (typeName === "TestSuite") return (await view.suites(id))?.find((suite) => suite.name === rest) ?? null;
  const testCase = await (await view.jobResults(id))?.caseById(rest);
  return testCase == null ? null : toTestCase(view.name, id, testCase);
}
