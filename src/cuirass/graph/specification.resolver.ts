// Specifications: the root fields, and the fields that need another call.

import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { Report } from "../../ci/graph/report.js";
import type { ReportFault } from "../../ci/graph/report.js";
import { reasonsOf } from "../../errors.js";
import { readPageArgs } from "../../ci/page.js";
import { CuirassServer } from "../model/cuirass-server.type.js";
import { EvaluationFilterArgs, toEvaluationTest } from "../model/evaluation-filter.js";
import { Evaluation, Evaluations } from "../model/evaluation.type.js";
import { readQueryText } from "../protocol/ids.js";
import type { CuirassSession } from "../session.js";
import { Specification } from "../model/specification.type.js";
import { shownThing } from "../../ci/odd-fields.js";

@Resolver(() => Specification)
export class SpecificationResolver {
  @Query(() => Specification, {
    nullable: true,
    description: "One specification; null when there is none, or when it is not active.",
  })
  async specification(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("name", () => String, { description: "Its name." }) name: string,
    @Arg("server", () => String, { nullable: true, description: "Needed with several Cuirass servers." })
    server?: string | null,
  ): Promise<Specification | null> {
    return cuirass.view(server).specification(name);
  }

  @Query(() => [Specification], {
    nullable: "itemsAndList",
    description: "The active specifications of all Cuirass servers, by server and name.",
  })
  async specifications(
    @Report() report: ReportFault,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("server", () => String, { nullable: true, description: "Only of this Cuirass server." })
    server?: string | null,
  ): Promise<readonly Specification[]> {
    const answers = await Promise.allSettled(cuirass.views(server).map((view) => view.specifications()));
    const failures = reasonsOf(answers);
    if (failures.length > 0 && failures.length === answers.length) throw failures[0];
    failures.forEach(report);
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value.map(shownThing) : []));
  }

  @FieldResolver(() => CuirassServer, { description: "The server it belongs to." })
  server(@Ctx("cuirass") cuirass: CuirassSession, @Root() specification: Specification): CuirassServer {
    return cuirass.view(specification.serverName).toServer();
  }

  @FieldResolver(() => Evaluations.Connection, {
    nullable: true,
    description: "Its evaluations, newest first.",
  })
  async evaluations(
    @Report() report: ReportFault,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() specification: Specification,
    @Args(() => EvaluationFilterArgs) args: EvaluationFilterArgs,
  ) {
    const name = readQueryText("specification", specification.name);
    const view = cuirass.view(specification.serverName);
    return Evaluations.of(await view.evaluations(name, readPageArgs(args), report, toEvaluationTest(args)));
  }

  @FieldResolver(() => Evaluation, {
    nullable: true,
    description: "Its newest evaluation that succeeded, whatever became of its builds; null when there is none.",
  })
  async latestEvaluation(
    @Report() report: ReportFault,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() specification: Specification,
  ): Promise<Evaluation | null> {
    return cuirass.view(specification.serverName).latestEvaluation(specification.name, report);
  }
}
