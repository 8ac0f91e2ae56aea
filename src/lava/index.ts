// LAVA as a CI system: what the composition needs of this folder.

import type { CiSystem } from "../ci/session.js";
import { ServerList } from "../ci/server-list.js";
import type { ServerChanges } from "../ci/server-list.js";
import type { Credentials } from "../ci/viewer.js";
import { Memory } from "../cache/memory.js";
import { NOBODY_LEAVES, OperationScope } from "../cache/operation-scope.js";
import { RIGHTS_DEFAULT_MS } from "../net/read.js";
import { CancelMutationResolver } from "./graph/cancel.mutation.js";
import { DeviceResolver, DeviceTypeResolver, WorkerResolver } from "./graph/device.resolver.js";
import { LogLineResolver, LogResultResolver } from "./graph/log-result.js";
import { DeviceLabResolver, DeviceTypeLabResolver, DeviceTypeQueueResolver } from "./graph/lab.resolver.js";
import { DeviceTypeAliasResolver, LabPermissionResolver, LavaLabResolver } from "./graph/lava-lab.resolver.js";
import { ExportResolver, TestJobExportResolver, TestSuiteExportResolver } from "./graph/export.resolver.js";
import { LavaServerResolver, ViewerResolver } from "./graph/lava-server.resolver.js";
import {
  TestCaseResolver,
  TestJobResultsResolver,
  TestSetResolver,
  TestSuiteResolver,
} from "./graph/results.resolver.js";
import { LabSubscriptionResolver } from "./graph/lab.subscription.js";
import { ServerEventResolver } from "./graph/server-event.subscription.js";
import { LabMutationResolver } from "./graph/lab.mutation.js";
import { LavaServer } from "./server.js";
import type { LavaServerOptions, Shared } from "./server.js";
import { LavaSession } from "./session.js";
import { TestJobDefinitionResolver, MultinodeResolver } from "./graph/test-job-definition.resolver.js";
import { TestJobMutationResolver } from "./graph/test-job.mutation.js";
import { TestJobResolver } from "./graph/test-job.resolver.js";
import { TestJobSubscriptionResolver } from "./graph/test-job.subscription.js";

export type { LavaServerOptions } from "./server.js";
export { LAVA_BULK_TYPES, LAVA_COSTS } from "./costs.js";
export { LAVA_LIST_LIMITS } from "./model/list-limits.js";
export { EXPORT_PREFIX, openExportAt } from "./graph/export.js";
export { LavaSession, LavaView } from "./session.js";
export type { JobDefinition } from "./protocol/definition.js";
export { TestJob } from "./model/test-job.type.js";
import "./model/enums.js";
export { TestResult } from "./protocol/enums.js";
export { parseJobId } from "./protocol/ids.js";
export { INTERNAL_SUITE, TestCase, toTestCase } from "./model/results.type.js";

export const lavaResolvers = [
  LavaServerResolver,
  LavaLabResolver,
  DeviceTypeAliasResolver,
  LabPermissionResolver,
  ViewerResolver,
  TestJobResolver,
  TestJobResultsResolver,
  ExportResolver,
  TestJobExportResolver,
  TestSuiteExportResolver,
  LogLineResolver,
  LogResultResolver,
  TestSuiteResolver,
  TestSetResolver,
  TestCaseResolver,
  DeviceResolver,
  DeviceTypeResolver,
  WorkerResolver,
  DeviceLabResolver,
  DeviceTypeLabResolver,
  DeviceTypeQueueResolver,
  TestJobDefinitionResolver,
  MultinodeResolver,
  TestJobMutationResolver,
  CancelMutationResolver,
  LabMutationResolver,
  TestJobSubscriptionResolver,
  LabSubscriptionResolver,
  ServerEventResolver,
] as const;

export interface Lava extends CiSystem {
  /** Of the present configuration. */
  readonly servers: readonly LavaServer[];
  /** Begins to look for the publishers. */
  start(): void;
  /** Takes over another configuration. */
  replace(options: readonly LavaServerOptions[]): ServerChanges;
  createSession(credentials: Credentials, scope?: OperationScope): LavaSession;
}

/** All configured LAVA servers. */
export function createLava(options: readonly LavaServerOptions[], shared: Partial<Shared> = {}): Lava {
  const all: Shared = { memory: new Memory(), finals: null, rightsMs: RIGHTS_DEFAULT_MS, ...shared };
  const list = new ServerList(options, (server) => new LavaServer(server, all));
  return {
    get servers() {
      return list.servers;
    },
    start: () => list.start(),
    replace: (next) => list.replace(next),
    createSession: (credentials, scope = new OperationScope(NOBODY_LEAVES)) =>
      new LavaSession(list.servers, credentials, scope),
    close: () => list.close(),
  };
}
