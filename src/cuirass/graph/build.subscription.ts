// Live builds: from the engine to the subscriber, one update for each change of status.

import { Arg, Ctx, Field, Int, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import type { SubscribeResolverData } from "type-graphql";
import { AFTER, ALL_SERVERS } from "../../ci/cursor.js";
import { LiveUpdate, makeUpdate, readTold } from "../../ci/graph/update.type.js";
import type { Told } from "../../ci/graph/update.type.js";
import { followAll } from "../../ci/live/merged-updates.js";
import { InputRefused } from "../../errors.js";
import { startWith } from "../../events/stream.js";
import { LIST_ITEMS_MAX } from "../../ci/list-limits.js";
import { BuildUpdatesFilter, toQuery } from "../model/build-filter.js";
import { Build, toBuild } from "../model/build.type.js";
import { placeInGap, readGap } from "../live/end-place.js";
import { buildPart } from "./parts.js";
import { BuildStatus } from "../protocol/enums.js";
import { readBuildId } from "../protocol/ids.js";
import { ANYBODY } from "../../ci/live/polled-feed.js";
import type { CuirassContext, CuirassSession } from "../session.js";
import type { WireBuild } from "../protocol/wire.js";

@ObjectType({ implements: LiveUpdate, description: "A build as of one change of its status." })
class BuildUpdate extends LiveUpdate {
  @Field(() => Build, { description: "The build as it is with this change." })
  readonly build!: Build;

  @Field(() => BuildStatus, { description: "Its status with this change." })
  readonly status!: BuildStatus;
}

interface FollowArgs {
  readonly buildIds?: readonly number[] | null;
  readonly filter?: BuildUpdatesFilter | null;
  readonly server?: string | null;
  readonly after?: string | null;
}

@Resolver()
export class BuildSubscriptionResolver {
  @Subscription(() => BuildUpdate, {
    subscribe: ({ args, context }: SubscribeResolverData<unknown, FollowArgs, CuirassContext>) =>
      follow(context.cuirass, args),
    description:
      "Builds' statuses now, then each change that Etna's polls of the server find, once and in order. With `buildIds` " +
      "it completes when all of them have finished; one that is restarted after its end is not followed on, one " +
      "whose dependency failed is as long as another has not finished. " +
      "Without, it begins with the builds that run (at most 100) and tells of all that match the filter, restarts too, " +
      "until you leave. Of a queue of 200 or more, Etna finds cancels and restarts by the job lists of its evaluations. It polls only " +
      "while somebody follows: with `after`, what can still be read of the time between is told, in its last state. Without " +
      "names, a cursor holds over restarts of Etna, too: what has ended since (at most 4,000 builds) comes first, as REPAIRED, " +
      "then what runs. When a build was canceled, Cuirass does not note. " +
      ALL_SERVERS,
  })
  buildUpdates(
    @Root() told: Told<WireBuild>,
    @Ctx("cuirass") cuirass: CuirassSession,
    @Arg("buildIds", () => [Int], { nullable: true, description: "These: Cuirass' numbers." })
    _buildIds?: number[] | null,
    @Arg("filter", () => BuildUpdatesFilter, { nullable: true, description: "Which builds, where none are named." })
    _filter?: BuildUpdatesFilter | null,
    @Arg("server", () => String, {
      nullable: true,
      description: "Only of this server; needed with `buildIds` where there are several Cuirass servers.",
    })
    server?: string | null,
    @Arg("after", () => String, AFTER) _after?: string | null,
  ): BuildUpdate {
    // Whatever the loaders hold is from before this change.
    cuirass.renew();
    const update = readTold(told, () => cuirass.view(server).name);
    const view = cuirass.view(update.server);
    const { name, url } = view;
    const build = toBuild(name, url, update.value);
    const { position } = update;
    const place = () => (position === null ? placeInGap(update.value) : view.server.endPlaceAt(position));
    return makeUpdate(BuildUpdate, view.server.cursors.builds, update, { build, status: build.status }, place);
  }
}

async function follow(
  cuirass: CuirassSession,
  args: FollowArgs,
): Promise<AsyncIterableIterator<Told<WireBuild>, undefined>> {
  const named = readNames(args);
  const views = cuirass.views(args.server);
  if (named === null && views.length > 1) {
    const scope = toQuery(args.filter ?? {}, "filter.");
    const parts = views.map((view) => buildPart(view, scope));
    return followAll(parts, args.after);
  }
  const { server } = cuirass.view(args.server);
  const [sealed, ...place] = args.after?.split(".") ?? [];
  const after = server.cursors.builds.open(sealed);
  if (named === null) {
    const scope = toQuery(args.filter ?? {}, "filter.");
    const gap = () => readGap(server.client, scope, place.join("."));
    return server.builds.follow({ scope }, ANYBODY, { after, readGap: gap });
  }
  const updates = server.builds.follow({ keys: named.ids }, ANYBODY, { after });
  // The first update is fetched here, so that a refusal answers the operation instead of breaking its stream.
  const first = await updates.next();
  if (first.done === true) throw new InputRefused("buildIds", `there is no build ${named.ids.join(", ")}`);
  return startWith(first.value, updates);
}

function readNames({ buildIds, filter }: FollowArgs) {
  if (buildIds == null) return null;
  if (filter != null) throw new InputRefused("filter", "goes without `buildIds`; give one of them");
  if (buildIds.length < 1 || buildIds.length > LIST_ITEMS_MAX)
    throw new InputRefused("buildIds", `${buildIds.length} builds are named; allowed is 1 to ${LIST_ITEMS_MAX}`);
  return { ids: buildIds.map((id) => readBuildId("buildIds", id)) };
}
