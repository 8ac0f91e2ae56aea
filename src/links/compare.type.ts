// What `compareRuns` answers: test jobs by their test cases, evaluations by their jobs.

import { Field, Float, Int, ObjectType, createUnionType } from "type-graphql";
import { connectionOf } from "../ci/graph/connection.type.js";
import { Evaluation, Job } from "../cuirass/index.js";
import { TestCase, TestJob } from "../lava/index.js";
import type { Comparison } from "./compare.js";

@ObjectType({ description: "A test case in two test jobs." })
export class TestCaseChange {
  /** Unique in its comparison. */
  readonly key!: string;

  @Field(() => String, { description: "Name of its suite." })
  readonly suiteName!: string;

  @Field(() => String, { nullable: true, description: "Name of its set; null for none." })
  readonly set!: string | null;

  @Field(() => String, { description: "Its name. Where it repeats in a suite, first goes with first, and so on." })
  readonly name!: string;

  @Field(() => TestCase, { nullable: true, description: "As it was; null when it is new." })
  readonly before!: TestCase | null;

  @Field(() => TestCase, { nullable: true, description: "As it is; null when it is gone." })
  readonly after!: TestCase | null;

  @Field(() => Float, {
    nullable: true,
    description: "What was measured after, less what was before; null unless both were, in the same unit.",
  })
  measurementChange(): number | null {
    return hasComparableMeasurements(this) ? this.after.measurement - this.before.measurement : null;
  }

  @Field(() => Float, {
    nullable: true,
    description: "What was measured after by what was before, e.g. 1.1 for a tenth more; null where there is none.",
  })
  measurementRatio(): number | null {
    if (!hasComparableMeasurements(this) || this.before.measurement === 0) return null;
    return this.after.measurement / this.before.measurement;
  }
}
export const TestCaseChanges = connectionOf("TestCaseChange", () => TestCaseChange, "test cases in two test jobs");

type Measured = TestCase & { readonly measurement: number };

export function hasComparableMeasurements<
  T extends { readonly before: TestCase | null; readonly after: TestCase | null },
>(change: T): change is T & { readonly before: Measured; readonly after: Measured } {
  const { before, after } = change;
  if (before === null || after === null || before.measurement === null || after.measurement === null) return false;
  return before.unit === after.unit;
}

@ObjectType({ description: "A job in two evaluations." })
export class JobChange {
  /** Unique in its comparison. */
  readonly key!: string;

  @Field(() => String, { description: "Its name, by convention `NAME.SYSTEM`." })
  readonly name!: string;

  @Field(() => Job, { nullable: true, description: "As it was; null when it is new." })
  readonly before!: Job | null;

  @Field(() => Job, { nullable: true, description: "As it is; null when it is gone." })
  readonly after!: Job | null;
}
export const JobChanges = connectionOf("JobChange", () => JobChange, "jobs in two evaluations");

@ObjectType({
  description:
    "Two test jobs by their test cases, matched by suite, set and name. Each case is in one of the lists, or counted in `unchangedCount`; each list is in the order of the suites, at most 1000 a page, 100 by default.",
})
export class TestJobComparison {
  readonly comparison!: Comparison<TestCase>;

  @Field(() => TestJob, { description: "The test job `a`, which counts as the older one." })
  readonly before!: TestJob;

  @Field(() => TestJob, { description: "The test job `b`." })
  readonly after!: TestJob;

  @Field(() => Int, { description: "Cases with the same verdict as before, failing ones apart." })
  unchangedCount(): number {
    return this.comparison.unchanged.length;
  }
}

@ObjectType({
  description:
    "Two evaluations by their jobs, matched by name. A job fails when its build failed for whatever reason. Each job is in one of the lists, or counted in `unchangedCount`; each list is by name, at most 1000 a page, 100 by default. An evaluation has no jobs before it has succeeded.",
})
export class EvaluationComparison {
  readonly comparison!: Comparison<Job>;

  @Field(() => Evaluation, { description: "The evaluation `a`, which counts as the older one." })
  readonly before!: Evaluation;

  @Field(() => Evaluation, { description: "The evaluation `b`." })
  readonly after!: Evaluation;

  @Field(() => Int, { description: "Jobs with the same status as before, failing ones apart." })
  unchangedCount(): number {
    return this.comparison.unchanged.length;
  }
}

export const RunComparison = createUnionType({
  name: "RunComparison",
  description: "What changed between two test jobs or between two evaluations.",
  types: () => [TestJobComparison, EvaluationComparison] as const,
});
