// LAVA as a CI system: what the gateway needs of this folder.

import { runSystem } from "../ci/server-list.js";
import type { CiSystem, SystemShared } from "../ci/system.js";
import { lavaConfig } from "./config.js";
import type { LavaServerOptions } from "./config.js";
import { LAVA_BULK_TYPES, LAVA_COSTS } from "./costs.js";
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
import { EXPORT_PREFIX } from "./graph/export.js";
import { LAVA_LIST_LIMITS } from "./model/list-limits.js";
import { LavaServer } from "./server.js";
import { LavaSession } from "./session.js";
import { TestJobDefinitionResolver, MultinodeResolver } from "./graph/test-job-definition.resolver.js";
import { TestJobMutationResolver } from "./graph/test-job.mutation.js";
import { TestJobResolver } from "./graph/test-job.resolver.js";
import { TestJobSubscriptionResolver } from "./graph/test-job.subscription.js";

export type { LavaServerOptions } from "./config.js";
export { LavaSession } from "./session.js";
export { LavaView } from "./view.js";
export type { JobDefinition } from "./protocol/definition.js";
export { TestJob } from "./model/test-job.type.js";
import "./model/enums.js";
export { TestResult } from "./protocol/enums.js";
export { parseJobId } from "./protocol/ids.js";
export { INTERNAL_SUITE, TestCase, toTestCase } from "./model/results.type.js";

const lavaResolvers = [
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

/** LAVA, of the versions that docs/coverage.md names. */
export const lava = {
  kind: "lava",
  title: "LAVA",
  config: lavaConfig,
  resolvers: lavaResolvers,
  costs: LAVA_COSTS,
  prices: { runs: 1, search: 4 },
  bulkTypes: LAVA_BULK_TYPES,
  listLimits: LAVA_LIST_LIMITS,
  hasUsers: true,
  downloads: EXPORT_PREFIX,
  create: createLava,
} as const satisfies CiSystem<"lava", LavaServerOptions>;

/** All configured LAVA servers. */
export function createLava(options: readonly LavaServerOptions[], shared: Partial<SystemShared> = {}) {
  return runSystem(
    options,
    shared,
    (server, all) => new LavaServer(server, all),
    (servers, credentials, scope) => new LavaSession(servers, credentials, scope),
  );
}

export type Lava = ReturnType<typeof createLava>;
