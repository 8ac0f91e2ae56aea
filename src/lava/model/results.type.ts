// What a test job found out: suites, sets, cases, measurements. From `job-results.ts`.

import { GraphQLJSONObject } from "graphql-scalars";
import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import { connectionOf } from "../../ci/graph/connection.type.js";
import { DateTime } from "../../ci/graph/date-time.scalar.js";
import { encodeGlobalId } from "../../ci/global-id.js";
import { make } from "../../ci/graph/make.js";
import { Node } from "../../ci/graph/node.type.js";
import { TestResult } from "../protocol/enums.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { JobResults, OutcomeCounts } from "../protocol/job-results.js";
import { RESULTS } from "../protocol/test-case.js";
import type { CaseResult } from "../protocol/test-case.js";

/** The suite in which LAVA notes its own actions and the verdict on the job. */
export const INTERNAL_SUITE = "lava";

@ObjectType({ description: "How many test cases had which verdict." })
export class ResultCounts {
  @Field(() => Int, { description: "Cases that passed." })
  readonly pass!: number;

  @Field(() => Int, { description: "Cases that failed." })
  readonly fail!: number;

  @Field(() => Int, { description: "Cases that were skipped." })
  readonly skip!: number;

  @Field(() => Int, { description: "Cases without a verdict." })
  readonly unknown!: number;

  @Field(() => Int, { description: "All cases." })
  readonly total!: number;
}

@ObjectType({
  implements: Node,
  description: "A verdict, possibly with a measurement. Names repeat inside a suite; the id does not.",
})
export class TestCase implements Node {
  constructor(
    readonly serverName: string,
    readonly jobNativeId: LavaJobId,
    readonly wire: CaseResult,
  ) {}

  // Accessors: a screen has thousands of cases, and asks for few of their fields.

  get id(): string {
    return encodeGlobalId("TestCase", this.serverName, `${this.jobNativeId}/${this.wire.id}`);
  }

  @Field(() => ID, { description: "LAVA's own number, unique on its server." })
  get caseId(): string {
    return this.wire.id;
  }

  @Field(() => String, { description: "Its name." })
  get name(): string {
    return this.wire.name;
  }

  @Field(() => TestResult, { description: "Its verdict." })
  get result(): TestResult {
    return RESULTS[this.wire.result];
  }

  @Field(() => Float, { nullable: true, description: "What it measured; null when it measured nothing." })
  get measurement(): number | null {
    return this.wire.measurementValue;
  }

  @Field(() => String, {
    nullable: true,
    description: "What it measured as LAVA holds it: a decimal text without rounding.",
  })
  get measurementText(): string | null {
    return this.wire.measurement;
  }

  @Field(() => String, { nullable: true, description: "Unit of the measurement as the test wrote it, e.g. `MB`." })
  get unit(): string | null {
    return this.wire.unit;
  }

  @Field(() => String, {
    nullable: true,
    description: "Name of the set that it is grouped in inside its suite; null for none.",
  })
  get set(): string | null {
    return this.wire.set;
  }

  @Field(() => String, { description: "Name of its suite." })
  get suiteName(): string {
    return this.wire.suite;
  }

  @Field(() => DateTime, { description: "When LAVA noted it." })
  get loggedAt(): string {
    return this.wire.logged;
  }

  @Field(() => Int, {
    nullable: true,
    description: "First line of the job's log that belongs to it, from 0; null when LAVA does not know.",
  })
  get startLogLine(): number | null {
    return this.wire.startLogLine;
  }

  @Field(() => Int, {
    nullable: true,
    description: "Last line of the job's log that belongs to it; null when LAVA does not know.",
  })
  get endLogLine(): number | null {
    return this.wire.endLogLine;
  }

  @Field(() => String, {
    nullable: true,
    description: "A link that the test gave with its verdict (`lava-test-reference`).",
  })
  reference(): string | null {
    return this.wire.reference;
  }

