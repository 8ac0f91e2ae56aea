// Evaluations and their jobs: the root fields, and the fields that need another call.

import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import { ForwardArgs, LongListArgs } from "../../ci/graph/connection.type.js";
import { Log } from "../../ci/graph/log.type.js";
import { make } from "../../ci/graph/make.js";
import { Report } from "../../ci/graph/report.js";
import type { ReportFault } from "../../ci/graph/report.js";
import { inRange, mergePages, pageOfArray, readPageArgs } from "../../ci/page.js";
import type { PageRequest } from "../../ci/page.js";
import { readStatuses, toQuery } from "../model/build-filter.js";
import { EvaluationFilterArgs, toEvaluationTest } from "../model/evaluation-filter.js";
import { Build, Builds } from "../model/build.type.js";
import { CuirassServer } from "../model/cuirass-server.type.js";
import { BuildStatus } from "../protocol/enums.js";
import { Evaluation, Evaluations, Job, JobCounts, JobHistoryEntry, Jobs, countJobs } from "../model/evaluation.type.js";
import { readEvaluationId, readJobNames, readQueryText } from "../protocol/ids.js";
import { HISTORY_MAX } from "../protocol/build-query.js";
import { createLogSource } from "../client/log-source.js";
import type { CuirassSession } from "../session.js";
import { Specification } from "../model/specification.type.js";

const SERVER = { nullable: true, description: "Needed with several Cuirass servers." } as const;

@ArgsType()
class EvaluationsArgs extends EvaluationFilterArgs {
  @Field(() => String, { nullable: true, description: "Only of the specification with this name." })
  specification?: string | null;

  @Field(() => String, { nullable: true, description: "Only of this Cuirass server." })
  server?: string | null;
}

@ArgsType()
class EvaluationBuildsArgs extends ForwardArgs {
  @Field(() => String, { nullable: true, description: "Only for this system, e.g. `x86_64-linux`." })
  system?: string | null;

  @Field(() => String, { nullable: true, description: "Only of this job, e.g. `hello.x86_64-linux`." })
  job?: string | null;

  @Field(() => [BuildStatus], { nullable: true, description: "Only with one of these statuses." })
  statuses?: BuildStatus[] | null;
}

@ArgsType()
class JobsArgs extends LongListArgs {
  @Field(() => [String], { nullable: true, description: "Only with these names." })
  names?: string[] | null;

  @Field(() => String, { nullable: true, description: "Only for this system, e.g. `x86_64-linux`." })
  system?: string | null;

  @Field(() => [BuildStatus], { nullable: true, description: "Only with one of these statuses." })
  statuses?: BuildStatus[] | null;
}

