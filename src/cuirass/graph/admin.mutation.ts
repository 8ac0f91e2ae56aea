// Changes at a Cuirass server, where its entry in the configuration allows them.

import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { make } from "../../ci/graph/make.js";
import { Report } from "../../ci/graph/report.js";
import type { ReportFault } from "../../ci/graph/report.js";
import { readKey } from "../../ci/pick-server.js";
import { ChangesOff, InputRefused, UpstreamError } from "../../errors.js";
import type { CuirassAdmin, EvaluationChange } from "../client/admin-client.js";
import {
  BuildRestarted,
  CancelEvaluationResult,
  CuirassRefusal,
  CuirassRefused,
  Dashboard,
  DashboardRegistered,
  EvaluateSpecificationResult,
  EvaluationChanged,
  EvaluationRequested,
  RegisterDashboardResult,
  RestartBuildResult,
  RestartEvaluationResult,
  RetryEvaluationResult,
} from "../model/admin.type.js";
import { Evaluation } from "../model/evaluation.type.js";
import { BuildKey, EvaluationKey, SpecificationKey } from "../model/keys.input.js";
import { parseQueryText, readBuildId, readEvaluationId, readJobNames, readQueryText } from "../protocol/ids.js";
import type { CuirassSession } from "../session.js";
import type { CuirassView } from "../view.js";

const OFF =
  " Off unless the server's entry in Etna's configuration says `mutations: true`, since Cuirass knows no users: " +
  "whoever may ask this Etna may then do it, in the name of the credentials given there.";
const SERVER = { nullable: true, description: "Needed with several Cuirass servers, where no `id` is given." } as const;
const NAME_MAX = 200;

