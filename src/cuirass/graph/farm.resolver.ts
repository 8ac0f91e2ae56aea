// Fields that Cuirass' API lacks: from its HTML pages, and from several answers of the API together.

import { Arg, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { make } from "../../ci/graph/make.js";
import { Build } from "../model/build.type.js";
import { CuirassServer } from "../model/cuirass-server.type.js";
import { Evaluation } from "../model/evaluation.type.js";
import { BuildDependency, BuildWorker, BuiltCommit, QueueTotal } from "../model/farm.type.js";
import { Specification } from "../model/specification.type.js";
import { BUILDS_MAX } from "../protocol/build-query.js";
import { readJobNames, readQueryText } from "../protocol/ids.js";
import type { CuirassSession } from "../session.js";

@Resolver(() => CuirassServer)
export class CuirassServerResolver {
  @FieldResolver(() => [BuildWorker], {
    nullable: true,
    description: "Its workers by machine, from its page `/workers`; null where that page is not as Etna knows it.",
  })
  async workers(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() { name }: CuirassServer,
  ): Promise<BuildWorker[] | null> {
    const workers = await cuirass.view(name).client.workers();
    return (
      workers?.map(({ machine, build, job, percent }) =>
        make(BuildWorker, { serverName: name, machine, buildId: build, job, percent }),
      ) ?? null
    );
  }

  @FieldResolver(() => [QueueTotal], {
    nullable: true,
    description:
      "How many builds run and wait, by system; null when there are 1000 or more, which Cuirass can't show in one list.",
  })
  async queueTotals(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() { name }: CuirassServer,
  ): Promise<QueueTotal[] | null> {
    const builds = await cuirass.view(name).client.queue({}, BUILDS_MAX);
    if (builds.length >= BUILDS_MAX) return null;
    const systems = [...new Set(builds.map(({ system }) => system))].sort();
    return systems.map((system) => {
      const own = builds.filter((build) => build.system === system);
      const running = own.filter(({ buildstatus }) => buildstatus === -1).length;
      return make(QueueTotal, { system, running, waiting: own.length - running });
    });
  }
}

@Resolver(() => BuildWorker)
export class WorkerResolver {
  @FieldResolver(() => Build, { nullable: true, description: "The build that it builds; null while it is idle." })
  async build(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() { serverName, buildId }: BuildWorker,
  ): Promise<Build | null> {
    return buildId === null ? null : cuirass.view(serverName).build(buildId);
  }
}

@Resolver(() => Build)
export class BuildDependencyResolver {
  @FieldResolver(() => Build, {
    nullable: true,
    description:
      "The build of the same job and specification that ended last before it, built or failed; null when there is none. Costs some requests each: `weather` has the comparison alone.",
  })
  async previous(@Ctx("cuirass") cuirass: CuirassSession, @Root() build: Build): Promise<Build | null> {
    return cuirass.view(build.serverName).buildBefore(build);
  }

  @FieldResolver(() => [BuildDependency], {
    nullable: true,
    description:
      "The builds that it needs, from its page: those that have not succeeded are what blocks it. Null where that page is " +
      "not as Etna knows it.",
  })
  async dependencies(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() { serverName, nativeId }: Build,
  ): Promise<BuildDependency[] | null> {
    const ids = await cuirass.view(serverName).client.dependencies(nativeId);
    return ids?.map((buildId) => make(BuildDependency, { serverName, buildId })) ?? null;
  }
}

@Resolver(() => BuildDependency)
export class DependencyBuildResolver {
  @FieldResolver(() => Build, { nullable: true, description: "The build. Costs a request each." })
  async build(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() { serverName, buildId }: BuildDependency,
  ): Promise<Build | null> {
    return cuirass.view(serverName).build(buildId);
  }
}

@Resolver(() => Specification)
export class BuiltCommitResolver {
  @FieldResolver(() => BuiltCommit, {
    nullable: true,
    description:
      "The newest commit whose jobs of these names have all been built; null when none of the newest 100 evaluations has " +
      "all of them.",
  })
  async newestCommit(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() specification: Specification,
    @Arg("builtJobs", () => [String], {
      description: "Names of jobs, e.g. `hello.x86_64-linux`; without their system where `system` is given.",
    })
    builtJobs: string[],
    @Arg("system", () => String, { nullable: true, description: "Completes the names of jobs, e.g. `x86_64-linux`." })
    system?: string | null,
  ): Promise<BuiltCommit | null> {
    const full = (job: string) => (system == null || job.endsWith(`.${system}`) ? job : `${job}.${system}`);
    const names = readJobNames("builtJobs", [...new Set(builtJobs.map(full))]);
    const view = cuirass.view(specification.serverName);
    const evaluationId = await view.newestBuilt(readQueryText("specification", specification.name), names);
    return evaluationId === null ? null : make(BuiltCommit, { serverName: view.name, evaluationId });
  }
}

@Resolver(() => BuiltCommit)
export class BuiltCommitEvaluationResolver {
  @FieldResolver(() => Evaluation, { nullable: true, description: "The evaluation; null when Cuirass can't show it." })
  async evaluation(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() { serverName, evaluationId }: BuiltCommit,
  ): Promise<Evaluation | null> {
    return cuirass.view(serverName).evaluation(evaluationId);
  }
}

@Resolver(() => Evaluation)
export class ChannelsFileResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description:
      "The channels file (`channels.scm`) that pins a machine to its commits. Null where the server does not make any, as " +
      "versions before 2024 don't.",
  })
  async channelsFile(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() { serverName, nativeId }: Evaluation,
  ): Promise<string | null> {
    return cuirass.view(serverName).client.channelsFile(nativeId);
  }
}
