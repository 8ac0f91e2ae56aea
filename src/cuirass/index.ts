// Cuirass as a CI system: what the gateway needs of this folder.

import "./model/enums.js";
import { runSystem } from "../ci/server-list.js";
import type { CiSystem, SystemShared } from "../ci/system.js";
import { viewerKey } from "../ci/viewer.js";
import { cuirassConfig } from "./config.js";
import type { CuirassServerOptions } from "./config.js";
import { CUIRASS_COSTS } from "./costs.js";
import { CuirassMutationResolver, DashboardResolver } from "./graph/admin.mutation.js";
import { BuildResolver } from "./graph/build.resolver.js";
import { BuildSubscriptionResolver } from "./graph/build.subscription.js";
import { EvaluationSubscriptionResolver } from "./graph/evaluation.subscription.js";
import { EvaluationResolver, JobHistoryResolver, JobResolver } from "./graph/evaluation.resolver.js";
import {
  BuildDependencyResolver,
  BuiltCommitEvaluationResolver,
  BuiltCommitResolver,
  ChannelsFileResolver,
  CuirassServerResolver,
  DependencyBuildResolver,
  WorkerResolver,
} from "./graph/farm.resolver.js";
import { CuirassServer } from "./server.js";
import { CuirassSession } from "./session.js";
import { SpecificationResolver } from "./graph/specification.resolver.js";

export type { CuirassServerOptions } from "./config.js";
export { CuirassSession } from "./session.js";
export { CuirassView } from "./view.js";
export { Build } from "./model/build.type.js";
export { Evaluation, Job } from "./model/evaluation.type.js";
export { parseStoreItem, toBuildId } from "./protocol/ids.js";
export { beforeEvaluation, evaluationsOfCommit } from "./graph/recent-evaluations.js";

const cuirassResolvers = [
  BuildResolver,
  BuildSubscriptionResolver,
  EvaluationSubscriptionResolver,
  EvaluationResolver,
  JobResolver,
  JobHistoryResolver,
  SpecificationResolver,
  CuirassServerResolver,
  WorkerResolver,
  BuildDependencyResolver,
  DependencyBuildResolver,
  BuiltCommitResolver,
  BuiltCommitEvaluationResolver,
  ChannelsFileResolver,
  CuirassMutationResolver,
  DashboardResolver,
] as const;

/** Cuirass, of GNU Guix. */
export const cuirass = {
  kind: "cuirass",
  title: "Cuirass",
  config: cuirassConfig,
  resolvers: cuirassResolvers,
  costs: CUIRASS_COSTS,
  prices: { runs: 3, search: 5 },
  hasUsers: false,
  create: createCuirass,
} as const satisfies CiSystem<"cuirass", CuirassServerOptions>;

/** All configured Cuirass servers. Nothing connects until something is asked. */
export function createCuirass(options: readonly CuirassServerOptions[], shared: Partial<SystemShared> = {}) {
  return runSystem(
    options,
    shared,
    (server, all) => new CuirassServer(server, all),
    // Cuirass has no accounts: whoever asks sees the same.
    (servers, credentials, scope) => new CuirassSession(servers, scope, viewerKey(credentials)),
  );
}

export type Cuirass = ReturnType<typeof createCuirass>;