  @Field(() => Float, { nullable: true, description: "How long LAVA's own action took; null for test cases proper." })
  durationSeconds(): number | null {
    return this.wire.durationSeconds;
  }

  @Field(() => GraphQLJSONObject, { description: "What else LAVA noted about it." })
  metadata(): Readonly<Record<string, unknown>> {
    return this.wire.metadata;
  }
}
export const TestCases = connectionOf("TestCase", () => TestCase, "test cases");

@ObjectType({ description: "Cases that a test groups inside a suite (`lava-test-set`)." })
export class TestSet {
  readonly suite!: TestSuite;

  @Field(() => String, { description: "Its name, unique in its suite." })
  readonly name!: string;

  @Field(() => ResultCounts, { description: "Verdicts of its cases." })
  async resultCounts(): Promise<ResultCounts> {
    return toResultCounts(await this.suite.results.counts({ suite: this.suite.name, set: this.name }));
  }
}

@ObjectType({ implements: Node, description: "What one test definition of a job found out." })
export class TestSuite extends Node {
  readonly serverName!: string;
  readonly jobNativeId!: LavaJobId;
  readonly results!: JobResults;

  /** All of them, held; throws `Overflow` for a very large job. The graph's field asks for pages instead. */
  get cases(): readonly TestCase[] {
    return this.results
      .whole()
      .filter(({ suite }) => suite === this.name)
      .map((result) => toTestCase(this.serverName, this.jobNativeId, result));
  }

  @Field(() => String, {
    description: "Its name, unique in its job: index and name of the definition, e.g. `0_smoke`.",
  })
  readonly name!: string;

  @Field(() => Boolean, {
    description: "Whether it is LAVA's own suite `lava`: the job's actions and the verdict on the job.",
  })
  readonly internal!: boolean;

  @Field(() => ResultCounts, { description: "Verdicts of its cases." })
  async resultCounts(): Promise<ResultCounts> {
    return toResultCounts(await this.results.counts({ suite: this.name }));
  }

  @Field(() => [TestSet], {
    description: "The sets in it, in the order of their first case. An error for a job of more than some 50,000 cases.",
  })
  async sets(): Promise<TestSet[]> {
    return (await this.results.setNames(this.name)).map((name) => make(TestSet, { suite: this, name }));
  }
}

/** Verdicts of a job's cases, with or without LAVA's own suite. */
export async function countResults(results: JobResults, internal: boolean): Promise<ResultCounts> {
  const all = await results.counts({});
  if (internal) return toResultCounts(all);
  const own = await results.counts({ suite: INTERNAL_SUITE });
  return toResultCounts({
    pass: all.pass - own.pass,
    fail: all.fail - own.fail,
    skip: all.skip - own.skip,
    unknown: all.unknown - own.unknown,
  });
}

/** Whether a test case has failed, LAVA's own suite apart. */
export async function hasFailures(results: JobResults): Promise<boolean> {
  const { fail } = await results.counts({ results: ["fail"] });
  return fail > 0 && fail > (await results.counts({ suite: INTERNAL_SUITE, results: ["fail"] })).fail;
}

function toResultCounts(counts: OutcomeCounts): ResultCounts {
  return make(ResultCounts, { ...counts, total: counts.pass + counts.fail + counts.skip + counts.unknown });
}

/** The suites of one test job, in the order in which LAVA made them. */
export async function toTestSuites(
  serverName: string,
  jobNativeId: LavaJobId,
  results: JobResults,
): Promise<TestSuite[]> {
  return (await results.suiteNames()).map((name) =>
    make(TestSuite, {
      id: encodeGlobalId("TestSuite", serverName, `${jobNativeId}/${name}`),
      serverName,
      jobNativeId,
      results,
      name,
      internal: name === INTERNAL_SUITE,
    }),
  );
}

export function toTestCase(serverName: string, jobNativeId: LavaJobId, wire: CaseResult): TestCase {
  return new TestCase(serverName, jobNativeId, wire);
}
