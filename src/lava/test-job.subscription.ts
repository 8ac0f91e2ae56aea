// Live test jobs: from `TestJobWatch` to the subscriber, one update for each change of state.

import { Arg, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription, registerEnumType } from "type-graphql";
import { make } from "../ci/make.js";
import { InputRefused } from "../errors.js";
import { TestJobHealth, TestJobState } from "./enums.js";
import { readJobId } from "./ids.js";
import type { LavaSession } from "./session.js";
import { TestJob } from "./test-job.type.js";
import { UpdateSource } from "./watch.js";
import type { JobUpdate } from "./watch.js";

registerEnumType(UpdateSource, {
  name: "UpdateSource",
  description: "How Etna learned of a change.",
  valuesConfig: {
    SNAPSHOT: { description: "The state at the time of the subscription." },
    BUS: { description: "The server's publisher told it." },
    POLL: { description: "A regular read found it, since there is no publisher in reach." },
    REPAIRED: { description: "A read found it that the publisher had not told: its event was lost." },
  },
});

@ObjectType({ description: "A test job as of one change of its state or health." })
class TestJobUpdate {
  @Field(() => TestJob, { description: "The job as it is with this change." })
  readonly testJob!: TestJob;

  @Field(() => TestJobState, { description: "Its state with this change." })
  readonly state!: TestJobState;

  @Field(() => TestJobHealth, { description: "Its health with this change." })
  readonly health!: TestJobHealth;

  @Field(() => UpdateSource, { description: "How Etna learned of it." })
  readonly source!: UpdateSource;
}

interface SubscriptionContext {
  readonly lava: LavaSession;
}

interface Followed {
  readonly server: string;
  readonly update: JobUpdate;
}

@Resolver()
export class TestJobSubscriptionResolver {
  @Subscription(() => TestJobUpdate, {
    subscribe: ({ args, context }) =>
      follow(
        (context as SubscriptionContext).lava,
        args as { readonly jobId: string; readonly server?: string | null },
      ),
    description:
      "A test job's state now, then each change of its state or health once and in order; completes when the job has finished.",
  })
  testJobUpdates(
    @Root() { server, update }: Followed,
    @Ctx("lava") lava: LavaSession,
    @Arg("jobId", () => ID, { description: "LAVA's number, `1234`, or `2008.1` for a node of a multinode job." })
    _jobId: string,
    @Arg("server", () => String, { nullable: true, description: "Needed with several LAVA servers." })
    _server?: string | null,
  ): TestJobUpdate {
    // Whatever the loaders hold is from before this change.
    lava.renew();
    const testJob = lava.view(server).toTestJob(update.wire);
    return make(TestJobUpdate, { testJob, state: testJob.state, health: testJob.health, source: update.source });
  }
}

/** Resolves with the first update at hand, so that a refusal answers the operation instead of breaking its stream. */
async function follow(
  lava: LavaSession,
  args: { readonly jobId: string; readonly server?: string | null },
): Promise<AsyncIterable<Followed>> {
  const view = lava.view(args.server);
  const native = await view.nativeId(readJobId("jobId", args.jobId));
  const updates = native === null ? null : view.server.watch.follow(native, view.token);
  const first = await updates?.next();
  if (updates === null || first === undefined || first.done === true) {
    throw new InputRefused("jobId", `there is no test job ${args.jobId} that you may see`);
  }
  const snapshot = first.value;
  return (async function* () {
    yield { server: view.name, update: snapshot };
    for await (const update of updates) yield { server: view.name, update };
  })();
}
