// Canceling test jobs, one or many, with the viewer's own token.

import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver, createUnionType, registerEnumType } from "type-graphql";
import { make } from "../../ci/graph/make.js";
import { InputRefused, UpstreamError } from "../../errors.js";
import { asChange } from "../../net/change.js";
import { TestJobState } from "../protocol/enums.js";
import { readJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { LavaSession } from "../session.js";
import type { LavaView } from "../view.js";
import { TestJob } from "../model/test-job.type.js";
import { LIST_ITEMS_MAX } from "../../ci/list-limits.js";

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
  @Field(() => ID, { description: "As in `jobIds`." })
  readonly jobId!: string;

  @Field(() => TestJob, {
    nullable: true,
    description: "The test job afterwards: CANCELING or FINISHED. Null when it could not be read back.",
  })
  readonly testJob!: TestJob | null;
}

@ObjectType({ description: "The test job was left as it is." })
class TestJobNotCanceled {
  @Field(() => ID, { description: "As in `jobIds`." })
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

@Resolver()
export class CancelMutationResolver {
  @Mutation(() => TestJob, {
    nullable: true,
    description:
      "Asks LAVA to cancel a test job and reads it back: CANCELING or FINISHED. One that has finished stays as it is. Null when there is none that you may see.",
  })
  async cancelTestJob(
    @Ctx("lava") lava: LavaSession,
    @Arg("jobId", () => ID, {
      description: "LAVA's number, or `2008.1` for a node of a multinode job: its whole group is canceled.",
    })
    jobId: string,
    @Arg("server", () => String, { nullable: true, description: "Needed with several LAVA servers." })
    server?: string | null,
  ): Promise<TestJob | null> {
    const view = lava.view(server);
    // LAVA answers the cancel of an unknown job with a 500, and that of a finished one like any other.
    const job = await view.testJob(readJobId("jobId", jobId));
    if (job === null) return null;
    await view.change("cancelTestJob", { jobId: job.nativeId }, async () => {
      const [failure] = await view.client.actions.cancel([job.nativeId], view.ask);
      if (failure != null) throw failure;
    });
    lava.renew();
    // The cancel was sent: a read that fails now must not say that all may be asked for again.
    return asChange(() => lava.view(view.name).testJob(job.nativeId));
  }

  @Mutation(() => [CancelTestJobResult], {
    nullable: "itemsAndList",
    description:
      "Asks LAVA to cancel many test jobs, in one request. One result for each of `jobIds`, in their order; null with an error beside it for one that you may not cancel, the others are canceled nevertheless.",
  })
  async cancelTestJobs(
    @Ctx("lava") lava: LavaSession,
    @Arg("jobIds", () => [ID], {
      description: "LAVA's numbers, or `2008.1` for a node of a multinode job: its whole group is canceled.",
    })
    jobIds: string[],
    @Arg("server", () => String, { nullable: true, description: "Needed with several LAVA servers." })
    server?: string | null,
  ): Promise<(TestJobCanceled | TestJobNotCanceled | UpstreamError)[]> {
    const view = lava.view(server);
    if (jobIds.length === 0) throw new InputRefused("jobIds", "is empty; give at least one");
    if (jobIds.length > LIST_ITEMS_MAX)
      throw new InputRefused("jobIds", `has ${jobIds.length} items; allowed are ${LIST_ITEMS_MAX}`);
    const ids = jobIds.map((jobId, at) => readJobId(`jobIds[${at}]`, jobId));
    const before = await Promise.all(ids.map((id) => view.testJob(id)));
    const pending = before.flatMap((job) =>
      job === null || job.state === TestJobState.FINISHED ? [] : [job.nativeId],
    );
    const failures = await cancelAll(view, [...new Set(pending)]);
    lava.renew();
    const after = lava.view(view.name);
    return Promise.all(
      before.map(async (job, at) => {
        const jobId = jobIds[at] ?? "";
        if (job === null)
          return make(TestJobNotCanceled, { jobId, reason: NotCanceledReason.NOT_FOUND, testJob: null });
        if (job.state === TestJobState.FINISHED)
          return make(TestJobNotCanceled, { jobId, reason: NotCanceledReason.FINISHED, testJob: job });
        const failure = failures.get(job.nativeId);
        return failure ?? make(TestJobCanceled, { jobId, testJob: await readBack(after, job.nativeId) });
      }),
    );
  }
}

/** What went wrong, by job. */
async function cancelAll(view: LavaView, ids: readonly LavaJobId[]): Promise<ReadonlyMap<LavaJobId, UpstreamError>> {
  if (ids.length === 0) return new Map();
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
