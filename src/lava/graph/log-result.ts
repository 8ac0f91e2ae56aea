// What a `results` line of a test job's log tells, and the test case that LAVA made of it.

import { Ctx, Field, FieldResolver, Float, ObjectType, Resolver, Root } from "type-graphql";
import type { LogLine } from "../../ci/log.js";
import { LogLineType } from "../../ci/graph/log.type.js";
import { make } from "../../ci/graph/make.js";
import { TestResult } from "../protocol/enums.js";
import { RESULTS, setOf } from "../protocol/test-case.js";
import type { LogResult as ToldResult } from "../protocol/log-line.js";
import type { LavaLogLine } from "../client/log/log-source.js";
import type { LogJob } from "../client/log/log-source.js";
import { TestCase } from "../model/results.type.js";
import type { LavaSession } from "../session.js";

@ObjectType("LogResult", { description: "What a line of a test job's log tells about a test case." })
export class LogResult {
  readonly told!: ToldResult;
  readonly job!: LogJob;

  @Field(() => String, { description: "Name of the case's suite." })
  readonly suite!: string;

  @Field(() => String, { nullable: true, description: "Name of the set that it is grouped in; null for none." })
  readonly set!: string | null;

  @Field(() => String, { description: "Name of the case." })
  readonly name!: string;

  @Field(() => TestResult, { description: "Its verdict." })
  readonly result!: TestResult;

  @Field(() => Float, { nullable: true, description: "What it measured; null when it measured nothing." })
  readonly measurement!: number | null;

  @Field(() => String, { nullable: true, description: "Unit of the measurement as the test wrote it, e.g. `MB`." })
  readonly unit!: string | null;
}

@Resolver(() => LogLineType)
export class LogLineResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: "Where a line of level FEEDBACK comes from; null for other lines, and in Cuirass' logs.",
  })
  namespace(@Root() line: LogLine | LavaLogLine): string | null {
    return "namespace" in line ? line.namespace : null;
  }

  @FieldResolver(() => LogResult, {
    nullable: true,
    description: "What a line of level RESULTS tells about a test case; null for other lines, and in Cuirass' logs.",
  })
  result(@Root() line: LogLine | LavaLogLine): LogResult | null {
    if (!("told" in line) || line.told === null) return null;
    const { told, job } = line;
    const { suite, set, name, unit } = told;
    return make(LogResult, {
      told,
      job,
      suite,
      set: setOf(set),
      name,
      unit,
      result: RESULTS[told.result],
      measurement: told.measurement === null ? null : Number(told.measurement),
    });
  }
}

@Resolver(() => LogResult)
export class LogResultResolver {
  @FieldResolver(() => TestCase, {
    nullable: true,
    description:
      "The test case that LAVA made of it; null until it has, and where nothing tells it from others of its name.",
  })
  async testCase(@Ctx("lava") lava: LavaSession, @Root() { told, job }: LogResult): Promise<TestCase | null> {
    return lava.view(job.serverName).caseOfLine(job.id, told);
  }
}
