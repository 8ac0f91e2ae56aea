// The only place where the CI systems meet.

import { BuildTestJobResolver, LinkedTestJobResolver, TestJobBuildResolver } from "./build-test-job.resolver.js";
import { CompareResolver, EvaluationComparisonResolver, TestJobComparisonResolver } from "./compare.resolver.js";
import {
  EvaluationTestJobEdgeResolver,
  EvaluationTestJobResolver,
  TestJobEvaluationResolver,
} from "./evaluation-test-job.resolver.js";

export { LINK_COSTS } from "./costs.js";

export const linkResolvers = [
  TestJobBuildResolver,
  BuildTestJobResolver,
  LinkedTestJobResolver,
  TestJobEvaluationResolver,
  EvaluationTestJobResolver,
  EvaluationTestJobEdgeResolver,
  CompareResolver,
  TestJobComparisonResolver,
  EvaluationComparisonResolver,
] as const;
