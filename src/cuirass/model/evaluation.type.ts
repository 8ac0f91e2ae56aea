// A Cuirass evaluation and its jobs in the graph. From `/api/evaluation(s)` and `/api/jobs`.

import { Field, Int, ObjectType } from "type-graphql";
import { connectionOf } from "../../ci/graph/connection.type.js";
import { DateTime, fromUnixSeconds } from "../../ci/graph/date-time.scalar.js";
import { encodeGlobalId } from "../../ci/global-id.js";
import { make } from "../../ci/graph/make.js";
import { Node } from "../../ci/graph/node.type.js";
import { withOddFields } from "../../ci/odd-fields.js";
import { BuildStatus, EvaluationStatus, toBuildStatus, toEvaluationStatus } from "../protocol/enums.js";
import { toBuildId, toEvaluationId } from "../protocol/ids.js";
import type { CuirassBuildId, CuirassEvaluationId } from "../protocol/ids.js";
import type { WireCheckout, WireEvaluation, WireJob, WireJobHistory } from "../protocol/wire.js";

@ObjectType({ description: "The commit of a channel that an evaluation is of." })
export class Checkout {
  @Field(() => String, { description: "The channel's name." })
  readonly channel!: string;

  @Field(() => String, { description: "The commit's hash." })
  readonly commit!: string;

  @Field(() => String, { description: "Store path of the checked out sources on the server." })
  readonly directory!: string;
}

@ObjectType({
  implements: Node,
  description: "One look of Cuirass at a specification's channels: which jobs there are.",
})
export class Evaluation extends Node {
  /** Name of the configured server. */
  readonly serverName!: string;
  /** The integer behind `evaluationId`, branded. */
  readonly nativeId!: CuirassEvaluationId;

  @Field(() => Int, { description: "Cuirass' own number, unique on its server." })
  readonly evaluationId!: number;

  @Field(() => String, { description: "Name of the specification it is of." })
  readonly specificationName!: string;

  @Field(() => EvaluationStatus, { description: "How far it came." })
  readonly status!: EvaluationStatus;

  @Field(() => Int, { description: "Cuirass' code behind `status`." })
  readonly statusCode!: number;

  @Field(() => DateTime, { nullable: true, description: "When it began to look for new commits." })
  readonly startedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: "When it had checked out its channels; null until then." })
  readonly checkoutsAt!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When its jobs were known; null until then, and if it failed.",
  })
  readonly evaluatedAt!: string | null;

  @Field(() => [Checkout], { description: "The commit of each channel of its specification." })
  readonly checkouts!: readonly Checkout[];

  @Field(() => String, { description: "Its page at its server." })
  readonly url!: string;
}
export const Evaluations = connectionOf("Evaluation", () => Evaluation, "evaluations");

/** @param serverUrl the server's address without a closing slash. */
export function toEvaluation(serverName: string, serverUrl: string, wire: WireEvaluation): Evaluation {
  const evaluation = make(Evaluation, {
    id: encodeGlobalId("Evaluation", serverName, wire.id),
    serverName,
    nativeId: toEvaluationId(wire.id),
    evaluationId: wire.id,
    specificationName: wire.specification,
    status: toEvaluationStatus(wire.status),
    statusCode: wire.status,
    startedAt: fromUnixSeconds(wire.timestamp),
    checkoutsAt: fromUnixSeconds(wire.checkouttime),
    evaluatedAt: fromUnixSeconds(wire.evaltime),
    checkouts: toCheckouts(wire.checkouts),
    url: `${serverUrl}/eval/${wire.id}`,
  });
  const fields = {
    specification: ["specificationName"],
    status: ["status", "statusCode"],
    timestamp: ["startedAt"],
    checkouttime: ["checkoutsAt"],
    evaltime: ["evaluatedAt"],
    checkouts: ["checkouts"],
  } as const;
  return withOddFields(evaluation, wire, fields, { server: serverName, what: `evaluation ${wire.id}` });
}

export function toCheckouts(wires: readonly WireCheckout[]): Checkout[] {
  return wires.map((wire) => make(Checkout, wire));
}

