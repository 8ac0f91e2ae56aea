// What both systems share: a run is a LAVA test job or a Cuirass build.

import "./enums.js";
import { Ctx, Field, Int, InterfaceType } from "type-graphql";
import { RunPhase, RunOutcome, RunVerdict } from "../enums.js";
import type { OperationScope } from "../../cache/operation-scope.js";
import { connectionOf } from "./connection.type.js";
import { DateTime, secondsBetween } from "./date-time.scalar.js";
import { Log } from "./log.type.js";
import { Node } from "./node.type.js";
import { Server } from "./server.type.js";

@InterfaceType({ implements: Node, description: "A LAVA test job or a Cuirass build." })
export abstract class Run extends Node {
  /** Name of the configured server. */
  readonly serverName!: string;

  @Field(() => String, { description: "What people call it: a test job's description, a build's job name." })
  readonly name!: string;

  @Field(() => RunPhase, { description: "Where it is in its life." })
  readonly phase!: RunPhase;

  @Field(() => RunOutcome, { description: "How the run itself ended; PENDING until it has." })
  readonly outcome!: RunOutcome;

  @Field(() => RunVerdict, {
    nullable: true,
    description: "Whether all is well with it, its test cases included. Null when LAVA does not show you its results.",
  })
  verdict(): RunVerdict | null {
    return verdictOf(this.outcome);
  }

  @Field(() => DateTime, {
    nullable: true,
    description: "When it was submitted or registered; null where the upstream does not say.",
  })
  readonly createdAt!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it began to run; null until then, and for a run canceled in the queue.",
  })
  readonly startedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: "When it ended; null until then." })
  readonly finishedAt!: string | null;

  @Field(() => String, { description: "Its page at its server." })
  readonly url!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Seconds from its start to its end, or to now while it runs; null before its start.",
  })
  durationSeconds(@Ctx("scope") scope: OperationScope): number | null {
    // It grows with every second.
    if (this.startedAt !== null && this.finishedAt === null) scope.forbidReuse();
    return secondsBetween(this.startedAt, this.finishedAt);
  }

  @Field(() => Server, { description: "The server it belongs to." })
  readonly server!: Server;

  @Field(() => Log, { nullable: true, description: "Its log; null when there is none to read yet, or no more." })
  readonly log!: Log | null;
}

/** RFC 3339, both ends outside; null for no end. */
export interface CreatedSpan {
  readonly createdAfter: string | null;
  readonly createdBefore: string | null;
}

/** Of a run without test cases. */
export function verdictOf(outcome: RunOutcome): RunVerdict {
  return outcome === RunOutcome.SUCCEEDED ? RunVerdict.PASSED : RunVerdict[outcome];
}

export const Runs = connectionOf("Run", () => Run, "runs");

/** Milliseconds by which runs of several servers are merged, newest first: creation, or else start or end. */
export function runTime(run: Run): number {
  const time = run.createdAt ?? run.startedAt ?? run.finishedAt;
  return time === null ? Date.now() : Date.parse(time);
}

/** Whether a run's time, as `runTime` has it, is in a span. One without any, such as a build that was canceled in the queue, is in none. */
export function isCreatedWithin(run: Run, { createdAfter, createdBefore }: CreatedSpan): boolean {
  if (createdAfter === null && createdBefore === null) return true;
  const text = run.createdAt ?? run.startedAt ?? run.finishedAt;
  if (text === null) return false;
  const time = Date.parse(text);
  return (
    (createdAfter === null || time > Date.parse(createdAfter)) &&
    (createdBefore === null || time < Date.parse(createdBefore))
  );
}
