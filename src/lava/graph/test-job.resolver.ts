// Test jobs: the root fields, and the fields of a job that need another call.

import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Info, Query, Resolver, Root } from "type-graphql";
import { ConnectionArgs } from "../../ci/graph/connection.type.js";
import { Log } from "../../ci/graph/log.type.js";
import { make } from "../../ci/graph/make.js";
import { RunOutcome, RunVerdict } from "../../ci/enums.js";
import { mergePages, readPageArgs } from "../../ci/page.js";
import { verdictOf } from "../../ci/graph/run.type.js";
import { selectsAny } from "../../ci/graph/selection.js";
import { Report } from "../../ci/graph/report.js";
import type { ReportFault } from "../../ci/graph/report.js";
import { Device, DeviceType } from "../model/device.type.js";
import { TestJobHealth } from "../protocol/enums.js";
import { findJobId } from "../protocol/ids.js";
import { LavaServer } from "../model/lava-server.type.js";
import { INTERNAL_SUITE, ResultCounts, TestSuite, countResults, hasFailures } from "../model/results.type.js";
import type { LavaSession } from "../session.js";
import { TestJobFilter, TestJobOrder, readOrder, readTestJobFilter } from "../model/test-job-filter.js";
import { timeIn } from "../model/test-job-order.js";
import { TestJob, TestJobFailure, TestJobs, toFailureKind } from "../model/test-job.type.js";

/** Fields of a test job that users get from XML-RPC. */
const BY_XML_RPC = new Set(
  "suites cases resultCounts verdict failure tags visibility viewingGroups subId multinode".split(" "),
);

@ArgsType()
class TestJobsArgs extends ConnectionArgs {
  @Field(() => TestJobFilter, { nullable: true, description: "Which ones; all when left out." })
  filter?: TestJobFilter | null;

  @Field(() => TestJobOrder, { nullable: true, description: "In which order; by ID, highest first, when left out." })
  orderBy?: TestJobOrder | null;

  @Field(() => String, { nullable: true, description: "Only of this LAVA server." })
  server?: string | null;
}

@Resolver(() => TestJob)
export class TestJobResolver {
  @Query(() => TestJob, { nullable: true, description: "One test job; null when there is none that you may see." })
  async testJob(
    @Ctx("lava") lava: LavaSession,
    @Arg("jobId", () => ID, { description: "LAVA's number, `1234`, or `2008.1` for a node of a multinode job." })
    jobId: string,
    @Arg("server", () => String, { nullable: true, description: "Needed with several LAVA servers." })
    server?: string | null,
  ): Promise<TestJob | null> {
    const view = lava.view(server);
    const id = findJobId("jobId", jobId);
    return id === null ? null : view.testJob(id);
  }

  @Query(() => TestJobs.Connection, {
    nullable: true,
    description: "Test jobs of all LAVA servers, newest first unless `orderBy` says otherwise.",
  })
  async testJobs(
    @Report() report: ReportFault,
    @Ctx("lava") lava: LavaSession,
    @Args(() => TestJobsArgs) args: TestJobsArgs,
    @Info() info: GraphQLResolveInfo,
  ) {
    const request = readPageArgs(args);
    const search = readTestJobFilter(args.filter ?? {});
    const order = readOrder(args.orderBy);
    const views = lava.views(args.server);
    // XML-RPC wants the user's name, which is learned once: beside the list, not after it. What is wrong, the list tells.
    if (selectsAny(info, BY_XML_RPC)) for (const view of views) view.client.owner(view.ask).catch(() => undefined);
    const sources = views.map((view) => ({
      server: view.name,
      page: async (part: typeof request) => view.testJobs(await view.searchFor(search), order, part),
    }));
    return TestJobs.of(await mergePages(sources, request, timeIn(order), report));
  }

  @FieldResolver(() => LavaServer, { description: "The server it belongs to." })
  server(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): LavaServer {
    return lava.view(job.serverName).toServer();
  }

