// What `etna wait` sees of what it waits for: one form for test jobs, builds and evaluations.

import type { EtnaClient } from "#client";
import type { Targets } from "../remote/addresses.js";
import { WaitForBuildsDocument, WaitForEvaluationDocument, WaitForTestJobsDocument } from "../generated/graphql.js";
import type {
  WaitForBuildsSubscription,
  WaitForEvaluationSubscription,
  WaitForTestJobsSubscription,
} from "../generated/graphql.js";

/** `subscribe` of the client, until all is over. */
export type Subscribe = EtnaClient["subscribe"];

export interface Sight {
  /** As the user may write it: `1234`, `build:4711`. */
  readonly name: string;
  /** In the words of its system; the same where nothing that is told has changed. */
  readonly state: string;
  readonly about: string;
  readonly ended: boolean;
  /** False until it has ended. */
  readonly succeeded: boolean;
  /** `id` of the run whose log can be followed; null where there is none. */
  readonly run: string | null;
}

/** One subscription, and what it has told so far. */
export interface Follow {
  /** What it is of, as the user may write it. */
  readonly names: readonly string[];
  /** Completes when all of them have ended. */
  readonly sights: AsyncIterable<Sight>;
  /** The newest sight of each, by its own name: a node of a multinode job tells its number where `2008.1` was asked. */
  readonly last: Map<string, Sight>;
}

/** One for all test jobs, one for all builds, one for each evaluation. */
export function followAll(subscribe: Subscribe, targets: Targets): readonly Follow[] {
  const { jobIds, lava, buildIds, evaluationIds, cuirass } = targets;
  const all = [
    { names: jobIds, sights: followJobs(subscribe, jobIds, lava) },
    { names: buildIds.map((id) => `build:${id}`), sights: followBuilds(subscribe, buildIds, cuirass) },
    ...evaluationIds.map((id) => ({ names: [`evaluation:${id}`], sights: followEvaluation(subscribe, id, cuirass) })),
  ];
  // A generator asks nothing before it is read.
  return all.filter(({ names }) => names.length > 0).map((one) => ({ ...one, last: new Map<string, Sight>() }));
}

async function* followJobs(subscribe: Subscribe, ids: readonly string[], server: string | null): AsyncGenerator<Sight> {
  const variables = { jobIds: [...ids], server };
  for await (const { testJobUpdates } of subscribe(WaitForTestJobsDocument, variables)) {
    yield seeJob(testJobUpdates);
  }
}

async function* followBuilds(
  subscribe: Subscribe,
  ids: readonly number[],
  server: string | null,
): AsyncGenerator<Sight> {
  const variables = { buildIds: [...ids], server };
  for await (const { buildUpdates } of subscribe(WaitForBuildsDocument, variables)) yield seeBuild(buildUpdates);
}

async function* followEvaluation(subscribe: Subscribe, id: number, server: string | null): AsyncGenerator<Sight> {
  const variables = { evaluationId: id, server };
  for await (const { evaluationUpdates } of subscribe(WaitForEvaluationDocument, variables)) {
    yield seeEvaluation(evaluationUpdates);
  }
}

function seeJob({ state, health, testJob }: WaitForTestJobsSubscription["testJobUpdates"]): Sight {
  const { id, jobId, name, failure } = testJob;
  const ended = state === "FINISHED";
  const reason = failure == null ? "" : `  (${failure.kind}${failure.message == null ? "" : `: ${failure.message}`})`;
  return {
    name: jobId,
    state: ended ? `${state} ${health}` : state,
    about: `${name}${reason}`,
    ended,
    succeeded: ended && health === "COMPLETE",
    run: id,
  };
}

function seeBuild({ status, build }: WaitForBuildsSubscription["buildUpdates"]): Sight {
  return {
    name: `build:${build.buildId}`,
    state: status,
    about: build.job,
    ended: build.phase === "FINISHED",
    succeeded: status === "SUCCEEDED",
    run: build.id,
  };
}

function seeEvaluation(update: WaitForEvaluationSubscription["evaluationUpdates"]): Sight {
  const { status, counts, evaluation } = update;
  return {
    name: `evaluation:${evaluation.evaluationId}`,
    state: counts == null || counts.total === 0 ? status : `${status}, ${describeCounts(counts)}`,
    about: evaluation.specificationName,
    ended: status !== "STARTED" && counts?.pending === 0,
    succeeded: status === "SUCCEEDED" && counts != null && counts.succeeded === counts.total,
    run: null,
  };
}

type Counts = NonNullable<WaitForEvaluationSubscription["evaluationUpdates"]["counts"]>;

/** `7 of 11 builds succeeded, 1 failed, 3 pending`. */
function describeCounts({ total, succeeded, failed, canceled, pending }: Counts): string {
  const others = Object.entries({ failed, canceled, pending }).filter(([, count]) => count > 0);
  return [`${succeeded} of ${total} builds succeeded`, ...others.map(([what, count]) => `${count} ${what}`)].join(", ");
}
