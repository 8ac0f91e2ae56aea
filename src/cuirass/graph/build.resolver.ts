// Builds: the root fields, and the fields of a build that need another call.

import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, InputType, Int, Query, Resolver, Root } from "type-graphql";
import { ForwardArgs } from "../../ci/graph/connection.type.js";
import { DateTime } from "../../ci/graph/date-time.scalar.js";
import { Log } from "../../ci/graph/log.type.js";
import { RunPhase } from "../../ci/enums.js";
import { make } from "../../ci/graph/make.js";
import { Report } from "../../ci/graph/report.js";
import type { ReportFault } from "../../ci/graph/report.js";
import { mergePages, readPageArgs } from "../../ci/page.js";
import type { PageRequest } from "../../ci/page.js";
import { InputRefused } from "../../errors.js";
import { justAfter, justBefore } from "../protocol/border.js";
import type { TimeRange } from "../client/build-pages.js";
import { Build, Builds } from "../model/build.type.js";
import type { BuildQuery } from "../client/client.js";
import { CuirassServer } from "../model/cuirass-server.type.js";
import { BuildStatus, UNFINISHED, hasLog } from "../protocol/enums.js";
import { Evaluation } from "../model/evaluation.type.js";
import { createFinalLog } from "../client/final-log.js";
import { isFinalLog } from "../client/keep.js";
import { readBuildId, readDerivation, readEvaluationId, readQueryText, readStoreItem } from "../protocol/ids.js";
import { createLogSource } from "../client/log-source.js";
import type { CuirassSession } from "../session.js";
import type { CuirassView } from "../view.js";
import { Specification } from "../model/specification.type.js";

const SERVER = { nullable: true, description: "Needed with several Cuirass servers." } as const;
const ANY_SERVER = {
  nullable: true,
  description: "Only on this Cuirass server; all are asked when left out.",
} as const;

@InputType({ description: "Which finished builds; all that are given must hold. Texts are compared exactly." })
export class BuildFilter {
  @Field(() => String, { nullable: true, description: "Of the specification with this name." })
  specification?: string | null;

  @Field(() => String, { nullable: true, description: "Of this job, e.g. `hello.x86_64-linux`." })
  job?: string | null;

  @Field(() => String, { nullable: true, description: "For this system, e.g. `x86_64-linux`." })
  system?: string | null;

  @Field(() => Int, { nullable: true, description: "First asked for by the evaluation with this number." })
  evaluationId?: number | null;

  @Field(() => String, { nullable: true, description: "Of the derivation with this store path, which ends in `.drv`." })
  derivation?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Built by the worker of this name, as Cuirass' page `/workers` has it.",
  })
  worker?: string | null;

  @Field(() => [BuildStatus], {
    nullable: true,
    description:
      "With one of these statuses. Cuirass can't look for them: Etna reads some thousand builds for a page, and where they hold " +
      "too few, the page is short, or empty, with `hasNextPage`. Go on after `pageInfo.endCursor`.",
  })
  statuses?: BuildStatus[] | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "Ended later than this. Without those whose end Cuirass does not know, such as canceled ones.",
  })
  finishedAfter?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Ended earlier than this; see `finishedAfter`." })
  finishedBefore?: string | null;
}

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
    const isKept = server.keepsLogs && isFinalLog(build.wire);
    return make(Log, {
      source: isKept
        ? createFinalLog(client, build.nativeId, build.wire)
        : createLogSource(origin, () => client.buildLog(build.nativeId, build.wire), {
            hasEnded: build.phase === RunPhase.FINISHED,
          }),
      rawUrl: `${server.url}/build/${build.nativeId}/log/raw`,
    });
  }
}

/** The fields of a filter that Cuirass can be asked for. `prefix` names them in a refusal. */
export function toQuery(
  filter: Pick<BuildFilter, "specification" | "job" | "system" | "evaluationId" | "derivation" | "worker">,
  prefix: string,
): BuildQuery {
  const { specification, job, system, evaluationId, derivation } = filter;
  const text = (name: string, value: string | null | undefined) =>
    value == null ? undefined : readQueryText(prefix + name, value);
  return {
    specification: text("specification", specification),
    job: text("job", job),
    system: text("system", system),
    worker: text("worker", filter.worker),
    evaluation: evaluationId == null ? undefined : readEvaluationId(`${prefix}evaluationId`, evaluationId),
    derivation:
      derivation == null
        ? undefined
        : text("derivation", `/gnu/store/${readDerivation(`${prefix}derivation`, derivation)}`),
  };
}

/** Null when no time is asked for. */
function readTimeRange(
  { finishedAfter, finishedBefore }: BuildFilter,
  statuses: readonly BuildStatus[] | null,
): TimeRange | null {
  if (finishedAfter == null && finishedBefore == null) return null;
  if (finishedAfter != null && finishedBefore != null && Date.parse(finishedBefore) <= Date.parse(finishedAfter)) {
    throw new InputRefused("filter.finishedBefore", "is not later than `filter.finishedAfter`");
  }
  if (statuses?.includes(BuildStatus.CANCELED) === true) {
    throw new InputRefused("filter.statuses", "Cuirass does not note when a build was CANCELED; leave out the times");
  }
  return {
    above: finishedAfter == null ? undefined : justAfter(finishedAfter),
    below: finishedBefore == null ? undefined : justBefore(finishedBefore),
  };
}

/** @param unfinished whether the list has unfinished builds too. */
export function readStatuses(
  argument: string,
  statuses: readonly BuildStatus[] | null | undefined,
  unfinished: boolean,
): readonly BuildStatus[] | null {
  if (statuses == null) return null;
  if (statuses.length === 0) throw new InputRefused(argument, "is empty; leave it out to see all");
  const odd = unfinished ? undefined : statuses.find((status) => UNFINISHED.has(status));
  if (odd !== undefined) throw new InputRefused(argument, `${odd} builds are not finished; they are in \`buildQueue\``);
  return statuses;
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
  const failures = answers.filter((answer) => answer.status === "rejected").map((answer) => answer.reason as unknown);
  if (failures.length > 0 && failures.length === answers.length) throw failures[0];
  failures.forEach(report);
  return null;
}
