// Cuirass as a CI system: what the composition needs of this folder.

import "./model/enums.js";
import type { CiSystem } from "../ci/session.js";
import { Memory } from "../cache/memory.js";
import { NOBODY_LEAVES, OperationScope } from "../cache/operation-scope.js";
import { ServerList } from "../ci/server-list.js";
import type { ServerChanges } from "../ci/server-list.js";
import { ANONYMOUS, viewerKey } from "../ci/viewer.js";
import type { Credentials } from "../ci/viewer.js";
import { CuirassMutationResolver, DashboardResolver } from "./graph/admin.mutation.js";
import { BuildResolver } from "./graph/build.resolver.js";
import { BuildSubscriptionResolver } from "./graph/build.subscription.js";
import { EvaluationSubscriptionResolver } from "./graph/evaluation.subscription.js";
import { EvaluationResolver, JobHistoryResolver, JobResolver } from "./graph/evaluation.resolver.js";
import { CuirassServer } from "./server.js";
import type { CuirassServerOptions, Shared } from "./server.js";
import { CuirassSession } from "./session.js";
import { SpecificationResolver } from "./graph/specification.resolver.js";

export type { CuirassServerOptions } from "./server.js";
export { CUIRASS_COSTS } from "./costs.js";
export { CuirassSession } from "./session.js";
export { CuirassView } from "./view.js";
export { Build } from "./model/build.type.js";
export { Evaluation, Job } from "./model/evaluation.type.js";
export { parseStoreItem, toBuildId } from "./protocol/ids.js";
export { evaluationsOfCommit } from "./graph/recent-evaluations.js";

export const cuirassResolvers = [
  BuildResolver,
  BuildSubscriptionResolver,
  EvaluationSubscriptionResolver,
  EvaluationResolver,
  JobResolver,
  JobHistoryResolver,
  SpecificationResolver,
  CuirassMutationResolver,
  DashboardResolver,
] as const;

export interface Cuirass extends CiSystem {
  /** Of the present configuration. */
  readonly servers: readonly CuirassServer[];
  /** Takes over another configuration. */
  replace(options: readonly CuirassServerOptions[]): ServerChanges;
  /** Cuirass has no accounts: whoever asks sees the same. */
  createSession(credentials?: Credentials, scope?: OperationScope): CuirassSession;
}

/** All configured Cuirass servers. Nothing connects until something is asked. */
export function createCuirass(options: readonly CuirassServerOptions[], shared: Partial<Shared> = {}): Cuirass {
  const all: Shared = { memory: new Memory(), ...shared };
  const list = new ServerList(options, (server) => new CuirassServer(server, all));
  return {
    get servers() {
      return list.servers;
    },
    replace: (next) => list.replace(next),
    createSession: (credentials = ANONYMOUS, scope = new OperationScope(NOBODY_LEAVES)) =>
      new CuirassSession(list.servers, scope, viewerKey(credentials)),
    close: () => list.close(),
  };
}
