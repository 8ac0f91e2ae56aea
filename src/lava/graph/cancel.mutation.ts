// Canceling test jobs, one or many, with the viewer's own token.

import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver, createUnionType, registerEnumType } from "type-graphql";
import { make } from "../../ci/graph/make.js";
import { Refusal } from "../../ci/graph/refusal.type.js";
import { InputRefused, UpstreamError } from "../../errors.js";
import { TestJobState } from "../protocol/enums.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { LavaSession } from "../session.js";
import type { LavaView } from "../view.js";
import { TestJobKey, readTestJobKey } from "../model/keys.input.js";
import type { NamedJob } from "../model/keys.input.js";
import { TestJob } from "../model/test-job.type.js";
import { LIST_ITEMS_MAX } from "../../ci/list-limits.js";

const SERVER = { nullable: true, description: "Needed with several LAVA servers, where no `id` is given." } as const;

enum NotCanceledReason {
  NOT_FOUND = "NOT_FOUND",
  FINISHED = "FINISHED",
}
registerEnumType(NotCanceledReason, {
  name: "NotCanceledReason",
  description: "Why a test job was left as it is.",
  valuesConfig: {
    NOT_FOUND: { description: "There is none of this number that you may see." },
    FINISHED: { description: "It had ended before." },
  },
});

@ObjectType({ description: "LAVA was told to cancel the test job." })
class TestJobCanceled {
  @Field(() => ID, { description: "LAVA's number, as you gave it." })
  readonly jobId!: string;

  @Field(() => TestJob, {
    nullable: true,
    description: "The test job afterwards: CANCELING or FINISHED. Null when it could not be read back.",
  })
  readonly testJob!: TestJob | null;
}

@ObjectType({ implements: Refusal, description: "The test job was left as it is." })
class TestJobNotCanceled extends Refusal {
  @Field(() => ID, { description: "LAVA's number, as you gave it." })
  readonly jobId!: string;

  @Field(() => NotCanceledReason, { description: "Why." })
  readonly reason!: NotCanceledReason;

  @Field(() => TestJob, { nullable: true, description: "The test job; null with NOT_FOUND." })
  readonly testJob!: TestJob | null;
}

const CancelTestJobResult = createUnionType({
  name: "CancelTestJobResult",
  description: "What became of one test job that was to be canceled.",
  types: () => [TestJobCanceled, TestJobNotCanceled] as const,
});

/** An error is shown in the place of this one's result. */
type Canceled = TestJobCanceled | TestJobNotCanceled | UpstreamError;

@Resolver()
export class CancelMutationResolver {
  @Mutation(() => CancelTestJobResult, {
    nullable: true,
    description: "Asks LAVA to cancel a test job, of a multinode job the whole group, and reads it back.",
  })
  async cancelTestJob(
    @Ctx("lava") lava: LavaSession,
    @Arg("testJob", () => TestJobKey, { description: "The test job." }) testJob: TestJobKey,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<Canceled | null> {
    const job = readTestJobKey(lava, testJob, server);
    const [result = null] = await cancelJobs(lava, [job], async (view, ids) => {
      await view.change("cancelTestJob", { jobId: ids[0] }, async () => {
        const [failure] = await view.client.actions.cancel(ids, view.ask);
        if (failure != null) throw failure;
      });
      return new Map();
    });
    return result;
  }

  @Mutation(() => [CancelTestJobResult], {
    nullable: "itemsAndList",
    description:
      "Asks LAVA to cancel many test jobs, in one request to each server. One result for each of `testJobs`, in their order; null with an error beside it for one that you may not cancel, the others are canceled nevertheless.",
  })
  async cancelTestJobs(
    @Ctx("lava") lava: LavaSession,
    @Arg("testJobs", () => [TestJobKey], {
      description: "The test jobs; of a multinode job the whole group is canceled.",
    })
    testJobs: TestJobKey[],
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<Canceled[]> {
    if (testJobs.length === 0) throw new InputRefused("testJobs", "is empty; give at least one");
    if (testJobs.length > LIST_ITEMS_MAX)
      throw new InputRefused("testJobs", `has ${testJobs.length} items; allowed are ${LIST_ITEMS_MAX}`);
    const jobs = testJobs.map((key, at) => readTestJobKey(lava, key, server, `testJobs[${at}]`));
    return cancelJobs(lava, jobs, cancelAll);
  }
}

/** Cancels those that have not ended, server by server, and reads them back. */
async function cancelJobs(
  lava: LavaSession,
  jobs: readonly NamedJob<LavaView>[],
  cancel: (view: LavaView, ids: readonly [LavaJobId, ...LavaJobId[]]) => Promise<ReadonlyMap<LavaJobId, UpstreamError>>,
): Promise<Canceled[]> {
  // LAVA answers the cancel of an unknown job with a 500, and that of a finished one like any other.
  const before = await Promise.all(jobs.map(({ view, id }) => view.testJob(id)));
  const views = [...new Set(jobs.map(({ view }) => view))];
  const failures = new Map(
    await Promise.all(
      views.map(async (view) => {
        const ids = before.flatMap((job, at) =>
          job === null || job.state === TestJobState.FINISHED || jobs[at]?.view !== view ? [] : [job.nativeId],
        );
        const [first, ...others] = new Set(ids);
        return [view, first === undefined ? null : await cancel(view, [first, ...others])] as const;
      }),
    ),
  );
  lava.renew();
  return Promise.all(
    jobs.map(async ({ view, text: jobId }, at) => {
      const job = before[at] ?? null;
      if (job === null) {
        const message = `there is no test job ${jobId} that you may see`;
        return make(TestJobNotCanceled, { jobId, message, reason: NotCanceledReason.NOT_FOUND, testJob: null });
      }
      if (job.state === TestJobState.FINISHED) {
        const message = `test job ${jobId} had ended before`;
        return make(TestJobNotCanceled, { jobId, message, reason: NotCanceledReason.FINISHED, testJob: job });
      }
      const failure = failures.get(view)?.get(job.nativeId);
      const after = lava.view(view.name);
      return failure ?? make(TestJobCanceled, { jobId, testJob: await readBack(after, job.nativeId) });
    }),
  );
}

/** What went wrong, by job. */
async function cancelAll(view: LavaView, ids: readonly LavaJobId[]): Promise<ReadonlyMap<LavaJobId, UpstreamError>> {
  return view.change(
    "cancelTestJobs",
    { jobIds: ids },
    () => cancelEach(view, ids),
    (failures) => ({ outcome: "asked", notCanceled: [...failures.keys()] }),
  );
}

async function cancelEach(view: LavaView, ids: readonly LavaJobId[]): Promise<ReadonlyMap<LavaJobId, UpstreamError>> {
  try {
    const failures = await view.client.actions.cancel(ids, view.ask);
    return new Map(ids.flatMap((id, at) => (failures[at] == null ? [] : [[id, failures[at]] as const])));
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return new Map(ids.map((id) => [id, error]));
  }
}

/** The cancel was sent whatever comes of this read, so its failure must not look like a failed cancel. */
async function readBack(view: LavaView, id: LavaJobId): Promise<TestJob | null> {
  try {
    return await view.testJob(id);
  } catch (error) {
    if (error instanceof UpstreamError) return null;
    throw error;
  }
}
