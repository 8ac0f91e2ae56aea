// Builds: the root fields, and the fields of a build that need another call.

import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import { ForwardArgs } from "../../ci/graph/connection.type.js";
import { Log } from "../../ci/graph/log.type.js";
import { RunPhase } from "../../ci/enums.js";
import { make } from "../../ci/graph/make.js";
import { Report } from "../../ci/graph/report.js";
import type { ReportFault } from "../../ci/graph/report.js";
import { reasonsOf } from "../../errors.js";
import { mergePages, readPageArgs } from "../../ci/page.js";
import type { PageRequest } from "../../ci/page.js";
import { BuildFilter, readStatuses, readTimeRange, toQuery } from "../model/build-filter.js";
import { Build, Builds } from "../model/build.type.js";
import { CuirassServer } from "../model/cuirass-server.type.js";
import { BuildStatus, hasLog } from "../protocol/enums.js";
import { Evaluation } from "../model/evaluation.type.js";
import { createFinalLog, createYoungLog } from "../client/final-log.js";
import { isFinalLog } from "../client/keep.js";
import { readBuildId, readDerivation, readStoreItem } from "../protocol/ids.js";
import { createLogSource } from "../client/log-source.js";
import type { CuirassSession } from "../session.js";
import type { CuirassView } from "../view.js";
import { Specification } from "../model/specification.type.js";

const SERVER = { nullable: true, description: "Needed with several Cuirass servers." } as const;
const ANY_SERVER = {
  nullable: true,
  description: "Only on this Cuirass server; all are asked when left out.",
} as const;

@ArgsType()
class BuildsArgs extends ForwardArgs {
  @Field(() => BuildFilter, { nullable: true, description: "Which ones; all when left out." })
  filter?: BuildFilter | null;

  @Field(() => String, {
    nullable: true,
    description: "Only of this Cuirass server. Needed with `filter.evaluationId`.",
  })
  server?: string | null;
}

@ArgsType()
class BuildQueueArgs extends ForwardArgs {
  @Field(() => String, { nullable: true, description: "Only of the specification with this name." })
  specification?: string | null;

  @Field(() => String, { nullable: true, description: "Only for this system, e.g. `x86_64-linux`." })
  system?: string | null;

  @Field(() => String, { nullable: true, description: "Only of this job, e.g. `hello.x86_64-linux`." })
  job?: string | null;

  @Field(() => String, { nullable: true, description: "Only of this Cuirass server." })
  server?: string | null;
}

