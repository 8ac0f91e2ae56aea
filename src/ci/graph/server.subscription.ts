// How the servers fare, live.

import { Arg, Ctx, Field, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import type { SubscribeResolverData } from "type-graphql";
import { InputRefused } from "../../errors.js";
import type { StatusNews } from "../live/status-news.js";
import { serverNames } from "../pick-server.js";
import type { ServerEvents } from "../server.js";
import type { RequestContext } from "../session.js";
import { DateTime } from "./date-time.scalar.js";
import { make } from "./make.js";
import { Server, ServerEventsType } from "./server.type.js";

@ObjectType({ description: "A server as of one change of how it fares, as far as Etna knows without asking it." })
class ServerUpdate {
  @Field(() => Server, { description: "The server. Some of its own fields ask it." })
  readonly server!: Server;

  @Field(() => Boolean, {
    description:
      "False from when its requests have failed several times in a row, and a cheap one too: Etna does not ask it then, until it answers again.",
  })
  readonly reachable!: boolean;

  @Field(() => DateTime, {
    nullable: true,
    description: "When the first of these requests failed; null while it is reachable.",
  })
  readonly unreachableSince!: string | null;

  @Field(() => ServerEventsType, { description: "How news of it reach Etna now." })
  readonly events!: ServerEvents;
}

interface FollowArgs {
  readonly server?: string | null;
}

@Resolver()
export class ServerSubscriptionResolver {
  @Subscription(() => ServerUpdate, {
    subscribe: ({ args, context }: SubscribeResolverData<unknown, FollowArgs, RequestContext>) => follow(context, args),
    description:
      "Each server as it is known now, then again whenever it stops answering or answers again, its news come from elsewhere, or " +
      "the gateway's configuration of it changes, until you leave. Asks no server: what nobody asks is not found to be away.",
  })
  serverUpdates(
    @Root() { server: name }: StatusNews,
    @Ctx() context: RequestContext,
    @Arg("server", () => String, { nullable: true, description: "Only this one." }) _server?: string | null,
  ): ServerUpdate {
    const server = context.sessions.flatMap(({ servers }) => servers).find((one) => one.name === name);
    if (server === undefined) throw new InputRefused("server", `${name} is not configured any more`);
    const { breaker, failingSince } = server.currentStatus();
    const reachable = breaker === "closed";
    return make(ServerUpdate, {
      ...{ server, reachable, events: server.currentEvents() },
      unreachableSince: reachable ? null : (failingSince?.toISOString() ?? null),
    });
  }
}

function follow(context: RequestContext, { server = null }: FollowArgs): AsyncIterableIterator<StatusNews, undefined> {
  const known = serverNames(context.sessions, server);
  return context.statuses.follow(server === null ? known : [server], server);
}