@ObjectType({ description: "A named package build of an evaluation; several evaluations may share one build." })
export class Job {
  readonly serverName!: string;
  readonly buildNativeId!: CuirassBuildId;

  @Field(() => String, { description: "Its name, by convention `NAME.SYSTEM`." })
  readonly name!: string;

  @Field(() => BuildStatus, { description: "Status of its build now." })
  readonly status!: BuildStatus;

  @Field(() => Int, { description: "Cuirass' code behind `status`." })
  readonly statusCode!: number;

  @Field(() => Int, { description: "Number of its build, which may belong to an older evaluation." })
  readonly buildId!: number;
}
export const Jobs = connectionOf("Job", () => Job, "jobs");

export function toJob(serverName: string, wire: WireJob): Job {
  const job = make(Job, {
    serverName,
    buildNativeId: toBuildId(wire.build),
    name: wire.name,
    status: toBuildStatus(wire.status),
    statusCode: wire.status,
    buildId: wire.build,
  });
  return withOddFields(
    job,
    wire,
    { name: ["name"], status: ["status", "statusCode"] },
    { server: serverName, what: `job of build ${wire.build}` },
  );
}

@ObjectType({ description: "Jobs of one status." })
export class JobStatusCount {
  @Field(() => BuildStatus, { description: "The status of their builds." })
  readonly status!: BuildStatus;

  @Field(() => Int, { description: "How many there are, at least 1." })
  readonly count!: number;
}

@ObjectType({ description: "How many jobs of an evaluation are how far, builds of older evaluations included." })
export class JobCounts {
  @Field(() => Int, { description: "Jobs whose build succeeded." })
  readonly succeeded!: number;

  @Field(() => Int, { description: "Jobs whose build failed, for whatever reason." })
  readonly failed!: number;

  @Field(() => Int, { description: "Jobs whose build was canceled." })
  readonly canceled!: number;

  @Field(() => Int, { description: "Jobs whose build has yet to end. At 0 the evaluation is complete." })
  readonly pending!: number;

  @Field(() => Int, { description: "All jobs, also those with a status that this version of Etna does not know." })
  readonly total!: number;

  @Field(() => [JobStatusCount], { description: "The same in detail: each status that occurs." })
  readonly byStatus!: readonly JobStatusCount[];
}

export function countJobs(jobs: readonly Job[]): JobCounts {
  const counts = new Map<BuildStatus, number>();
  for (const { status } of jobs) counts.set(status, (counts.get(status) ?? 0) + 1);
  const having = (test: (code: number) => boolean) => jobs.filter(({ statusCode }) => test(statusCode)).length;
  return make(JobCounts, {
    succeeded: having((code) => code === 0),
    failed: having((code) => code >= 1 && code <= 3),
    canceled: having((code) => code === 4),
    pending: having((code) => code < 0),
    total: jobs.length,
    byStatus: Object.values(BuildStatus).flatMap((status) => {
      const count = counts.get(status);
      return count === undefined ? [] : [make(JobStatusCount, { status, count })];
    }),
  });
}

@ObjectType({ description: "What became of some jobs in one evaluation." })
export class JobHistoryEntry {
  readonly serverName!: string;

  @Field(() => Int, { description: "Number of the evaluation." })
  readonly evaluationId!: number;

  @Field(() => [Checkout], { description: "Only the channels whose commit was new in this evaluation." })
  readonly changedCheckouts!: readonly Checkout[];

  @Field(() => [Job], {
    nullable: "items",
    description:
      "The jobs asked for that this evaluation has; null, with an error, in place of one that could not be read.",
  })
  readonly jobs!: readonly Job[];
}

export function toJobHistoryEntry(serverName: string, wire: WireJobHistory[number]): JobHistoryEntry {
  const entry = make(JobHistoryEntry, {
    serverName,
    evaluationId: wire.evaluation,
    changedCheckouts: toCheckouts(wire.checkouts),
    jobs: wire.jobs.map((job) => toJob(serverName, job)),
  });
  const fields = { checkouts: ["changedCheckouts"], jobs: ["jobs"] } as const;
  return withOddFields(entry, wire, fields, { server: serverName, what: `history of evaluation ${wire.evaluation}` });
}
