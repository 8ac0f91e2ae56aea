// Pages of test cases, and what leads from a case, a set or a suite to the rest of its job.

import { Args, ArgsType, Ctx, Field, FieldResolver, InputType, Resolver, Root } from "type-graphql";
import { LongListArgs } from "../../ci/graph/connection.type.js";
import { Log } from "../../ci/graph/log.type.js";
import { make } from "../../ci/graph/make.js";
import { readPageArgs } from "../../ci/page.js";
import { InputRefused } from "../../errors.js";
import { TestResult } from "../protocol/enums.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { CaseWhere, JobResults } from "../protocol/job-results.js";
import { readList } from "../model/input.js";
import { sliceOf } from "../client/log/log-source.js";
import type { CaseOutcome } from "../protocol/test-case.js";
import { TestCase, TestCases, TestSet, TestSuite, toTestCase } from "../model/results.type.js";
import type { LavaSession } from "../session.js";
import { TestJob } from "../model/test-job.type.js";

@InputType({ description: "Which test cases; all that are given must hold." })
class TestCaseFilter {
  @Field(() => [TestResult], { nullable: true, description: "With one of these verdicts." })
  results?: TestResult[] | null;

  @Field(() => String, { nullable: true, description: "In the set of this name." })
  set?: string | null;

  @Field(() => String, { nullable: true, description: "Of this name." })
  name?: string | null;
}

@InputType({ description: "Which test cases of a job; all that are given must hold." })
class TestJobCaseFilter extends TestCaseFilter {
  @Field(() => String, { nullable: true, description: "In the suite of this name." })
  suite?: string | null;
}

@ArgsType()
class TestCasesArgs extends LongListArgs {
  @Field(() => TestCaseFilter, { nullable: true, description: "Which ones; all when left out." })
  filter?: TestCaseFilter | null;
}

@ArgsType()
class TestJobCasesArgs extends LongListArgs {
  @Field(() => TestJobCaseFilter, { nullable: true, description: "Which ones; all when left out." })
  filter?: TestJobCaseFilter | null;
}

interface CaseOwner {
  readonly serverName: string;
  readonly jobNativeId: LavaJobId;
  readonly results: JobResults;
}

async function pageOfCases(owner: CaseOwner, within: CaseWhere, args: TestJobCasesArgs) {
  const { serverName, jobNativeId, results } = owner;
  const { suite, set, name } = args.filter ?? {};
  const texts = { suite, set, name };
  for (const [name, text] of Object.entries(texts)) {
    // LAVA takes an empty value for no filter at all and would return everything.
    if (text === "") throw new InputRefused(`filter.${name}`, "is empty; leave it out to see all");
  }
  if (within.set != null && texts.set != null && texts.set !== within.set) {
    throw new InputRefused("filter.set", `these are the cases of the set "${within.set.slice(0, 60)}" already`);
  }
  const outcomes = readList("filter.results", args.filter?.results)?.map((result) => OUTCOMES[result]);
  const page = await results.page({ ...texts, results: outcomes, ...within }, readPageArgs(args));
  const items = page.items.map(({ cursor, node }) => ({ cursor, node: toTestCase(serverName, jobNativeId, node) }));
  const { hasNextPage, hasPreviousPage, totalCount } = page;
  return TestCases.of({ items, hasNextPage, hasPreviousPage, totalCount });
}

const OUTCOMES: Readonly<Record<TestResult, CaseOutcome>> = {
  PASS: "pass",
  FAIL: "fail",
  SKIP: "skip",
  UNKNOWN: "unknown",
};

const CASES = { description: "Its cases in the order in which LAVA noted them." };

@Resolver(() => TestJob)
export class TestJobResultsResolver {
  @FieldResolver(() => TestCases.Connection, {
    nullable: true,
    description: "The cases of all its suites, in the order in which LAVA noted them.",
  })
  async cases(
    @Ctx("lava") lava: LavaSession,
    @Root() job: TestJob,
    @Args(() => TestJobCasesArgs) args: TestJobCasesArgs,
  ) {
    const results = await lava.view(job.serverName).jobResults(job.nativeId);
    const owner = { serverName: job.serverName, jobNativeId: job.nativeId };
    return results === null ? null : pageOfCases({ ...owner, results }, {}, args);
  }
}

const TEST_JOB = { nullable: true, description: "The test job that it belongs to." };

@Resolver(() => TestSuite)
export class TestSuiteResolver {
  @FieldResolver(() => TestCases.Connection, CASES)
  cases(@Root() suite: TestSuite, @Args(() => TestCasesArgs) args: TestCasesArgs) {
    return pageOfCases(suite, { suite: suite.name }, args);
  }

  @FieldResolver(() => TestJob, TEST_JOB)
  async testJob(@Ctx("lava") lava: LavaSession, @Root() suite: TestSuite): Promise<TestJob | null> {
    return lava.view(suite.serverName).testJob(suite.jobNativeId);
  }
}

@Resolver(() => TestSet)
export class TestSetResolver {
  @FieldResolver(() => TestCases.Connection, CASES)
  cases(@Root() set: TestSet, @Args(() => TestCasesArgs) args: TestCasesArgs) {
    return pageOfCases(set.suite, { suite: set.suite.name, set: set.name }, args);
  }
}

@Resolver(() => TestCase)
export class TestCaseResolver {
  @FieldResolver(() => TestSuite, { nullable: true, description: "The suite that it belongs to." })
  async suite(@Ctx("lava") lava: LavaSession, @Root() testCase: TestCase): Promise<TestSuite | null> {
    const suites = await lava.view(testCase.serverName).suites(testCase.jobNativeId);
    return suites?.find((suite) => suite.name === testCase.suiteName) ?? null;
  }

  @FieldResolver(() => TestJob, TEST_JOB)
  async testJob(@Ctx("lava") lava: LavaSession, @Root() testCase: TestCase): Promise<TestJob | null> {
    return lava.view(testCase.serverName).testJob(testCase.jobNativeId);
  }

  @FieldResolver(() => Log, {
    nullable: true,
    description:
      "The job's log lines that belong to it, only the first where LAVA knows no last; null when it does not know where they are.",
  })
  async log(@Ctx("lava") lava: LavaSession, @Root() testCase: TestCase): Promise<Log | null> {
    const { serverName, jobNativeId, startLogLine, endLogLine } = testCase;
    if (startLogLine === null) return null;
    const view = lava.view(serverName);
    const job = await view.testJob(jobNativeId);
    if (job === null) return null;
    const end = Math.max(endLogLine ?? startLogLine, startLogLine) + 1;
    return make(Log, {
      source: sliceOf(view.logSource(job), startLogLine, end),
      rawUrl: `${view.server.url}/api/v0.2/jobs/${jobNativeId}/logs/?start=${startLogLine}&end=${end}`,
    });
  }
}
