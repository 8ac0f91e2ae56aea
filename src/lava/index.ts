// LAVA as a CI system: what the composition needs of this folder.

import type { CiSystem } from "../ci/session.js";
import type { Credentials } from "../ci/viewer.js";
import type { CallObserver } from "../net/http.js";
import { DeviceResolver, DeviceTypeResolver, WorkerResolver } from "./device.resolver.js";
import { LavaServerResolver, ViewerResolver } from "./lava-server.resolver.js";
import { TestCaseResolver, TestSetResolver, TestSuiteResolver } from "./results.resolver.js";
import { LabSubscriptionResolver } from "./lab.subscription.js";
import { LavaServer } from "./server.js";
import type { LavaServerOptions } from "./server.js";
import { LavaSession } from "./session.js";
import { TestJobMutationResolver } from "./test-job.mutation.js";
import { TestJobResolver } from "./test-job.resolver.js";
import { TestJobSubscriptionResolver } from "./test-job.subscription.js";

export type { LavaServerOptions } from "./server.js";
export { LavaSession, LavaView } from "./session.js";
export type { JobDefinition } from "./definition.js";
export { TestJob } from "./test-job.type.js";
export { TestResult } from "./enums.js";
export { parseJobId } from "./ids.js";
export { INTERNAL_SUITE, TestCase } from "./results.type.js";

export const lavaResolvers = [
  LavaServerResolver,
  ViewerResolver,
  TestJobResolver,
  TestSuiteResolver,
  TestSetResolver,
  TestCaseResolver,
  DeviceResolver,
  DeviceTypeResolver,
  WorkerResolver,
  TestJobMutationResolver,
  TestJobSubscriptionResolver,
  LabSubscriptionResolver,
] as const;

export interface Lava extends CiSystem {
  readonly servers: readonly LavaServer[];
  /** Begins to look for the publishers. */
  start(): void;
  createSession(credentials: Credentials): LavaSession;
}

/** All configured LAVA servers. */
export function createLava(options: readonly LavaServerOptions[], observer?: CallObserver): Lava {
  const servers = options.map((server) => new LavaServer(server, observer));
  return {
    servers,
    start: () => {
      for (const server of servers) server.feed.start();
    },
    createSession: (credentials) => new LavaSession(servers, credentials),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
