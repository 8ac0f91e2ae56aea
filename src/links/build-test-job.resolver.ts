// The edges that neither system knows: which test jobs ran on which build, and back.

import { Args, Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from "type-graphql";
import { ConnectionArgs, connectionOf } from "../ci/graph/connection.type.js";
import { make } from "../ci/graph/make.js";
import { Report } from "../ci/graph/report.js";
import type { ReportFault } from "../ci/graph/report.js";
import { Build, beforeEvaluation, parseStoreItem, toBuildId } from "../cuirass/index.js";
import type { CuirassSession, CuirassView } from "../cuirass/index.js";
import { UpstreamError } from "../errors.js";
import { TestJob } from "../lava/index.js";
import type { JobDefinition, LavaSession } from "../lava/index.js";
import { LinkEvidence, findSigns } from "./evidence.js";
import type { BuildTarget, Sign } from "./evidence.js";
import { linkedTestJobs, signsIn } from "./linked-jobs.js";
import type { LinkedItem } from "./linked-jobs.js";

/** Outputs, and products, of a build that are searched for; more than three is rare, and each costs LAVA a search. */
const OUTPUTS_MAX = 3;

/** The clocks of two servers, and the zones that they are set to, may differ by less. */
const CLOCKS_MS = 86_400_000;

@ObjectType({ description: "A build that a test job ran on, and how Etna knows." })
class BuildLink {
  @Field(() => Build, { description: "The build." })
  readonly build!: Build;

  @Field(() => LinkEvidence, { description: "What the link rests on." })
  readonly evidence!: LinkEvidence;

  @Field(() => String, { description: "The text in the definition that names the build." })
  readonly matched!: string;
}

const LinkedTestJobs = connectionOf("BuildTestJob", () => TestJob, "test jobs that ran on a build");

@Resolver(() => TestJob)
export class TestJobBuildResolver {
  @FieldResolver(() => Build, {
    nullable: true,
    description:
      "The build that it ran on, by the strongest sign in its definition; null when none names a build of a configured Cuirass. A build product is only found among the newest ones: Cuirass can't be asked for it.",
  })
  async build(
    @Ctx("lava") lava: LavaSession,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() job: TestJob,
  ): Promise<Build | null> {
    for (const sign of signsIn(lava, job, findSigns)) {
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
    const signs = signsIn(lava, job, findSigns);
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
      "Test jobs of all LAVA servers that ran on this build, newest first; not such as were submitted more than a day before the build can have been there. Found by what Etna knows of definitions where it shares reads of LAVA (`sharedRows`); else LAVA is searched by text, a few searches for each build: ask for one build, or for few.",
  })
  async testJobs(
    @Report() report: ReportFault,
    @Ctx("lava") lava: LavaSession,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() build: Build,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
  ) {
    const only = cuirass.servers.length === 1;
    const find = (definition: JobDefinition) => findSigns(definition).find(({ target }) => means(target, build, only));
    const since = await oldestTestJob(cuirass.view(build.serverName), build);
    return LinkedTestJobs.of(await linkedTestJobs(lava, args, { texts: textsOf(build, only), find, since }, report));
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

/** A test job of the build can't have been submitted before this; null where that is not known. */
async function oldestTestJob(view: CuirassView, build: Build): Promise<number | null> {
  try {
    const before = await beforeEvaluation(view, build);
    return before === null ? null : before - CLOCKS_MS;
  } catch (error) {
    if (error instanceof UpstreamError) return null;
    throw error;
  }
}

async function findBuild(cuirass: CuirassSession, { target }: Sign<BuildTarget>): Promise<Build | null> {
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
    case "product": {
      const view = views.find(({ server }) => server.url === target.url);
      return view === undefined ? null : view.buildOfProduct(target.productId);
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

/** What a definition that points to the build holds, at least one of. */
function textsOf(build: Build, onlyCuirass: boolean): readonly string[] {
  const paths = build.outputs.slice(0, OUTPUTS_MAX).map(({ path }) => path);
  return [
    pageOf(build),
    ...[...paths, build.derivation].map(storeHash),
    ...build.products.slice(0, OUTPUTS_MAX).map(({ url }) => url),
    ...(onlyCuirass ? [`build-id: ${build.buildId}`, `build-id: '${build.buildId}'`] : []),
  ];
}

function means(target: BuildTarget, build: Build, onlyCuirass: boolean): boolean {
  switch (target.kind) {
    case "url":
      return `${target.url}/build/${target.buildId}` === pageOf(build);
    case "id":
      return onlyCuirass && target.buildId === build.buildId;
    case "output":
      return build.outputs.some(({ path }) => path === target.path);
    case "derivation":
      return target.path === build.derivation;
    case "product":
      return build.products.some(({ url }) => url === `${target.url}/download/${target.productId}`);
  }
}

function pageOf(build: Build): string {
  return build.url.replace(/\/details$/, "");
}

/** The 32 characters that make a store item unique. */
function storeHash(path: string): string {
  return path.slice("/gnu/store/".length, "/gnu/store/".length + 32);
}