@Resolver()
export class CuirassMutationResolver {
  @Mutation(() => EvaluateSpecificationResult, {
    nullable: true,
    description:
      "Asks Cuirass to look for new commits of a specification's channels now. An evaluation comes of it only if there is " +
      "one, and Cuirass drops what is asked more often than seven times in five minutes, without telling: see " +
      `\`Specification.evaluations\` afterwards.${OFF}`,
  })
  async evaluateSpecification(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("specification", () => SpecificationKey, { description: "The specification." }) key: SpecificationKey,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<EvaluationRequested | CuirassRefused> {
    const { view, native: specification, argument } = readSpecification(cuirass, key, server);
    const admin = adminOf(view);
    const name = readName(argument, specification);
    const refusal = await refusalOf(view, name);
    if (refusal !== null) return refusal;
    const known = await view.change(
      "evaluateSpecification",
      { specification },
      () => admin.evaluate(name),
      (isKnown) => ({ outcome: isKnown ? "asked" : "not found" }),
    );
    if (!known) return unknownSpecification(name);
    return make(EvaluationRequested, { specification: await readBack(() => view.specification(specification)) });
  }

  @Mutation(() => RestartBuildResult, {
    nullable: true,
    description: `Has a build done anew, under its old number, whether it has ended or not.${OFF}`,
  })
  async restartBuild(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("build", () => BuildKey, { description: "The build." }) key: BuildKey,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<BuildRestarted | CuirassRefused> {
    const { view, native, argument } = readKey(cuirass, key, "buildId", { ...ofBuild, server });
    const admin = adminOf(view);
    const id = readBuildId(argument, Number(native));
    // Cuirass gives the same answer for a build that it does not have.
    if ((await view.build(id)) === null) return refused(CuirassRefusal.NO_SUCH_BUILD, `there is no build ${id}`);
    await view.change("restartBuild", { buildId: id }, () => admin.restartBuild(id));
    cuirass.renew();
    return make(BuildRestarted, { build: await readBack(() => cuirass.view(view.name).build(id)) });
  }

  @Mutation(() => RestartEvaluationResult, {
    nullable: true,
    description: `Has all builds of an evaluation done anew, those that succeeded too; not those it shares with older ones.${OFF}`,
  })
  async restartEvaluation(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("evaluation", () => EvaluationKey, { description: "The evaluation." }) key: EvaluationKey,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<EvaluationChanged | CuirassRefused> {
    return changeEvaluation(cuirass, key, server, "restart");
  }

  @Mutation(() => CancelEvaluationResult, {
    nullable: true,
    description: `Cancels the builds of an evaluation that have not ended. One that runs may still end by itself.${OFF}`,
  })
  async cancelEvaluation(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("evaluation", () => EvaluationKey, { description: "The evaluation." }) key: EvaluationKey,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<EvaluationChanged | CuirassRefused> {
    return changeEvaluation(cuirass, key, server, "cancel");
  }

  @Mutation(() => RetryEvaluationResult, {
    nullable: true,
    description:
      "Has an evaluation itself done anew, e.g. one that FAILED: Cuirass forgets which commits it was of and looks for " +
      `new ones, so that it may no longer be able to show this evaluation.${OFF}`,
  })
  async retryEvaluation(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("evaluation", () => EvaluationKey, { description: "The evaluation." }) key: EvaluationKey,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<EvaluationChanged | CuirassRefused> {
    return changeEvaluation(cuirass, key, server, "retry");
  }

  @Mutation(() => RegisterDashboardResult, {
    nullable: true,
    description:
      "Makes a dashboard: a page of Cuirass' that shows what became of some jobs. Another one each time, even for the same " +
      `jobs, and none is ever removed.${OFF}`,
  })
  async registerDashboard(
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("specification", () => SpecificationKey, { description: "The specification." }) key: SpecificationKey,
    @Arg("names", () => [String], {
      description: "Names of jobs, e.g. `hello.x86_64-linux`. Cuirass does not check that they exist.",
    })
    names: string[],
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<DashboardRegistered | CuirassRefused> {
    const { view, native: specification, argument } = readSpecification(cuirass, key, server);
    const admin = adminOf(view);
    const [spec, jobs] = [readQueryText(argument, specification), readJobNames("names", names)];
    const refusal = await refusalOf(view, spec);
    if (refusal !== null) return refusal;
    const id = await view.change(
      "registerDashboard",
      { specification, names },
      () => admin.registerDashboard(spec, jobs),
      (made) => (made === null ? { outcome: "not found" } : { outcome: "made", dashboard: made }),
    );
    if (id === null) return unknownSpecification(spec);
    const dashboard = make(Dashboard, {
      serverName: view.name,
      specificationName: specification,
      dashboardId: id,
    });
    return make(DashboardRegistered, { dashboard });
  }
}

@Resolver(() => Dashboard)
export class DashboardResolver {
  @FieldResolver(() => Evaluation, {
    nullable: true,
    description: "The evaluation that `url` shows: the newest one that succeeded. Null when there is none.",
  })
  async evaluation(
    @Report() report: ReportFault,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() { serverName, specificationName }: Dashboard,
  ): Promise<Evaluation | null> {
    return cuirass.view(serverName).latestEvaluation(specificationName, report);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "Its address, for `evaluation`; with another evaluation's number in it, it shows that one. Null when there is no evaluation.",
  })
  async url(
    @Report() report: ReportFault,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() { serverName, specificationName, dashboardId }: Dashboard,
  ): Promise<string | null> {
    // `/dashboard/ID` would do for every evaluation, but leads nowhere: Cuirass cuts the address it points to.
    const evaluation = await cuirass.view(serverName).latestEvaluation(specificationName, report);
    return evaluation === null ? null : `${evaluation.url}/dashboard/${dashboardId}`;
  }
}

async function changeEvaluation(
  cuirass: CuirassSession,
  key: EvaluationKey,
  server: string | null | undefined,
  change: EvaluationChange,
): Promise<EvaluationChanged | CuirassRefused> {
  const { view, native, argument } = readKey(cuirass, key, "evaluationId", { ...ofEvaluation, server });
  const admin = adminOf(view);
  const id = readEvaluationId(argument, Number(native));
  // An unknown one is an empty 500, and so is any fault. One that can't be shown can be changed all the same.
  if ((await view.evaluation(id)) === null && !(await view.client.hasEvaluation(id)))
    return refused(CuirassRefusal.NO_SUCH_EVALUATION, `there is no evaluation ${id}`);
  await view.change(`${change}Evaluation`, { evaluationId: id }, () => admin.changeEvaluation(id, change));
  cuirass.renew();
  return make(EvaluationChanged, { evaluation: await readBack(() => cuirass.view(view.name).evaluation(id)) });
}

const ofBuild = { argument: "build", typeName: "Build" } as const;
const ofEvaluation = { argument: "evaluation", typeName: "Evaluation" } as const;

function readSpecification(cuirass: CuirassSession, key: SpecificationKey, server: string | null | undefined) {
  return readKey(cuirass, key, "name", { argument: "specification", typeName: "Specification", server });
}

function adminOf({ name, server }: CuirassView): CuirassAdmin {
  if (server.admin === null) throw new ChangesOff(name, "cuirass");
  return server.admin;
}

/**
 * Null for an active specification, or where that can't be read. Cuirass takes anything for an inactive one, of which
 * nothing comes.
 */
async function refusalOf(view: CuirassView, name: string): Promise<CuirassRefused | null> {
  return readBack(() => readRefusal(view, name));
}

async function readRefusal(view: CuirassView, name: string): Promise<CuirassRefused | null> {
  if ((await view.specification(name)) !== null) return null;
  const text = parseQueryText(name);
  // It keeps its evaluations; null: such as can't be shown.
  const isInactive = text !== null && (await view.client.evaluations(1, text))?.length !== 0;
  const message = `specification ${name} is inactive: nothing of it is evaluated or built`;
  return isInactive ? refused(CuirassRefusal.NO_SUCH_SPECIFICATION, message) : unknownSpecification(name);
}

function unknownSpecification(name: string): CuirassRefused {
  return refused(CuirassRefusal.NO_SUCH_SPECIFICATION, `there is no specification ${name}`);
}

/** A specification's name in a path, where any character may be. */
function readName(argument: string, name: string): string {
  if (name === "") throw new InputRefused(argument, "is empty");
  if (name.length > NAME_MAX) throw new InputRefused(argument, `has more than ${NAME_MAX} characters`);
  if (name === "." || name === ".." || /[/\p{Cc}\p{Cs}]/u.test(name)) {
    throw new InputRefused(argument, "no specification's name holds a slash or a control character, or is . or ..");
  }
  return name;
}

function refused(reason: CuirassRefusal, message: string): CuirassRefused {
  return make(CuirassRefused, { reason, message });
}

/** The change is asked for whatever comes of this read, so its failure must not look like a failed change. */
async function readBack<T>(read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UpstreamError) return null;
    throw error;
  }
}
