// `compareRuns`: new failures, fixes and more, between two test jobs or two evaluations.

import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import { LongListArgs } from "../ci/graph/connection.type.js";
import { decodeGlobalId } from "../ci/global-id.js";
import { make } from "../ci/graph/make.js";
import { pageOfArray, readPageArgs } from "../ci/page.js";
import type { Job, CuirassSession } from "../cuirass/index.js";
import { InputRefused } from "../errors.js";
import { INTERNAL_SUITE, TestResult, parseJobId, toTestCase } from "../lava/index.js";
import type { LavaSession, LavaView, TestCase, TestJob } from "../lava/index.js";
import { compare, formerSuites } from "./compare.js";
import type { Pair } from "./compare.js";
import {
  EvaluationComparison,
  JobChange,
  JobChanges,
  RunComparison,
  TestCaseChange,
  TestCaseChanges,
  TestJobComparison,
  hasComparableMeasurements,
} from "./compare.type.js";

@Resolver()
export class CompareResolver {
  @Query(() => RunComparison, {
    nullable: true,
    description:
      "What changed from `a` to `b`: two test jobs, by their test cases, or two evaluations, by their jobs; possibly of different servers. A suite is compared with the one of its name, whatever its index: `1_smoke` with `2_smoke` of a job that ran one more definition before it. A test job of more than some 50,000 cases can't be compared. Null when one of them does not exist or is not for you to see.",
  })
  async compareRuns(
    @Ctx("lava") lava: LavaSession,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("a", () => ID, { description: "Id of a test job or an evaluation, which counts as the older one." }) a: string,
    @Arg("b", () => ID, { description: "Id of another one of the same kind." }) b: string,
    @Arg("internal", () => Boolean, {
      defaultValue: false,
      description: "Compare LAVA's own actions too, those of suite `lava`. Means nothing for evaluations.",
    })
    internal: boolean,
  ): Promise<TestJobComparison | EvaluationComparison | null> {
    const [before, after] = [readId("a", a), readId("b", b)];
    if (before.typeName !== after.typeName) {
      throw new InputRefused("b", `is the id of another kind than \`a\`: ${after.typeName}, not ${before.typeName}`);
    }
    return before.typeName === "TestJob"
      ? compareTestJobs(lava, before, after, internal)
      : compareEvaluations(cuirass, before, after);
  }
}

interface RunId {
  readonly typeName: string;
  readonly server: string;
  readonly key: string;
}

function readId(argument: string, text: string): RunId {
  let id: RunId;
  try {
    id = decodeGlobalId(text);
  } catch {
    throw new InputRefused(argument, "is not an id of this graph; take one from a field `id`");
  }
  if (id.typeName === "TestJob" || id.typeName === "Evaluation") return id;
  throw new InputRefused(argument, `is the id of a ${id.typeName}; test jobs and evaluations can be compared`);
}

async function compareTestJobs(
  lava: LavaSession,
  a: RunId,
  b: RunId,
  internal: boolean,
): Promise<TestJobComparison | null> {
  const views = [lava.view(a.server), lava.view(b.server)] as const;
  // The jobs first: only they tell whether the viewer may see the results.
  const [before, after] = await Promise.all([testJob(views[0], a.key), testJob(views[1], b.key)]);
  if (before === null || after === null) return null;
  const [old, now] = await Promise.all([
    casesOf("a", views[0], before, internal),
    casesOf("b", views[1], after, internal),
  ]);
  const formerName = formerSuites(old.map(suiteOf), now.map(suiteOf));
  const comparison = compare(old, now, {
    keyOf: ({ suiteName, set, name }, list) =>
      JSON.stringify([list === "after" ? (formerName.get(suiteName) ?? suiteName) : suiteName, set, name]),
    isFailure: ({ result }) => result === TestResult.FAIL,
    isSuccess: ({ result }) => result === TestResult.PASS,
    isSame: (one, other) => one.result === other.result,
  });
  return make(TestJobComparison, { comparison, before, after });
}

function suiteOf({ suiteName }: TestCase): string {
  return suiteName;
}

async function testJob(view: LavaView, key: string): Promise<TestJob | null> {
  const id = parseJobId(key);
  return id === null ? null : view.testJob(id);
}

async function casesOf(argument: string, view: LavaView, job: TestJob, internal: boolean): Promise<TestCase[]> {
  const results = await view.results(job.nativeId);
  if (results === null) throw new InputRefused(argument, `LAVA does not show you the results of test job ${job.jobId}`);
  return results
    .filter(({ suite }) => internal || suite !== INTERNAL_SUITE)
    .sort((one, other) => Number(one.id) - Number(other.id))
    .map((result) => toTestCase(view.name, job.nativeId, result));
}

async function compareEvaluations(cuirass: CuirassSession, a: RunId, b: RunId): Promise<EvaluationComparison | null> {
  const views = [cuirass.view(a.server), cuirass.view(b.server)] as const;
  const [before, after] = await Promise.all([
    views[0].evaluationOrHidden(Number(a.key)),
    views[1].evaluationOrHidden(Number(b.key)),
  ]);
  if (before === null || after === null) return null;
  const [old, now] = await Promise.all([views[0].jobs(before), views[1].jobs(after)]);
  const comparison = compare(old, now, {
    keyOf: ({ name }) => name,
    // 1 failed, 2 a dependency did, 3 for another reason; 4 is canceled.
    isFailure: ({ statusCode }) => statusCode >= 1 && statusCode <= 3,
    isSuccess: ({ statusCode }) => statusCode === 0,
    isSame: (one, other) => one.statusCode === other.statusCode,
  });
  return make(EvaluationComparison, { comparison, before, after });
}