  @FieldResolver(() => Device, {
    nullable: true,
    description: "The device it runs or ran on; null before it is scheduled.",
  })
  async device(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Promise<Device | null> {
    const hostname = job.wire.actual_device;
    return hostname === null ? null : lava.view(job.serverName).device(hostname);
  }

  @FieldResolver(() => DeviceType, {
    nullable: true,
    description: "The device type it asks for; null for the connections of a multinode job that ask for none.",
  })
  async deviceType(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Promise<DeviceType | null> {
    const name = job.wire.requested_device_type;
    return name === null ? null : lava.view(job.serverName).deviceType(name);
  }

  @FieldResolver(() => [String], { nullable: true, description: "Device tags that it asks for." })
  async tags(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Promise<readonly string[] | null> {
    // REST has only ids, and their names only for users; XML-RPC has the names, in bulk and for everybody.
    if (job.wire.tags.length === 0) return [];
    return (await lava.view(job.serverName).jobShow(job.nativeId))?.tags ?? null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "Who may see it, in LAVA's words: `Public`, `Personal`, or `Group (a, b)`.",
  })
  async visibility(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Promise<string | null> {
    return (await lava.view(job.serverName).jobShow(job.nativeId))?.visibility ?? null;
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: "`2008.1` for a node of a multinode job, where 2008 is the first node's number; null for other jobs.",
  })
  async subId(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Promise<string | null> {
    if (!job.wire.multinode_definition) return null;
    const id = (await lava.view(job.serverName).jobShow(job.nativeId))?.id;
    return typeof id === "string" ? id : null;
  }

  @FieldResolver(() => [TestSuite], {
    nullable: true,
    description: "What it found out, by test definition. Grows while it runs. Null when LAVA refuses the results.",
  })
  async suites(
    @Ctx("lava") lava: LavaSession,
    @Root() job: TestJob,
    @Arg("name", () => String, { nullable: true, description: "Only the suite of this name." }) name?: string | null,
  ): Promise<TestSuite[] | null> {
    const suites = await lava.view(job.serverName).suites(job.nativeId);
    return name == null ? suites : (suites?.filter((suite) => suite.name === name) ?? null);
  }

  @FieldResolver(() => ResultCounts, {
    nullable: true,
    description: "Verdicts of its test cases. LAVA's own suite `lava` counts only with `internal: true`.",
  })
  async resultCounts(
    @Ctx("lava") lava: LavaSession,
    @Root() job: TestJob,
    @Arg("internal", () => Boolean, { defaultValue: false, description: "Count LAVA's own actions too." })
    internal: boolean,
  ): Promise<ResultCounts | null> {
    const results = await lava.view(job.serverName).jobResults(job.nativeId);
    return results === null ? null : countResults(results, internal);
  }

  @FieldResolver(() => RunVerdict, {
    nullable: true,
    description: "Whether all is well with it, its test cases included. Null when LAVA does not show you its results.",
  })
  async verdict(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Promise<RunVerdict | null> {
    // What has not run to its end needs no results.
    if (job.outcome !== RunOutcome.SUCCEEDED) return verdictOf(job.outcome);
    const results = await lava.view(job.serverName).jobResults(job.nativeId);
    if (results === null) return null;
    return (await hasFailures(results)) ? RunVerdict.FAILED : RunVerdict.PASSED;
  }

  @FieldResolver(() => TestJob, {
    nullable: true,
    description:
      "The newest finished test job with a lower number, the same name and the same device type: what to compare it with. Null when there is none that you may see. Costs a request each.",
  })
  async previous(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Promise<TestJob | null> {
    return lava.view(job.serverName).testJobBefore(job);
  }

  @FieldResolver(() => TestJobFailure, {
    nullable: true,
    description:
      "Why it did not run to its end; null for a job that did, or has yet to end. From case `job` of suite `lava`.",
  })
  async failure(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Promise<TestJobFailure | null> {
    if (job.health !== TestJobHealth.INCOMPLETE && job.health !== TestJobHealth.CANCELED) return null;
    const results = await lava.view(job.serverName).jobResults(job.nativeId);
    const verdict = await results?.newest(INTERNAL_SUITE, "job");
    if (verdict?.errorType == null) return null;
    return make(TestJobFailure, {
      kind: toFailureKind(verdict.errorType),
      message: verdict.errorMessage?.trim() ?? null,
      retryable: verdict.errorType === "Infrastructure",
    });
  }

  @FieldResolver(() => Log, { nullable: true, description: "Its log; null before it has started." })
  log(@Ctx("lava") lava: LavaSession, @Root() job: TestJob): Log | null {
    if (job.startedAt === null) return null;
    const view = lava.view(job.serverName);
    return make(Log, {
      source: view.logSource(job),
      rawUrl: `${view.server.url}/api/v0.2/jobs/${job.nativeId}/logs/`,
    });
  }
}
