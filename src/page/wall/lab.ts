// What the wall knows of the labs: boards, workers, the queue and what broke off, each server with a state of its own.

import { useRef, useState } from "react";
import {
  BoardUpdatesDocument,
  JobUpdatesDocument,
  WallBoardsDocument,
  WallFailuresDocument,
  WallQueueDocument,
  WallWorkersDocument,
  WorkerUpdatesDocument,
} from "../generated/graphql.js";
import type {
  BoardTileFragment,
  JobUpdatesSubscription,
  WallFailuresQuery,
  WallQueueQuery,
  WorkerTileFragment,
} from "../generated/graphql.js";
import { useServerVariables, useServers } from "../frame/servers.js";
import { useAllPages } from "../graph/pages.js";
import { useAskEach, useAtMost, useFollowEach } from "../graph/use.js";
import type { Asked } from "../graph/use.js";
import { present } from "../parts/lists.js";

type Part = Pick<Asked<unknown>, "data" | "faults" | "fetching" | "asOf" | "retry">;
type WaitingJob = NonNullable<NonNullable<WallQueueQuery["waiting"]>["nodes"][number]>;
export type BrokenJob = NonNullable<NonNullable<WallFailuresQuery["testJobs"]>["nodes"][number]>;

export interface ShownBoard extends BoardTileFragment {
  /** When it was known last, where its server does not answer; null while it does. */
  readonly staleSince: Date | null;
}

export interface Lab {
  readonly boards: readonly ShownBoard[];
  readonly workers: readonly WorkerTileFragment[];
  readonly waiting: readonly WaitingJob[];
  readonly waitingCount: number;
  readonly broken: readonly BrokenJob[];
  readonly brokenCount: number | null;
  readonly parts: Readonly<Record<"boards" | "workers" | "queue" | "broken", readonly Part[]>>;
}

const WAITING: ReadonlySet<string> = new Set(["SUBMITTED", "SCHEDULING", "SCHEDULED"]);
const AGAIN_MS = 2_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export function useLab(only: string | null): Lab {
  const variables = useServerVariables("lava", only);
  const boards = useBoards(variables);
  const workers = useAskEach(WallWorkersDocument, variables);
  const queue = useAskEach(WallQueueDocument, variables);
  // By the hour, so that the question stays the same for a while.
  const [since] = useState(() => new Date(Math.floor((Date.now() - DAY_MS) / HOUR_MS) * HOUR_MS).toISOString());
  const failures = useAskEach(
    WallFailuresDocument,
    variables.map((one) => ({ ...one, since })),
  );
  const refetchFailures = useAtMost(AGAIN_MS, () => failures.forEach(({ retry }) => retry()));
  const open = useOpenJobs(variables, refetchFailures, () => queue.forEach(({ retry }) => retry()));
  useFollowEach(WorkerUpdatesDocument, variables, { onExpired: () => workers.forEach(({ retry }) => retry()) });
  const queued = queue.flatMap(({ data }) => present(data?.waiting?.nodes));
  const known = new Map<string, WaitingJob>([...queued.map((job) => [job.id, job] as const), ...open]);
  const waiting = [...known.values()]
    .filter(({ state }) => WAITING.has(state))
    .sort((a, b) => (a.createdAt ?? "").localeCompare(b.createdAt ?? ""));
  const total = queue.reduce((sum, { data }) => sum + (data?.waiting?.totalCount ?? 0), 0);
  const broken = failures
    .flatMap(({ data }) => present(data?.testJobs?.nodes))
    .sort((a, b) => (b.finishedAt ?? "").localeCompare(a.finishedAt ?? ""));
  const counts = failures.map(({ data }) => data?.testJobs?.totalCount ?? null);
  return {
    boards: boards.shown,
    workers: workers.flatMap(({ data }) => present(data?.workers?.nodes)),
    waiting,
    waitingCount: Math.max(waiting.length, total - queued.length + waiting.length),
    broken,
    brokenCount: counts.includes(null) ? null : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0),
    parts: { boards: boards.parts, workers, queue, broken: failures },
  };
}

export function useBoards(variables: readonly { server: string }[]) {
  const { lava } = useServers();
  const pages = useAllPages(WallBoardsDocument, variables, ({ devices }) => devices);
  useFollowEach(BoardUpdatesDocument, variables, { onExpired: () => pages.flat().forEach(({ retry }) => retry()) });
  const shown = pages.flatMap((own, at) => {
    const away = lava.find(({ name }) => name === variables[at]?.server)?.awaySince ?? null;
    return own.flatMap(({ data, faults, asOf }) => {
      const staleSince = faults.length > 0 ? (asOf ?? away) : away;
      return present(data?.devices?.nodes).map((board): ShownBoard => ({ ...board, staleSince }));
    });
  });
  return { shown, parts: pages.flat() };
}

type OpenJob = NonNullable<NonNullable<JobUpdatesSubscription["testJobUpdates"]>["testJob"]>;

/** Jobs that have not ended, by id. The subscription begins with all of them. */
function useOpenJobs(
  variables: readonly { server: string }[],
  onBroken: () => void,
  onExpired: () => void,
): ReadonlyMap<string, OpenJob> {
  const [shown, setShown] = useState<ReadonlyMap<string, OpenJob>>(new Map());
  const jobs = useRef(new Map<string, OpenJob>());
  useFollowEach(JobUpdatesDocument, variables, {
    onExpired,
    onData: ({ testJobUpdates: update }) => {
      const job = update.testJob;
      // Ended ones are kept for a while: the queue's answer may still hold them.
      jobs.current.set(job.id, job);
      if (job.state === "FINISHED" && job.health === "INCOMPLETE") onBroken();
      forgetEnded(jobs.current);
      setShown(new Map(jobs.current));
    },
  });
  return shown;
}

const ENDED_MAX = 200;

function forgetEnded(jobs: Map<string, OpenJob>): void {
  const ended = [...jobs.values()].filter(({ state }) => state === "FINISHED");
  for (const { id } of ended.slice(0, Math.max(0, ended.length - ENDED_MAX))) jobs.delete(id);
}
