// The edges that neither system knows: which test jobs ran on which build, and back.

import { Args, Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from "type-graphql";
import { ConnectionArgs, connectionOf } from "../ci/connection.type.js";
import { make } from "../ci/make.js";
import { mergePages, readPageArgs, unknownCursor } from "../ci/page.js";
import type { Page, PageItem, PageRequest } from "../ci/page.js";
import { runTime } from "../ci/run.type.js";
import type { RequestContext } from "../ci/session.js";
import { Build, parseStoreItem, toBuildId } from "../cuirass/index.js";
import type { CuirassSession } from "../cuirass/index.js";
import { InputRefused } from "../errors.js";
import { TestJob } from "../lava/index.js";
import type { LavaSession, LavaView } from "../lava/index.js";
import { LinkEvidence, findSigns } from "./evidence.js";
import type { Sign } from "./evidence.js";

/** Outputs of a build that are searched for; more than these three is rare, and each costs LAVA a search. */
const OUTPUTS_MAX = 3;

@ObjectType({ description: "A build that a test job ran on, and how Etna knows." })
class BuildLink {
  @Field(() => Build, { description: "The build." })
  readonly build!: Build;

  @Field(() => LinkEvidence, { description: "What the link rests on." })
  readonly evidence!: LinkEvidence;

  @Field(() => String, { description: "The text in the definition that names the build." })
  readonly matched!: string;
}

interface LinkedItem extends PageItem<TestJob> {
  readonly evidence: LinkEvidence;
  readonly matched: string;
}

const LinkedTestJobs = connectionOf("BuildTestJob", () => TestJob, "test jobs that ran on a build");

@Resolver(() => TestJob)
export class TestJobBuildResolver {
  @FieldResolver(() => Build, {
    nullable: true,
    description:
      "The build that it ran on, by the strongest sign in its definition; null when none names a build of a configured Cuirass.",
  })
  async build(
    @Ctx("lava") lava: LavaSession,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() job: TestJob,
  ): Promise<Build | null> {
    for (const sign of signsOf(lava, job)) {
      const build = await findBuild(cuirass, sign);
      if (build !== null) return build;
    }
    return null;
  }

  @FieldResolver(() => [BuildLink], {
    nullable: true,
    description: "All builds that its definition names, strongest sign first.",
  })
  async buildLinks(
    @Ctx("lava") lava: LavaSession,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() job: TestJob,
  ): Promise<BuildLink[]> {
    const signs = signsOf(lava, job);
    const builds = await Promise.all(signs.map((sign) => findBuild(cuirass, sign)));
    const seen = new Set<string>();
    return signs.flatMap(({ evidence, matched }, at) => {
      const build = builds[at] ?? null;
      if (build === null || seen.has(build.id)) return [];
      seen.add(build.id);
      return [make(BuildLink, { build, evidence, matched })];
    });
  }
}

@Resolver(() => Build)
export class BuildTestJobResolver {
  @FieldResolver(() => LinkedTestJobs.Connection, {
    nullable: true,
    description:
      "Test jobs of all LAVA servers that ran on this build, newest first. LAVA is searched by text, a few searches for each build: ask for one build, or for few.",
  })
  async testJobs(
    @Ctx() context: RequestContext,
    @Ctx("lava") lava: LavaSession,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() build: Build,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
  ) {
    const request = readPageArgs(args);
    if (request.direction === "backward") throw new InputRefused("last", "this list goes forward only; give `first`");
    const only = cuirass.servers.length === 1;
    const sources = lava.views(null).map((view) => ({
      server: view.name,
      page: (part: PageRequest) => pageOfLinked(view, build, only, part),
    }));
    return LinkedTestJobs.of(await mergePages(sources, request, runTime, context.report));
  }
}

@Resolver(() => LinkedTestJobs.Edge)
export class LinkedTestJobResolver {
  @FieldResolver(() => LinkEvidence, { description: "What the link rests on." })
  evidence(@Root() edge: LinkedItem): LinkEvidence {
    return edge.evidence;
  }

  @FieldResolver(() => String, { description: "The text in the definition that names the build." })
  matched(@Root() edge: LinkedItem): string {
    return edge.matched;
  }
}

function signsOf(lava: LavaSession, job: TestJob): readonly Sign[] {
  const definition = lava.view(job.serverName).definitionOf(job);
  return definition === null ? [] : findSigns(definition);
}

async function findBuild(cuirass: CuirassSession, { target }: Sign): Promise<Build | null> {
  const views = cuirass.views(null);
  switch (target.kind) {
    case "url": {
      const view = views.find(({ server }) => server.url === target.url);
      return view === undefined ? null : view.build(toBuildId(target.buildId));
    }
    case "id": {
      // A bare number means something only where there is one Cuirass.
      const [view, ...others] = views;
      return view === undefined || others.length > 0 ? null : view.build(toBuildId(target.buildId));
    }
    case "output":
    case "derivation": {
      const item = parseStoreItem(target.path);
      if (item === null) return null;
      const find = (view: (typeof views)[number]) =>
        target.kind === "output" ? view.buildByOutput(item) : view.buildByDerivation(item);
      return (await Promise.all(views.map(find))).find((build) => build !== null) ?? null;
    }
  }
}

/**
 * LAVA can only be asked for one text at a time, so each sign is searched for by itself; what comes back is checked by
 * reading the definition, since a text may stand in a comment or belong to a longer number.
 */
async function pageOfLinked(
  view: LavaView,
  build: Build,
  onlyCuirass: boolean,
  request: PageRequest,
): Promise<Page<TestJob>> {
  const { count, cursor } = request;
  if (cursor !== null && !/^\d{1,10}$/.test(cursor)) throw unknownCursor(request);
  const buildUrl = build.url.replace(/\/details$/, "");
  const paths = build.outputs.slice(0, OUTPUTS_MAX).map(({ path }) => path);
  const texts = [
    buildUrl,
    ...[...paths, build.derivation].map(storeHash),
    ...(onlyCuirass ? [`build-id: ${build.buildId}`, `build-id: '${build.buildId}'`] : []),
  ];
  const found = await Promise.all(texts.map((text) => view.testJobsWithText(text, count + 1, cursor)));
  const jobs = new Map(found.flat().map((job) => [job.nativeId, job]));
  const items = [...jobs.values()]
    .sort((a, b) => b.nativeId - a.nativeId)
    .flatMap((job): LinkedItem[] => {
      const definition = view.definitionOf(job);
      const sign =
        definition === null
          ? undefined
          : findSigns(definition).find(({ target }) => means(target, build, buildUrl, onlyCuirass));
      if (sign === undefined) return [];
      return [{ cursor: job.jobId, node: job, evidence: sign.evidence, matched: sign.matched }];
    });
  return {
    items: items.slice(0, count),
    hasNextPage: items.length > count,
    hasPreviousPage: cursor !== null,
    totalCount: null,
  };
}

function means(target: Sign["target"], build: Build, buildUrl: string, onlyCuirass: boolean): boolean {
  switch (target.kind) {
    case "url":
      return `${target.url}/build/${target.buildId}` === buildUrl;
    case "id":
      return onlyCuirass && target.buildId === build.buildId;
    case "output":
      return build.outputs.some(({ path }) => path === target.path);
    case "derivation":
      return target.path === build.derivation;
  }
}

/** The 32 characters that make a store item unique. */
function storeHash(path: string): string {
  return path.slice("/gnu/store/".length, "/gnu/store/".length + 32);
}
