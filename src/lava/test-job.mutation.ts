// Submitting and canceling test jobs, with the viewer's own token.

import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver, createUnionType } from "type-graphql";
import { make } from "../ci/make.js";
import { InputRefused, UpstreamError } from "../errors.js";
import { parseJobId, readJobId } from "./ids.js";
import type { LavaSession, LavaView } from "./session.js";
import { TestJob } from "./test-job.type.js";

const DEFINITION_MAX_BYTES = 2 * 1024 * 1024;

@ObjectType({ description: "LAVA took the definition." })
class TestJobsSubmitted {
  @Field(() => [ID], {
    description: "The new numbers as LAVA gave them: one, or `2008.0`, `2008.1` … for a multinode job.",
  })
  readonly jobIds!: readonly string[];

  @Field(() => [TestJob], {
    nullable: "itemsAndList",
    description: "The new test jobs, in the order of `jobIds`; null for one that could not be read back.",
  })
  readonly testJobs!: readonly (TestJob | null)[] | null;
}

@ObjectType({ description: "LAVA refused the definition; nothing was submitted." })
class TestJobRefused {
  @Field(() => String, { description: "LAVA's reason, e.g. the key that is missing." })
  readonly reason!: string;
}

const SubmitTestJobResult = createUnionType({
  name: "SubmitTestJobResult",
  description: "What became of a submission.",
  types: () => [TestJobsSubmitted, TestJobRefused] as const,
});

@Resolver()
export class TestJobMutationResolver {
  @Mutation(() => SubmitTestJobResult, {
    description:
      "Submits a definition with your token, once. A refused definition is a `TestJobRefused`, not an error.",
  })
  async submitTestJob(
    @Ctx("lava") lava: LavaSession,
    @Arg("definition", () => String, { description: "The whole definition, YAML, at most 2 MiB." }) definition: string,
    @Arg("server", () => String, { nullable: true, description: "Needed with several LAVA servers." })
    server?: string | null,
  ): Promise<TestJobsSubmitted | TestJobRefused> {
    const view = lava.view(server);
    if (definition.trim() === "") throw new InputRefused("definition", "is empty; give the job's YAML");
    if (Buffer.byteLength(definition) > DEFINITION_MAX_BYTES)
      throw new InputRefused("definition", "is larger than 2 MiB");
    const submission = await view.server.client.submit(definition, view.token);
    if (submission.kind === "refused") return make(TestJobRefused, { reason: submission.reason });
    return make(TestJobsSubmitted, { jobIds: submission.ids, testJobs: await readBack(view, submission.ids) });
  }

  @Mutation(() => TestJob, {
    nullable: true,
    description:
      "Asks LAVA to cancel a test job and reads it back: CANCELING or FINISHED. One that has finished stays as it is. Null when there is none that you may see.",
  })
  async cancelTestJob(
    @Ctx("lava") lava: LavaSession,
    @Arg("jobId", () => ID, { description: "LAVA's number, or `2008.1` for a node of a multinode job." }) jobId: string,
    @Arg("server", () => String, { nullable: true, description: "Needed with several LAVA servers." })
    server?: string | null,
  ): Promise<TestJob | null> {
    const view = lava.view(server);
    // LAVA answers the cancel of an unknown job with a 500, and that of a finished one like any other.
    const job = await view.testJob(readJobId("jobId", jobId));
    if (job === null) return null;
    await view.server.client.cancel(job.nativeId, view.token);
    lava.renew();
    return lava.view(view.name).testJob(job.nativeId);
  }
}

/** The jobs exist whatever comes of this read, so its failure must not look like a failed submission. */
async function readBack(view: LavaView, ids: readonly string[]): Promise<(TestJob | null)[] | null> {
  try {
    return await Promise.all(
      ids.map(async (text) => {
        const id = parseJobId(text);
        return id === null ? null : view.testJob(id);
      }),
    );
  } catch (error) {
    if (error instanceof UpstreamError) return null;
    throw error;
  }
}
