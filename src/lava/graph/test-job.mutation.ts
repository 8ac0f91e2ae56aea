// Submitting test jobs: checking a definition, submitting it, and submitting it again. With the viewer's own token.

import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver, createUnionType } from "type-graphql";
import { make } from "../../ci/graph/make.js";
import { NotFound, Refusal } from "../../ci/graph/refusal.type.js";
import { InputRefused, UpstreamError } from "../../errors.js";
import { readDefinition } from "../protocol/definition.js";
import { DEFINITION_MAX_BYTES } from "../protocol/definition-yaml.js";
import { TestJobKey, readTestJobKey } from "../model/keys.input.js";
import { parseJobId } from "../protocol/ids.js";
import { withNotify } from "../protocol/notify-edit.js";
import { NotifyInput, readNotify } from "../model/notify.input.js";
import type { LavaSession } from "../session.js";
import type { LavaView } from "../view.js";
import { submitOnce } from "../client/lost-submission.js";
import type { Submission } from "../client/submission.js";
import { TestJob } from "../model/test-job.type.js";

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

@ObjectType({ implements: Refusal, description: "LAVA refused the definition; nothing was submitted." })
class TestJobRefused extends Refusal {}

const SubmitTestJobResult = createUnionType({
  name: "SubmitTestJobResult",
  description: "What became of a submission.",
  types: () => [TestJobsSubmitted, TestJobRefused] as const,
});

const ResubmitTestJobResult = createUnionType({
  name: "ResubmitTestJobResult",
  description: "What became of a submission of an earlier test job's definition.",
  types: () => [TestJobsSubmitted, TestJobRefused, NotFound] as const,
});

@ObjectType({ description: "LAVA finds no fault with the definition." })
class TestJobValid {
  @Field(() => Boolean, { description: "Whether keys that LAVA does not know were looked for, too." })
  readonly strict!: boolean;
}

@ObjectType({
  implements: Refusal,
  description: "LAVA would refuse the definition; `message` is the first fault, e.g. `required key not provided`.",
})
class TestJobInvalid extends Refusal {
  @Field(() => [String], {
    nullable: true,
    description: "Keys and indexes that lead to the fault, from the top; null when LAVA does not say where it is.",
  })
  readonly path!: readonly string[] | null;
}

const ValidateTestJobResult = createUnionType({
  name: "ValidateTestJobResult",
  description: "LAVA's judgement of a definition.",
  types: () => [TestJobValid, TestJobInvalid] as const,
});

@Resolver()
export class TestJobMutationResolver {
  @Mutation(() => SubmitTestJobResult, {
    nullable: true,
    description:
      'Submits a definition with your token, once. A refused definition is a `TestJobRefused`, not an error. An error with `retryable: false` and "it may have been done" names the test jobs of yours that have come since under that name: look at them before you submit it again.',
  })
  async submitTestJob(
    @Ctx("lava") lava: LavaSession,
    @Arg("definition", () => String, { description: "The whole definition, YAML, at most 2 MiB." }) definition: string,
    @Arg("notify", () => NotifyInput, {
      nullable: true,
      description:
        "Whom to tell what when: takes the place of the definition's `notify` block. Everything else in the definition, comments and layout too, is submitted as you wrote it.",
    })
    notify?: NotifyInput | null,
    @Arg("server", () => String, { nullable: true, description: "Needed with several LAVA servers." })
    server?: string | null,
  ): Promise<TestJobsSubmitted | TestJobRefused> {
    const view = lava.view(server);
    checkDefinition(definition);
    const whole = notify == null ? definition : withNotify(definition, readNotify(notify));
    const { client, ask } = view;
    const what = { definitionBytes: Buffer.byteLength(whole) };
    const nameOf = () => readDefinition(whole)?.name ?? null;
    const submit = () => submitOnce(client, ask, nameOf, () => client.actions.submit(whole, ask));
    return toResult(view, await view.change("submitTestJob", what, submit, outcomeOf));
  }

  @Mutation(() => ResubmitTestJobResult, {
    nullable: true,
    description: "Submits the definition of an earlier test job again, as yours; of all nodes in a multinode job.",
  })
  async resubmitTestJob(
    @Ctx("lava") lava: LavaSession,
    @Arg("testJob", () => TestJobKey, { description: "The earlier test job." }) testJob: TestJobKey,
    @Arg("server", () => String, {
      nullable: true,
      description: "Needed with several LAVA servers, where no `id` is given.",
    })
    server?: string | null,
  ): Promise<TestJobsSubmitted | TestJobRefused | NotFound> {
    const { view, id: asked, text } = readTestJobKey(lava, testJob, server);
    const notFound = make(NotFound, { message: `there is no test job ${text} that you may see` });
    const id = await view.nativeId(asked);
    if (id === null) return notFound;
    const { client, ask } = view;
    const nameOf = async () => (await client.jobsById([id], ask))[0]?.description ?? null;
    const resubmit = () => submitOnce(client, ask, nameOf, () => client.actions.resubmit(id, ask));
    const submission = await view.change("resubmitTestJob", { jobId: id }, resubmit, outcomeOf);
    return submission === null ? notFound : toResult(view, submission);
  }

  @Mutation(() => ValidateTestJobResult, {
    nullable: true,
    description:
      "Has LAVA check a definition; nothing is submitted. Needs no token. What depends on the lab, such as a device type that does not exist, shows only when it is submitted.",
  })
  async validateTestJob(
    @Ctx("lava") lava: LavaSession,
    @Arg("definition", () => String, { description: "The whole definition, YAML, at most 2 MiB." }) definition: string,
    @Arg("strict", () => Boolean, { defaultValue: false, description: "Refuse keys that LAVA does not know, too." })
    strict: boolean,
    @Arg("server", () => String, { nullable: true, description: "Needed with several LAVA servers." })
    server?: string | null,
  ): Promise<TestJobValid | TestJobInvalid> {
    const view = lava.view(server);
    checkDefinition(definition);
    const validation = await view.client.actions.validate(definition, strict, view.ask);
    if (validation.kind === "valid") return make(TestJobValid, { strict });
    return make(TestJobInvalid, { message: validation.reason, path: validation.path });
  }
}

function outcomeOf(submission: Submission | null) {
  if (submission === null) return { outcome: "not found" };
  return submission.kind === "refused" ? { outcome: "refused" } : { outcome: "submitted", jobIds: submission.ids };
}

function checkDefinition(definition: string): void {
  if (definition.trim() === "") throw new InputRefused("definition", "is empty; give the job's YAML");
  if (Buffer.byteLength(definition) > DEFINITION_MAX_BYTES)
    throw new InputRefused("definition", "is larger than 2 MiB");
}

async function toResult(view: LavaView, submission: Submission): Promise<TestJobsSubmitted | TestJobRefused> {
  if (submission.kind === "refused") return make(TestJobRefused, { message: submission.reason });
  return make(TestJobsSubmitted, { jobIds: submission.ids, testJobs: await readBack(view, submission.ids) });
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
