// What the wall knows of the farms: evaluations, what is being built, what failed.

import {
  BuildUpdatesDocument,
  EvaluationUpdatesDocument,
  WallBuildFailuresDocument,
  WallBuildingDocument,
  WallEvaluationsDocument,
} from "../generated/graphql.js";
import type { BuildRowFragment, EvaluationRowFragment } from "../generated/graphql.js";
import { useServerVariables } from "../frame/servers.js";
import { useAskEach, useAtMost, useFollowEach } from "../graph/use.js";
import type { Asked } from "../graph/use.js";
import { present } from "../parts/lists.js";

type Part = Pick<Asked<unknown>, "data" | "faults" | "fetching" | "asOf" | "retry">;

export interface Farm {
  readonly evaluations: readonly EvaluationRowFragment[];
  readonly building: readonly BuildRowFragment[];
  /** Of builds that run or wait, all together; null where a farm does not say. */
  readonly openCount: number | null;
  readonly failed: readonly BuildRowFragment[];
  readonly parts: Readonly<Record<"evaluations" | "building" | "failed", readonly Part[]>>;
}

const AGAIN_MS = 2_000;
const ENDED: ReadonlySet<string> = new Set(["SUCCEEDED", "FAILED", "FAILED_DEPENDENCY", "FAILED_OTHER", "CANCELED"]);

export function useFarm(only: string | null): Farm {
  const variables = useServerVariables("cuirass", only);
  const evaluations = useAskEach(WallEvaluationsDocument, variables);
  const building = useAskEach(WallBuildingDocument, variables);
  const failed = useAskEach(WallBuildFailuresDocument, variables);
  const again = (list: readonly Part[]) => () => list.forEach(({ retry }) => retry());
  const refetchBuilding = useAtMost(AGAIN_MS, again(building));
  const refetchFailed = useAtMost(AGAIN_MS, again(failed));
  const refetchEvaluations = useAtMost(AGAIN_MS, again(evaluations));
  useFollowEach(BuildUpdatesDocument, variables, {
    onExpired: refetchBuilding,
    onData: ({ buildUpdates: { status } }) => {
      refetchBuilding();
      if (status === "FAILED" || status === "FAILED_OTHER") refetchFailed();
    },
  });
  useFollowEach(EvaluationUpdatesDocument, variables, { onExpired: refetchEvaluations, onData: refetchEvaluations });
  const counts = building.map(({ data }) => data?.buildQueue?.totalCount ?? null);
  return {
    evaluations: evaluations
      .flatMap(({ data }) => present(data?.evaluations?.nodes))
      .sort((a, b) => (b.startedAt ?? "").localeCompare(a.startedAt ?? "")),
    building: building
      .flatMap(({ data }) => present(data?.buildQueue?.nodes))
      .filter(({ status }) => !ENDED.has(status)),
    openCount: counts.includes(null) ? null : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0),
    failed: failed
      .flatMap(({ data }) => present(data?.builds?.nodes))
      .filter(({ status }) => status === "FAILED" || status === "FAILED_OTHER")
      .sort((a, b) => (b.finishedAt ?? "").localeCompare(a.finishedAt ?? "")),
    parts: { evaluations, building, failed },
  };
}
