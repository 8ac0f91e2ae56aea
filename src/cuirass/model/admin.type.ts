// What comes of changes at a Cuirass server.

import { Field, ObjectType, createUnionType, registerEnumType } from "type-graphql";
import { Refusal } from "../../ci/graph/refusal.type.js";
import { Build } from "./build.type.js";
import { Evaluation } from "./evaluation.type.js";
import { Specification } from "./specification.type.js";

export enum CuirassRefusal {
  NO_SUCH_BUILD = "NO_SUCH_BUILD",
  NO_SUCH_EVALUATION = "NO_SUCH_EVALUATION",
  NO_SUCH_SPECIFICATION = "NO_SUCH_SPECIFICATION",
}
registerEnumType(CuirassRefusal, {
  name: "CuirassRefusal",
  description: "Why nothing was changed at a Cuirass server.",
  valuesConfig: {
    NO_SUCH_BUILD: { description: "The server has no build of this number." },
    NO_SUCH_EVALUATION: { description: "The server has no evaluation of this number." },
    NO_SUCH_SPECIFICATION: { description: "The server has no specification of this name, or it is not active." },
  },
});

@ObjectType({
  implements: Refusal,
  description: "Nothing was changed at the Cuirass server; `message` says which thing is unknown or inactive.",
})
export class CuirassRefused extends Refusal {
  @Field(() => CuirassRefusal, { description: "Why." })
  readonly reason!: CuirassRefusal;
}

@ObjectType({ description: "Cuirass was told to do the build anew." })
export class BuildRestarted {
  @Field(() => Build, {
    nullable: true,
    description: "The build afterwards, SCHEDULED as a rule. Null when it could not be read back.",
  })
  readonly build!: Build | null;
}

@ObjectType({ description: "Cuirass was told what to do with the evaluation." })
export class EvaluationChanged {
  @Field(() => Evaluation, {
    nullable: true,
    description: "The evaluation afterwards; see its `summary`. Null when it could not be read back.",
  })
  readonly evaluation!: Evaluation | null;
}

@ObjectType({ description: "Cuirass was told to look for new commits." })
export class EvaluationRequested {
  @Field(() => Specification, { nullable: true, description: "The specification; null when it is not active." })
  readonly specification!: Specification | null;
}

export const RestartBuildResult = createUnionType({
  name: "RestartBuildResult",
  description: "What came of `restartBuild`.",
  types: () => [BuildRestarted, CuirassRefused] as const,
});

export const RestartEvaluationResult = changeResult("restartEvaluation");
export const CancelEvaluationResult = changeResult("cancelEvaluation");
export const RetryEvaluationResult = changeResult("retryEvaluation");

/** Each has its own, so that one can grow without the others. */
function changeResult(mutation: string) {
  return createUnionType({
    name: `${mutation.slice(0, 1).toUpperCase()}${mutation.slice(1)}Result`,
    description: `What came of \`${mutation}\`.`,
    types: () => [EvaluationChanged, CuirassRefused] as const,
  });
}

export const EvaluateSpecificationResult = createUnionType({
  name: "EvaluateSpecificationResult",
  description: "What came of `evaluateSpecification`.",
  types: () => [EvaluationRequested, CuirassRefused] as const,
});

@ObjectType({ description: "A page at a Cuirass server that shows what became of some jobs." })
export class Dashboard {
  readonly serverName!: string;
  readonly specificationName!: string;

  @Field(() => String, { description: "Cuirass' own id of it, 16 characters." })
  readonly dashboardId!: string;
}

@ObjectType({ description: "Cuirass has made the dashboard." })
export class DashboardRegistered {
  @Field(() => Dashboard, { description: "The dashboard." })
  readonly dashboard!: Dashboard;
}

export const RegisterDashboardResult = createUnionType({
  name: "RegisterDashboardResult",
  description: "What came of `registerDashboard`.",
  types: () => [DashboardRegistered, CuirassRefused] as const,
});
