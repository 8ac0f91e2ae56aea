// Live test jobs: from the engine to the subscriber, one update for each change of state.

import { Arg, Ctx, Field, ID, InputType, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import type { SubscribeResolverData } from "type-graphql";
import { LiveUpdate, makeUpdate, readTold } from "../../ci/graph/update.type.js";
import type { Told } from "../../ci/graph/update.type.js";
import { followAll } from "../../ci/live/merged-updates.js";
import { ALL_SERVERS } from "../../ci/cursor.js";
import { InputRefused } from "../../errors.js";
import { startWith } from "../../events/stream.js";
import { TestJobHealth, TestJobState } from "../protocol/enums.js";
import { anyOf, readText } from "../model/input.js";
import { readJobId } from "../protocol/ids.js";
import { endPlaceAt, readEnds } from "../live/end-place.js";
import { testJobPart } from "./parts.js";
import type { JobScope } from "../live/test-jobs.js";
import type { LavaContext, LavaSession } from "../session.js";
import { TestJob } from "../model/test-job.type.js";
import { LIST_ITEMS_MAX } from "../../ci/list-limits.js";
import type { WireTestJob } from "../protocol/wire.js";

@ObjectType({ implements: LiveUpdate, description: "A test job as of one change of its state or health." })
class TestJobUpdate extends LiveUpdate {
  @Field(() => TestJob, { description: "The job as it is with this change." })
  readonly testJob!: TestJob;

  @Field(() => TestJobState, { description: "Its state with this change." })
  readonly state!: TestJobState;

  @Field(() => TestJobHealth, { description: "Its health with this change." })
  readonly health!: TestJobHealth;

  @Field(() => Boolean, {
    description: "Whether its results and log are complete and can be read: said with FINISHED, never before.",
  })
  readonly resultsReady!: boolean;
}

@InputType({ description: "Which test jobs to follow; all that are given must hold." })
class TestJobUpdatesFilter {
  @Field(() => [String], { nullable: true, description: "Submitted by one of these users." })
  submitters?: string[] | null;

  @Field(() => [String], { nullable: true, description: "Asking for one of these device types." })
  deviceTypes?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: "With this text in the description, upper and lower case alike.",
  })
  text?: string | null;
}

const SERVER = {
  nullable: true,
  description: "Only of this server; needed with `jobIds` where there are several LAVA servers.",
} as const;

interface FollowArgs {
  readonly jobIds?: readonly string[] | null;
  readonly filter?: TestJobUpdatesFilter | null;
  readonly server?: string | null;
  readonly after?: string | null;
}

@Resolver()
export class TestJobSubscriptionResolver {
  @Subscription(() => TestJobUpdate, {
    subscribe: ({ args, context }: SubscribeResolverData<unknown, FollowArgs, LavaContext>) =>
      follow(context.lava, args),
    description:
      "Test jobs' states now, then each change of a job's state or health once and in order. With `jobIds` it completes when all of them have finished; without, it follows every job that you may see, new ones too, and goes on until you leave. " +
      ALL_SERVERS,
  })
  testJobUpdates(
    @Root() told: Told<WireTestJob>,
    @Ctx("lava") lava: LavaSession,
    @Arg("jobIds", () => [ID], {
      nullable: true,
      description: "These: LAVA's numbers, `1234`, or `2008.1` for a node of a multinode job.",
    })
    _jobIds?: string[] | null,
    @Arg("filter", () => TestJobUpdatesFilter, { nullable: true, description: "Which jobs, where none are named." })
    _filter?: TestJobUpdatesFilter | null,
    @Arg("server", () => String, SERVER)
    server?: string | null,
    @Arg("after", () => String, {
      nullable: true,
      description:
        "`cursor` of the last update that you had of the same jobs: what came since is delivered in place of the snapshot.",
    })
    _after?: string | null,
  ): TestJobUpdate {
    // Whatever the loaders hold is from before this change.
    lava.renew();
    const update = readTold(told, () => lava.view(server).name);
    const view = lava.view(update.server);
    const testJob = view.toTestJob(update.value);
    const { state, health } = testJob;
    const fields = { testJob, state, health, resultsReady: state === TestJobState.FINISHED };
    const { feed } = view.server;
    const place = endPlaceAt(feed, update.position, testJob.nativeId);
    return makeUpdate(TestJobUpdate, feed.cursors, update, fields, place);
  }
}

async function follow(
  lava: LavaSession,
  args: FollowArgs,
): Promise<AsyncIterableIterator<Told<WireTestJob>, undefined>> {
  const named = readNames(args);
  const views = lava.views(args.server);
  if (named === null && views.length > 1) {
    const scope = toScope(args.filter ?? {});
    const parts = views.map((view) => testJobPart(view, scope));
    return followAll(parts, args.after);
  }
  const view = lava.view(args.server);
  const [sealed, place = ""] = args.after?.split(".") ?? [];
  const after = view.server.feed.cursors.open(sealed);
  if (named === null) {
    const scope = toScope(args.filter ?? {});
    const readGap = () => readEnds(view.client, scope, place, view.ask);
    return view.server.testJobs.follow({ scope }, view.ask, { after, readGap });
  }
  const ids = await Promise.all(named.ids.map((id) => view.nativeId(id)));
  const keys = ids.filter((id) => id !== null);
  const updates = keys.length < ids.length ? null : view.server.testJobs.follow({ keys }, view.ask, { after });
  // The first update is fetched here, so that a refusal answers the operation instead of breaking its stream.
  const first = await updates?.next();
  if (updates === null || first === undefined || first.done === true) {
    const shown = await Promise.all(named.ids.map((id) => view.testJob(id)));
    const missing = named.texts.filter((_, at) => shown[at] === null);
    const names = missing.length === 0 ? named.texts : missing;
    throw new InputRefused("jobIds", `there is no test job ${names.join(", ")} that you may see`);
  }
  return startWith(first.value, updates);
}

function readNames({ jobIds, filter }: FollowArgs) {
  if (jobIds == null) return null;
  if (filter != null) throw new InputRefused("filter", "goes without `jobIds`; give one of them");
  if (jobIds.length < 1 || jobIds.length > LIST_ITEMS_MAX)
    throw new InputRefused("jobIds", `${jobIds.length} jobs are named; allowed is 1 to ${LIST_ITEMS_MAX}`);
  return { texts: jobIds, ids: jobIds.map((text) => readJobId("jobIds", text)) };
}

function toScope({ submitters, deviceTypes, text }: TestJobUpdatesFilter): JobScope {
  const needle = text?.toLowerCase();
  return {
    query: {
      ...anyOf("submitter__username", "filter.submitters", submitters),
      ...anyOf("requested_device_type__name", "filter.deviceTypes", deviceTypes),
      description__icontains: readText("filter.text", text),
    },
    matches: (wire) =>
      (submitters == null || submitters.includes(wire.submitter)) &&
      (deviceTypes == null ||
        (wire.requested_device_type !== null && deviceTypes.includes(wire.requested_device_type))) &&
      (needle === undefined || (wire.description ?? "").toLowerCase().includes(needle)),
  };
}