function pageOfCases(pairs: readonly Pair<TestCase>[], args: LongListArgs) {
  const changes = pairs.flatMap(({ key, before, after }) => {
    const one = after ?? before;
    if (one === null) return [];
    const { suiteName, set, name } = one;
    return [make(TestCaseChange, { key, suiteName, set, name, before, after })];
  });
  return TestCaseChanges.of(pageOfArray(changes, readPageArgs(args), cursorOf));
}

function pageOfJobs(pairs: readonly Pair<Job>[], args: LongListArgs) {
  const changes = pairs.flatMap(({ key, before, after }) => {
    const one = after ?? before;
    return one === null ? [] : [make(JobChange, { key, name: one.name, before, after })];
  });
  return JobChanges.of(pageOfArray(changes, readPageArgs(args), cursorOf));
}

function cursorOf({ key }: { readonly key: string }): string {
  return Buffer.from(key, "utf8").toString("base64url");
}

@Resolver(() => TestJobComparison)
export class TestJobComparisonResolver {
  @FieldResolver(() => TestCaseChanges.Connection, { description: "Cases that fail now and did not before." })
  newFailures(@Root() { comparison }: TestJobComparison, @Args(() => LongListArgs) args: LongListArgs) {
    return pageOfCases(comparison.newFailures, args);
  }

  @FieldResolver(() => TestCaseChanges.Connection, { description: "Cases that failed before and pass now." })
  fixed(@Root() { comparison }: TestJobComparison, @Args(() => LongListArgs) args: LongListArgs) {
    return pageOfCases(comparison.fixed, args);
  }

  @FieldResolver(() => TestCaseChanges.Connection, { description: "Cases that failed before and fail now." })
  stillFailing(@Root() { comparison }: TestJobComparison, @Args(() => LongListArgs) args: LongListArgs) {
    return pageOfCases(comparison.stillFailing, args);
  }

  @FieldResolver(() => TestCaseChanges.Connection, {
    description: "Cases with another verdict than before that are in no other list, such as skipped ones.",
  })
  otherwiseChanged(@Root() { comparison }: TestJobComparison, @Args(() => LongListArgs) args: LongListArgs) {
    return pageOfCases(comparison.otherwiseChanged, args);
  }

  @FieldResolver(() => TestCaseChanges.Connection, { description: "Cases that only `a` has." })
  missing(@Root() { comparison }: TestJobComparison, @Args(() => LongListArgs) args: LongListArgs) {
    return pageOfCases(comparison.missing, args);
  }

  @FieldResolver(() => TestCaseChanges.Connection, { description: "Cases that only `b` has, failing ones too." })
  added(@Root() { comparison }: TestJobComparison, @Args(() => LongListArgs) args: LongListArgs) {
    return pageOfCases(comparison.added, args);
  }

  @FieldResolver(() => TestCaseChanges.Connection, {
    description: "Cases that measured something else than before, in the same unit; whatever their verdict.",
  })
  measurementChanges(@Root() { comparison }: TestJobComparison, @Args(() => LongListArgs) args: LongListArgs) {
    const { newFailures, fixed, stillFailing, otherwiseChanged, unchanged } = comparison;
    const both = [newFailures, fixed, stillFailing, otherwiseChanged, unchanged].flat();
    const changed = both.filter(
      (pair) => hasComparableMeasurements(pair) && pair.before.measurementText !== pair.after.measurementText,
    );
    return pageOfCases(changed, args);
  }
}

@Resolver(() => EvaluationComparison)
export class EvaluationComparisonResolver {
  @FieldResolver(() => JobChanges.Connection, { description: "Jobs that fail now and did not before." })
  newFailures(@Root() { comparison }: EvaluationComparison, @Args(() => LongListArgs) args: LongListArgs) {
    return pageOfJobs(comparison.newFailures, args);
  }

  @FieldResolver(() => JobChanges.Connection, { description: "Jobs that failed before and succeed now." })
  fixed(@Root() { comparison }: EvaluationComparison, @Args(() => LongListArgs) args: LongListArgs) {
    return pageOfJobs(comparison.fixed, args);
  }

  @FieldResolver(() => JobChanges.Connection, { description: "Jobs that failed before and fail now." })
  stillFailing(@Root() { comparison }: EvaluationComparison, @Args(() => LongListArgs) args: LongListArgs) {
    return pageOfJobs(comparison.stillFailing, args);
  }

  @FieldResolver(() => JobChanges.Connection, {
    description: "Jobs with another status than before that are in no other list: canceled, or yet to be built.",
  })
  otherwiseChanged(@Root() { comparison }: EvaluationComparison, @Args(() => LongListArgs) args: LongListArgs) {
    return pageOfJobs(comparison.otherwiseChanged, args);
  }

  @FieldResolver(() => JobChanges.Connection, { description: "Jobs that only `a` has." })
  missing(@Root() { comparison }: EvaluationComparison, @Args(() => LongListArgs) args: LongListArgs) {
    return pageOfJobs(comparison.missing, args);
  }

  @FieldResolver(() => JobChanges.Connection, { description: "Jobs that only `b` has, failing ones too." })
  added(@Root() { comparison }: EvaluationComparison, @Args(() => LongListArgs) args: LongListArgs) {
    return pageOfJobs(comparison.added, args);
  }
}
