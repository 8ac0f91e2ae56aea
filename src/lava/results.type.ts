// What a test job found out: suites, sets, cases, measurements. From the results CSV (see `results.ts`).

import { GraphQLJSONObject } from "graphql-scalars";
import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import { connectionOf } from "../ci/connection.type.js";
import { DateTime } from "../ci/date-time.scalar.js";
import { encodeGlobalId } from "../ci/global-id.js";
import { make } from "../ci/make.js";
import { Node } from "../ci/node.type.js";
import { TestResult } from "./enums.js";
import type { LavaJobId } from "./ids.js";
import type { CaseResult } from "./results.js";

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
export class TestCase extends Node {
  readonly serverName!: string;
  readonly jobNativeId!: LavaJobId;
  readonly wire!: CaseResult;

  @Field(() => ID, { description: "LAVA's own number, unique on its server." })
  readonly caseId!: string;

  @Field(() => String, { description: "Its name." })
  readonly name!: string;

  @Field(() => TestResult, { description: "Its verdict." })
  readonly result!: TestResult;

  @Field(() => Float, { nullable: true, description: "What it measured; null when it measured nothing." })
  readonly measurement!: number | null;

  @Field(() => String, {
    nullable: true,
    description: "What it measured as LAVA holds it: a decimal text without rounding.",
  })
  readonly measurementText!: string | null;

  @Field(() => String, { nullable: true, description: "Unit of the measurement as the test wrote it, e.g. `MB`." })
  readonly unit!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Name of the set that it is grouped in inside its suite; null for none.",
  })
  readonly set!: string | null;

  @Field(() => String, { description: "Name of its suite." })
  readonly suiteName!: string;

  @Field(() => DateTime, { description: "When LAVA noted it." })
  readonly loggedAt!: string;

  @Field(() => Int, {
    nullable: true,
    description: "First line of the job's log that belongs to it, from 0; null when LAVA does not know.",
  })
  readonly startLogLine!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Last line of the job's log that belongs to it; null when LAVA does not know.",
  })
  readonly endLogLine!: number | null;

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
  readonly cases!: readonly TestCase[];

  @Field(() => String, { description: "Its name, unique in its suite." })
  readonly name!: string;

  @Field(() => ResultCounts, { description: "Verdicts of its cases." })
  resultCounts(): ResultCounts {
    return countResults(this.cases.map((testCase) => testCase.wire));
  }
}

@ObjectType({ implements: Node, description: "What one test definition of a job found out." })
export class TestSuite extends Node {
  readonly cases!: readonly TestCase[];

  @Field(() => String, {
    description: "Its name, unique in its job: index and name of the definition, e.g. `0_smoke`.",
  })
  readonly name!: string;

  @Field(() => Boolean, {
    description: "Whether it is LAVA's own suite `lava`: the job's actions and the verdict on the job.",
  })
  readonly internal!: boolean;

  @Field(() => ResultCounts, { description: "Verdicts of its cases." })
  resultCounts(): ResultCounts {
    return countResults(this.cases.map((testCase) => testCase.wire));
  }

  @Field(() => [TestSet], { description: "The sets in it, in the order of their first case." })
  sets(): TestSet[] {
    const sets = groupBy(
      this.cases.filter((testCase) => testCase.set !== null),
      (testCase) => testCase.set ?? "",
    );
    return [...sets].map(([name, cases]) => make(TestSet, { name, cases }));
  }
}

export function countResults(results: readonly CaseResult[]): ResultCounts {
  const counts = { pass: 0, fail: 0, skip: 0, unknown: 0 };
  for (const { result } of results) counts[result] += 1;
  return make(ResultCounts, { ...counts, total: results.length });
}

/** The suites of one test job, in the order in which LAVA made them. */
export function toTestSuites(serverName: string, jobNativeId: LavaJobId, results: readonly CaseResult[]): TestSuite[] {
  const ordered = [...results].sort((a, b) => Number(a.id) - Number(b.id));
  return [...groupBy(ordered, (result) => result.suite)].map(([name, cases]) =>
    make(TestSuite, {
      id: encodeGlobalId("TestSuite", serverName, `${jobNativeId}/${name}`),
      name,
      internal: name === INTERNAL_SUITE,
      cases: cases.map((result) => toTestCase(serverName, jobNativeId, result)),
    }),
  );
}

function toTestCase(serverName: string, jobNativeId: LavaJobId, wire: CaseResult): TestCase {
  return make(TestCase, {
    id: encodeGlobalId("TestCase", serverName, `${jobNativeId}/${wire.id}`),
    serverName,
    jobNativeId,
    wire,
    caseId: wire.id,
    name: wire.name,
    result: TestResult[wire.result.toUpperCase() as keyof typeof TestResult],
    measurement: wire.measurementValue,
    measurementText: wire.measurement,
    unit: wire.unit,
    set: wire.set,
    suiteName: wire.suite,
    loggedAt: wire.logged,
    startLogLine: wire.startLogLine,
    endLogLine: wire.endLogLine,
  });
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
