// Pages of test cases, and the log lines that belong to one.

import { Args, ArgsType, Ctx, Field, FieldResolver, InputType, Resolver, Root } from "type-graphql";
import { ConnectionArgs } from "../ci/connection.type.js";
import { Log } from "../ci/log.type.js";
import { make } from "../ci/make.js";
import { pageOfArray, readPageArgs } from "../ci/page.js";
import { TestResult } from "./enums.js";
import { createLogSource, sliceOf } from "./log-source.js";
import { TestCase, TestCases, TestSet, TestSuite } from "./results.type.js";
import type { LavaSession } from "./session.js";

const CASE_LIMITS = { default: 100, max: 1_000 };

@InputType({ description: "Which test cases; all that are given must hold." })
class TestCaseFilter {
  @Field(() => TestResult, { nullable: true, description: "With this verdict." })
  result?: TestResult | null;

  @Field(() => String, { nullable: true, description: "In the set of this name." })
  set?: string | null;

  @Field(() => String, { nullable: true, description: "Of this name." })
  name?: string | null;
}

@ArgsType()
class TestCasesArgs extends ConnectionArgs {
  @Field(() => TestCaseFilter, { nullable: true, description: "Which ones; all when left out." })
  filter?: TestCaseFilter | null;
}

function pageOfCases(cases: readonly TestCase[], args: TestCasesArgs) {
  const { result, set, name } = args.filter ?? {};
  const wanted = cases.filter(
    (testCase) =>
      (result == null || testCase.result === result) &&
      (set == null || testCase.set === set) &&
      (name == null || testCase.name === name),
  );
  return TestCases.of(pageOfArray(wanted, readPageArgs(args, CASE_LIMITS), (testCase) => testCase.caseId));
}

const CASES = { description: "Its cases in the order in which LAVA noted them; at most 1000 a page, 100 by default." };

@Resolver(() => TestSuite)
export class TestSuiteResolver {
  @FieldResolver(() => TestCases.Connection, CASES)
  cases(@Root() suite: TestSuite, @Args(() => TestCasesArgs) args: TestCasesArgs) {
    return pageOfCases(suite.cases, args);
  }
}

@Resolver(() => TestSet)
export class TestSetResolver {
  @FieldResolver(() => TestCases.Connection, CASES)
  cases(@Root() set: TestSet, @Args(() => TestCasesArgs) args: TestCasesArgs) {
    return pageOfCases(set.cases, args);
  }
}

@Resolver(() => TestCase)
export class TestCaseResolver {
  @FieldResolver(() => Log, {
    nullable: true,
    description: "The job's log lines that belong to it; null when LAVA does not know where they are.",
  })
  log(@Ctx("lava") lava: LavaSession, @Root() testCase: TestCase): Log | null {
    const { serverName, jobNativeId, startLogLine, endLogLine } = testCase;
    if (startLogLine === null) return null;
    const { server, token } = lava.view(serverName);
    const end = (endLogLine ?? startLogLine) + 1;
    return make(Log, {
      source: sliceOf(createLogSource(server.client, jobNativeId, token), startLogLine, end),
      rawUrl: `${server.url}/api/v0.2/jobs/${jobNativeId}/logs/?start=${startLogLine}&end=${end}`,
    });
  }
}
