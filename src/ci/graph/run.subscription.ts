// Live runs of every CI system.

import { Arg, Ctx, Field, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import type { SubscribeResolverData } from "type-graphql";
import { InputRefused } from "../../errors.js";
import { AFTER } from "../cursor.js";
import { make } from "./make.js";
import { serverNames } from "../pick-server.js";
import { sealPosition } from "../live/merged-places.js";
import { followAll } from "../live/merged-updates.js";
import type { MergedUpdate } from "../live/merged-updates.js";
import { Run } from "./run.type.js";
import { LiveUpdate } from "./update.type.js";
import { RunKind, RunPhase } from "../enums.js";
import type { RequestContext } from "../session.js";

@ObjectType({ implements: LiveUpdate, description: "A run as of one change of its state, in its own system's words." })
class RunUpdate extends LiveUpdate {
  @Field(() => Run, { description: "The run as it is with this change." })
  readonly run!: Run;

  @Field(() => RunPhase, { description: "Its phase with this change; a change inside a phase is told of, too." })
  readonly phase!: RunPhase;
}

interface FollowArgs {
  readonly kinds?: readonly RunKind[] | null;
  readonly server?: string | null;
  readonly after?: string | null;
}

@Resolver()
export class RunSubscriptionResolver {
  @Subscription(() => RunUpdate, {
    subscribe: ({ args, context }: SubscribeResolverData<unknown, FollowArgs, RequestContext>) => follow(context, args),
    description:
      "Test jobs and builds of all servers: what `testJobUpdates` and `buildUpdates` tell without a filter, until you " +
      "leave. A server that fails is told of once, by a result with `errors` and no data; the others go on, and its own " +
      "part begins when it answers. A cursor holds for all servers; `cursorExpired` is said for each by itself. It holds over " +
      "restarts of Etna, as those of `testJobUpdates` and `buildUpdates` do: what has ended since comes first, as REPAIRED.",
  })
  runUpdates(
    @Root() news: MergedUpdate<() => Run>,
    @Ctx() context: RequestContext,
    @Arg("kinds", () => [RunKind], { nullable: true, description: "Only test jobs, or only builds." })
    _kinds?: RunKind[] | null,
    @Arg("server", () => String, { nullable: true, description: "Only of this server." })
    _server?: string | null,
    @Arg("after", () => String, AFTER) _after?: string | null,
  ): RunUpdate {
    if (news.kind === "fault") throw news.error;
    // Whatever the loaders hold is from before this change.
    for (const session of context.sessions) session.renew();
    const { change, at } = news;
    const run = change.value();
    return make(RunUpdate, {
      run,
      phase: run.phase,
      source: change.update.source,
      seal: () => sealPosition(at),
      cursorExpired: change.update.expired,
    });
  }
}

function follow(
  { sessions }: RequestContext,
  { kinds = null, server = null, after }: FollowArgs,
): AsyncIterableIterator<MergedUpdate<() => Run>, undefined> {
  serverNames(sessions, server);
  const sources = sessions
    .flatMap((session) => session.runUpdates(kinds))
    .filter((source) => server === null || source.server === server);
  if (sources.length === 0) {
    throw new InputRefused(
      server === null ? "kinds" : "server",
      server === null ? "no server of this kind is configured" : `${server} has no runs of this kind`,
    );
  }
  return followAll(sources, after);
}