@Resolver(() => Evaluation)
export class EvaluationResolver {
  @Query(() => Evaluation, {
    nullable: true,
    description:
      "One evaluation; null when there is none. An error when there is one that Cuirass can't show, because a channel was added " +
      "to its specification later.",
  })
  async evaluation(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("evaluationId", () => Int, { description: "Cuirass' number." }) evaluationId: number,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<Evaluation | null> {
    return cuirass.view(server).evaluationOrHidden(readEvaluationId("evaluationId", evaluationId));
  }

  @Query(() => Evaluations.Connection, {
    nullable: true,
    description: "Evaluations of all Cuirass servers, newest first.",
  })
  async evaluations(
    @Report() report: ReportFault,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Args(() => EvaluationsArgs) args: EvaluationsArgs,
  ) {
    const specification = args.specification == null ? null : readQueryText("specification", args.specification);
    const fits = toEvaluationTest(args);
    const sources = cuirass.views(args.server).map((view) => ({
      server: view.name,
      page: (request: PageRequest) => view.evaluations(specification, request, report, fits),
    }));
    const time = ({ startedAt }: Evaluation) => Date.parse(startedAt ?? "") || 0;
    return Evaluations.of(await mergePages(sources, readPageArgs(args), time, report));
  }

  @FieldResolver(() => CuirassServer, { description: "The server it belongs to." })
  server(@Ctx("cuirass") cuirass: CuirassSession, @Root() evaluation: Evaluation): CuirassServer {
    return cuirass.view(evaluation.serverName).toServer();
  }

  @FieldResolver(() => Specification, {
    nullable: true,
    description: "The specification it is of; null when it is no longer active.",
  })
  async specification(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() evaluation: Evaluation,
  ): Promise<Specification | null> {
    return cuirass.view(evaluation.serverName).specification(evaluation.specificationName);
  }

  @FieldResolver(() => Builds.Connection, {
    nullable: true,
    description:
      "Builds that it was the first to ask for: unfinished ones, highest number first, then the others, the one that ended " +
      "last first. What it shares with older evaluations is in `jobs`.",
  })
  async builds(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() evaluation: Evaluation,
    @Args(() => EvaluationBuildsArgs) args: EvaluationBuildsArgs,
  ) {
    const query = { ...toQuery(args, ""), evaluation: evaluation.nativeId };
    const statuses = readStatuses("statuses", args.statuses, true);
    return Builds.of(await cuirass.view(evaluation.serverName).buildsOf(query, readPageArgs(args), statuses));
  }

  @FieldResolver(() => Jobs.Connection, {
    nullable: true,
    description: "All its jobs by name, whoever built them. Empty until it has succeeded.",
  })
  async jobs(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() evaluation: Evaluation,
    @Args(() => JobsArgs) args: JobsArgs,
  ) {
    const request = readPageArgs(args);
    const names = args.names == null ? undefined : readJobNames("names", args.names);
    const system = args.system == null ? undefined : readQueryText("system", args.system);
    const statuses = readStatuses("statuses", args.statuses, true);
    const jobs = await cuirass.view(evaluation.serverName).jobs(evaluation, { names, system });
    const wanted = statuses === null ? jobs : jobs.filter(({ status }) => statuses.includes(status));
    return Jobs.of(pageOfArray(wanted, request, ({ buildId }) => String(buildId)));
  }

  @FieldResolver(() => JobCounts, { nullable: true, description: "How many of its jobs are how far, by status." })
  async summary(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() evaluation: Evaluation,
    @Arg("system", () => String, { nullable: true, description: "Only for this system, e.g. `x86_64-linux`." })
    system?: string | null,
  ): Promise<JobCounts | null> {
    const query = system == null ? {} : { system: readQueryText("system", system) };
    return countJobs(await cuirass.view(evaluation.serverName).jobs(evaluation, query));
  }

  @FieldResolver(() => Log, {
    nullable: true,
    description: "What the evaluator printed, e.g. why it failed. Empty when the server has none or no more.",
  })
  log(@Ctx("cuirass") cuirass: CuirassSession, @Root() evaluation: Evaluation): Log {
    const { client, name } = cuirass.view(evaluation.serverName);
    const origin = { server: name, operation: "GET /eval/ID/log/raw" };
    return make(Log, {
      source: createLogSource(origin, () => client.evaluationLog(evaluation.nativeId, evaluation.statusCode), {
        hasEnded: evaluation.statusCode >= 0,
      }),
      rawUrl: `${evaluation.url}/log/raw`,
    });
  }
}

@Resolver(() => Job)
export class JobResolver {
  @FieldResolver(() => Build, {
    nullable: true,
    description: "Its build. Costs a request each: Cuirass has no bulk form.",
  })
  async build(@Ctx("cuirass") cuirass: CuirassSession, @Root() job: Job): Promise<Build | null> {
    return cuirass.view(job.serverName).build(job.buildNativeId);
  }
}

@Resolver(() => JobHistoryEntry)
export class JobHistoryResolver {
  @Query(() => [JobHistoryEntry], {
    nullable: "itemsAndList",
    description:
      "What became of some jobs in the newest succeeded evaluations of a specification that have any of them, newest first. " +
      "Cuirass looks through 100 evaluations at most.",
  })
  async jobHistory(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("specification", () => String, { description: "Name of the specification." }) specification: string,
    @Arg("names", () => [String], { description: "Names of jobs, e.g. `hello.x86_64-linux`." })
    names: string[],
    @Arg("last", () => Int, { defaultValue: 10, description: "How many evaluations, at most 100." }) last: number,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<JobHistoryEntry[]> {
    const nr = inRange("last", last, HISTORY_MAX);
    const view = cuirass.view(server);
    return view.jobHistory(readQueryText("specification", specification), readJobNames("names", names), nr);
  }

  @FieldResolver(() => Evaluation, { nullable: true, description: "The evaluation; null when Cuirass can't show it." })
  async evaluation(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() entry: JobHistoryEntry,
  ): Promise<Evaluation | null> {
    return cuirass.view(entry.serverName).evaluation(entry.evaluationId);
  }
}
