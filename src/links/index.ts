// The only place where the CI systems meet.

import { BuildTestJobResolver, LinkedTestJobResolver, TestJobBuildResolver } from "./build-test-job.resolver.js";

export const linkResolvers = [TestJobBuildResolver, BuildTestJobResolver, LinkedTestJobResolver] as const;
