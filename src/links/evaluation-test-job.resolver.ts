// The edges between test jobs and evaluations: by a number or an address in the definition, or by a commit.

import { Args, Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from "type-graphql";
import { ConnectionArgs, connectionOf } from "../ci/graph/connection.type.js";
import { make } from "../ci/graph/make.js";
import { Report } from "../ci/graph/report.js";
import type { ReportFault } from "../ci/graph/report.js";
import { Evaluation, evaluationsOfCommit } from "../cuirass/index.js";
import type { CuirassSession } from "../cuirass/index.js";
import { TestJob } from "../lava/index.js";
import type { JobDefinition, LavaSession } from "../lava/index.js";
import { LinkEvidence, findEvaluationSigns } from "./evidence.js";
import type { EvaluationTarget, Sign } from "./evidence.js";
import { linkedTestJobs, signsIn } from "./linked-jobs.js";
import type { LinkedItem } from "./linked-jobs.js";

/** Commits of an evaluation that are searched for: each costs LAVA a search. */
const COMMITS_MAX = 3;
const LINKS_MAX = 20;

@ObjectType({ description: "An evaluation that a test job belongs to, and how Etna knows." })
class EvaluationLink {
  @Field(() => Evaluation, { description: "The evaluation." })
  readonly evaluation!: Evaluation;

  @Field(() => LinkEvidence, { description: "What the link rests on." })
  readonly evidence!: LinkEvidence;

  @Field(() => String, { description: "The text in the definition that names the evaluation or its commit." })
  readonly matched!: string;
}

const EvaluationTestJobs = connectionOf(
  "EvaluationTestJob",
  () => TestJob,
  "test jobs whose definition names an evaluation or its commit",
);

@Resolver(() => TestJob)
export class TestJobEvaluationResolver {
  @FieldResolver(() => Evaluation, {
    nullable: true,
    description:
      "The evaluation that its definition names, by number or by a commit that only one of the newest evaluations is of; null when none or several are meant. See `evaluationLinks`, and `build { evaluation }`.",
  })
  async evaluation(
    @Report() report: ReportFault,
    @Ctx("lava") lava: LavaSession,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() job: TestJob,
  ): Promise<Evaluation | null> {
    for (const sign of signsIn(lava, job, findEvaluationSigns)) {
      const [evaluation, ...others] = await findEvaluations(cuirass, sign, report);
      if (evaluation !== undefined && others.length === 0) return evaluation;
    }
    return null;
  }

  @FieldResolver(() => [EvaluationLink], {
    nullable: true,
    description:
      "The evaluations that its definition names, strongest sign first; at most 20. Those of a commit are looked for among the newest 50 of each Cuirass.",
  })
  async evaluationLinks(
    @Report() report: ReportFault,
    @Ctx("lava") lava: LavaSession,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() job: TestJob,
  ): Promise<EvaluationLink[]> {
    const signs = signsIn(lava, job, findEvaluationSigns);
    const found = await Promise.all(signs.map((sign) => findEvaluations(cuirass, sign, report)));
    const seen = new Set<string>();
    return signs
      .flatMap(({ evidence, matched }, at) =>
        (found[at] ?? []).map((evaluation) => make(EvaluationLink, { evaluation, evidence, matched })),
      )
      .filter(({ evaluation }) => !seen.has(evaluation.id) && seen.add(evaluation.id))
      .slice(0, LINKS_MAX);
  }
}

@Resolver(() => Evaluation)
export class EvaluationTestJobResolver {
  @FieldResolver(() => EvaluationTestJobs.Connection, {
    nullable: true,
    description:
      "Test jobs of all LAVA servers whose definition names this evaluation or one of its commits, newest first. Those that name one of its builds are in that build's `testJobs`. Found by what Etna knows of definitions where it shares reads of LAVA (`sharedRows`), and LAVA is searched by text for older ones, a few searches for each evaluation: ask for one, or for few.",
  })
  async testJobs(
    @Report() report: ReportFault,
    @Ctx("lava") lava: LavaSession,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Root() evaluation: Evaluation,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
  ) {
    const only = cuirass.servers.length === 1;
    const commits = [...new Set(evaluation.checkouts.map(({ commit }) => commit))].slice(0, COMMITS_MAX);
    const { evaluationId, url } = evaluation;
    const numbers = only ? [`evaluation: ${evaluationId}`, `evaluation: '${evaluationId}'`] : [];
    const means = (target: EvaluationTarget) => {
      switch (target.kind) {
        case "url":
          return `${target.url}/eval/${target.evaluationId}` === url;
        case "id":
          return only && target.evaluationId === evaluationId;
        case "commit":
          return commits.includes(target.commit);
      }
    };
    const find = (definition: JobDefinition) => findEvaluationSigns(definition).find(({ target }) => means(target));
    const texts = [url, ...numbers, ...commits];
    return EvaluationTestJobs.of(await linkedTestJobs(lava, args, { texts, find, since: null }, report));
  }
}

@Resolver(() => EvaluationTestJobs.Edge)
export class EvaluationTestJobEdgeResolver {
  @FieldResolver(() => LinkEvidence, { description: "What the link rests on." })
  evidence(@Root() edge: LinkedItem): LinkEvidence {
    return edge.evidence;
  }

  @FieldResolver(() => String, { description: "The text in the definition that names the evaluation or its commit." })
  matched(@Root() edge: LinkedItem): string {
    return edge.matched;
  }
}

async function findEvaluations(
  cuirass: CuirassSession,
  { target }: Sign<EvaluationTarget>,
  report: ReportFault,
): Promise<readonly Evaluation[]> {
  const views = cuirass.views(null);
  switch (target.kind) {
    case "url": {
      const view = views.find(({ server }) => server.url === target.url);
      return view === undefined ? [] : orNone(await view.evaluation(target.evaluationId));
    }
    case "id": {
      // A bare number means something only where there is one Cuirass.
      const [view, ...others] = views;
      return view === undefined || others.length > 0 ? [] : orNone(await view.evaluation(target.evaluationId));
    }
    case "commit": {
      return (await Promise.all(views.map((view) => evaluationsOfCommit(view, target.commit, report)))).flat();
    }
  }
}

function orNone(evaluation: Evaluation | null): readonly Evaluation[] {
  return evaluation === null ? [] : [evaluation];
}