@Resolver(() => Build)
export class BuildResolver {
  @Query(() => Build, { nullable: true, description: "One build; null when there is none." })
  async build(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("buildId", () => Int, { description: "Cuirass' number." }) buildId: number,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<Build | null> {
    return cuirass.view(server).build(readBuildId("buildId", buildId));
  }

  @Query(() => Builds.Connection, {
    nullable: true,
    description:
      "Finished builds of all Cuirass servers: the one that ended last comes first. Cuirass does not note when a build was " +
      "canceled: those come last, highest number first, and are left out with `filter.finishedAfter` or " +
      "`filter.finishedBefore`. Those not finished are in `buildQueue`.",
  })
  async builds(
    @Report() report: ReportFault,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Args(() => BuildsArgs) args: BuildsArgs,
  ) {
    const request = readPageArgs(args);
    const query = toQuery(args.filter ?? {}, "filter.");
    const statuses = readStatuses("filter.statuses", args.filter?.statuses, false);
    // An evaluation's number means something on its own server only.
    const views = query.evaluation === undefined ? cuirass.views(args.server) : [cuirass.view(args.server)];
    const range = readTimeRange(args.filter ?? {}, statuses);
    const sources = views.map((view) => ({
      server: view.name,
      page: (part: PageRequest) => view.builds(query, part, { range, statuses }),
    }));
    const time = ({ finishedAt }: Build) => (finishedAt === null ? 0 : Date.parse(finishedAt));
    return Builds.of(await mergePages(sources, request, time, report));
  }

  @Query(() => Builds.Connection, {
    nullable: true,
    description:
      "Unfinished builds of all Cuirass servers: running ones, then those that wait, urgent ones first. Of a queue of 300 or " +
      "more, those that wait come by number, highest first: Cuirass shows no more of them by urgency.",
  })
  async buildQueue(
    @Report() report: ReportFault,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Args(() => BuildQueueArgs) args: BuildQueueArgs,
  ) {
    const query = toQuery(args, "");
    const sources = cuirass.views(args.server).map((view) => ({
      server: view.name,
      page: (part: PageRequest) => view.queue(query, part),
    }));
    return Builds.of(await mergePages(sources, readPageArgs(args), urgency, report));
  }

  @Query(() => Build, {
    nullable: true,
    description: "The build that has this store path among its outputs, built or not; null when none has.",
  })
  async buildByOutput(
    @Report() report: ReportFault,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("path", () => String, { description: "A store path, or a path inside one." }) path: string,
    @Arg("server", () => String, ANY_SERVER) server?: string | null,
  ): Promise<Build | null> {
    const item = readStoreItem("path", path);
    return firstOf(cuirass.views(server), (view) => view.buildByOutput(item), report);
  }

  @Query(() => Build, { nullable: true, description: "The build of this derivation; null when there is none." })
  async buildByDerivation(
    @Report() report: ReportFault,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("derivation", () => String, { description: "Its store path, which ends in `.drv`." }) derivation: string,
    @Arg("server", () => String, ANY_SERVER) server?: string | null,
  ): Promise<Build | null> {
    const item = readDerivation("derivation", derivation);
    return firstOf(cuirass.views(server), (view) => view.buildByDerivation(item), report);
  }

  @FieldResolver(() => CuirassServer, { description: "The server it belongs to." })
  server(@Ctx("cuirass") cuirass: CuirassSession, @Root() build: Build): CuirassServer {
    return cuirass.view(build.serverName).toServer();
  }

  @FieldResolver(() => Evaluation, {
    nullable: true,
    description: "The evaluation that first asked for it; null when Cuirass can't show it.",
  })
  async evaluation(@Ctx("cuirass") cuirass: CuirassSession, @Root() build: Build): Promise<Evaluation | null> {
    // Single requests, one for each evaluation: Cuirass has no bulk form, and its list begins with the newest only.
    return cuirass.view(build.serverName).evaluation(build.evaluationId);
  }

  @FieldResolver(() => Specification, {
    nullable: true,
    description: "The specification it is of; null when it is no longer active.",
  })
  async specification(@Ctx("cuirass") cuirass: CuirassSession, @Root() build: Build): Promise<Specification | null> {
    return cuirass.view(build.serverName).specification(build.specificationName);
  }

  @FieldResolver(() => Log, {
    nullable: true,
    description: "Its log, as far as written; null before it has started. Empty when the server has none or no more.",
  })
  log(@Ctx("cuirass") cuirass: CuirassSession, @Root() build: Build): Log | null {
    if (!hasLog(build.wire)) return null;
    const { server, client, name } = cuirass.view(build.serverName);
    const origin = { server: name, operation: "GET /build/ID/log/raw" };
    const createKept = isFinalLog(build.wire) ? createFinalLog : createYoungLog;
    return make(Log, {
      source: server.keepsLogs
        ? createKept(client, build.nativeId, build.wire)
        : createLogSource(origin, () => client.buildLog(build.nativeId, build.wire), {
            hasEnded: build.phase === RunPhase.FINISHED,
          }),
      rawUrl: `${server.url}/build/${build.nativeId}/log/raw`,
    });
  }
}

/** By what queues of several servers are merged, highest first: running before waiting, then low priority numbers. */
function urgency(build: Build): number {
  return (build.status === BuildStatus.STARTED ? 1_000 : 0) - build.priority;
}

/** The first server's that has it. Servers that fail matter only when no other has it. */
async function firstOf(
  views: readonly CuirassView[],
  load: (view: CuirassView) => Promise<Build | null>,
  report: (error: unknown) => void,
): Promise<Build | null> {
  const answers = await Promise.allSettled(views.map(load));
  const found = answers.find((answer) => answer.status === "fulfilled" && answer.value !== null);
  if (found?.status === "fulfilled") return found.value;
  const failures = reasonsOf(answers);
  if (failures.length > 0 && failures.length === answers.length) throw failures[0];
  failures.forEach(report);
  return null;
}
