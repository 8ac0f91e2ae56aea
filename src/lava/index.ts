// LAVA as a CI system: what the composition needs of this folder.

import type { CiSystem } from "../ci/session.js";
import type { Credentials } from "../ci/viewer.js";
import type { CallObserver } from "../net/http.js";
import { DeviceResolver, DeviceTypeResolver, WorkerResolver } from "./device.resolver.js";
import { LavaServerResolver, ViewerResolver } from "./lava-server.resolver.js";
import { TestCaseResolver, TestSetResolver, TestSuiteResolver } from "./results.resolver.js";
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
] as const;

/** All configured LAVA servers. */
export class Lava implements CiSystem {
  readonly servers: readonly LavaServer[];

  constructor(options: readonly LavaServerOptions[], observer?: CallObserver) {
    this.servers = options.map((server) => new LavaServer(server, observer));
  }

  /** Begins to look for the publishers. */
  start(): void {
    for (const server of this.servers) server.watch.start();
  }

  createSession(credentials: Credentials): LavaSession {
    return new LavaSession(this.servers, credentials);
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }
}
