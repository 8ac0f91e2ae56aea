// The bus itself, checked with each viewer's rights: live, and as far back as the ring reaches.

import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root, Subscription } from "type-graphql";
import type { SubscribeResolverData } from "type-graphql";
import type { OperationScope } from "../../cache/operation-scope.js";
import { DateTime } from "../../ci/graph/date-time.scalar.js";
import { inRange } from "../../ci/page.js";
import { InputRefused, UpstreamError } from "../../errors.js";
import type { Kept } from "../../events/ring.js";
import { createStream, endWith } from "../../events/stream.js";
import { Device, Worker } from "../model/device.type.js";
import { asFollower } from "../../net/ask.js";
import type { LavaEvent } from "../protocol/event.js";
import { EventRights } from "../live/event-rights.js";
import { parseJobId } from "../protocol/ids.js";
import { LavaServer } from "../model/lava-server.type.js";
import { ServerEvent, ServerEventTopic, toServerEvent, topicOf } from "../model/server-event.type.js";
import type { LavaContext, LavaSession } from "../session.js";
import type { LavaView } from "../view.js";
import { TestJob } from "../model/test-job.type.js";

const EVENTS_MAX = 1_000;
/** Events whose rights are asked for at once. */
const EVENTS_STEP = 500;

interface FollowArgs {
  readonly topics?: readonly ServerEventTopic[] | null;
  readonly server?: string | null;
  readonly after?: string | null;
}

const TOPICS = { nullable: true, description: "Only these topics." } as const;
const SERVER = { nullable: true, description: "Needed with several LAVA servers." } as const;

@Resolver(() => ServerEvent)
export class ServerEventResolver {
  @Subscription(() => ServerEvent, {
    subscribe: ({ args, context }: SubscribeResolverData<unknown, FollowArgs, LavaContext>) =>
      follow(context.lava, args),
    description:
      "What a LAVA server publishes, as it comes, without what you may not see. Only while Etna is connected to the bus: see `Server.events`.",
  })
  serverEvents(
    @Root() event: ServerEvent,
    @Ctx("lava") lava: LavaSession,
    @Arg("topics", () => [ServerEventTopic], TOPICS) _topics?: ServerEventTopic[] | null,
    @Arg("server", () => String, SERVER) _server?: string | null,
    @Arg("after", () => String, {
      nullable: true,
      description:
        "`cursor` of the last event that you had. An error with `CURSOR_EXPIRED` in its message when something after it may have been lost.",
    })
    _after?: string | null,
  ): ServerEvent {
    lava.renew();
    return event;
  }

  @Query(() => [ServerEvent], {
    nullable: true,
    description:
      "The last events of a LAVA server that Etna has heard and you may see, oldest first: as far back as its memory of 10,000 events reaches.",
  })
  async events(
    @Ctx("lava") lava: LavaSession,
    @Ctx("scope") scope: OperationScope,
    @Arg("last", () => Int, { defaultValue: 50, description: "How many of the newest, at most 1000." }) last: number,
    @Arg("topics", () => [ServerEventTopic], TOPICS) topics?: ServerEventTopic[] | null,
    @Arg("since", () => DateTime, { nullable: true, description: "Only later ones, by the server's clock." })
    since?: string | null,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<ServerEvent[]> {
    const view = lava.view(server);
    inRange("last", last, EVENTS_MAX);
    // Nothing in memory stands for the ring, which grows with each event.
    scope.forbidReuse();
    const rights = new EventRights(view.server, view.ask);
    const { feed } = view.server;
    const wanted = feed.ring
      .all()
      .filter(({ event }) => isWanted(event, topics) && (since == null || Date.parse(event.time) > Date.parse(since)));
    const events: ServerEvent[] = [];
    try {
      // From the newest on, in steps, so that the rights to what is not shown need not be asked for.
      for (let end = wanted.length; end > 0 && events.length < last; end -= EVENTS_STEP) {
        const step = wanted.slice(Math.max(0, end - EVENTS_STEP), end).reverse();
        const may = await rights.may(step.map(({ event }) => event));
        for (const [at, { event, number }] of step.entries()) {
          if (events.length < last && may[at] === true) events.push(toServerEvent(feed.cursors, event, number, null));
        }
      }
    } finally {
      rights.close();
    }
    return events.reverse();
  }

  @FieldResolver(() => LavaServer, { description: "The server that sent it." })
  server(@Ctx("lava") lava: LavaSession, @Root() event: ServerEvent): LavaServer {
    return lava.view(event.serverName).toServer();
  }

  @FieldResolver(() => TestJob, { nullable: true, description: "The test job that it is about, as it is now." })
  async testJob(
    @Ctx("lava") lava: LavaSession,
    @Root() { serverName, event, receivedAt }: ServerEvent,
  ): Promise<TestJob | null> {
    const named =
      event.kind === "testjob" ? event.jobId : event.kind === "event" || event.kind === "device" ? event.job : null;
    const id = named === null ? null : parseJobId(String(named));
    if (id === null) return null;
    const view = lava.view(serverName);
    return typeof id === "number" && receivedAt !== null ? view.testJobSince(id, receivedAt) : view.testJob(id);
  }

  @FieldResolver(() => Device, { nullable: true, description: "The device that it is about, as it is now." })
  async device(
    @Ctx("lava") lava: LavaSession,
    @Root() { serverName, event, receivedAt }: ServerEvent,
  ): Promise<Device | null> {
    const hostname = event.kind === "device" ? event.hostname : event.kind === "testjob" ? event.device : null;
    if (hostname === null) return null;
    const view = lava.view(serverName);
    return receivedAt === null ? view.device(hostname) : view.deviceSince(hostname, receivedAt);
  }

  @FieldResolver(() => Worker, { nullable: true, description: "The worker that it is about, as it is now." })
  async worker(@Ctx("lava") lava: LavaSession, @Root() { serverName, event }: ServerEvent): Promise<Worker | null> {
    return event.kind === "worker" ? lava.view(serverName).worker(event.hostname) : null;
  }
}

function isWanted(event: LavaEvent, topics: readonly ServerEventTopic[] | null | undefined): boolean {
  const topic = topicOf(event);
  return topic !== null && (topics == null || topics.includes(topic));
}

function follow(
  lava: LavaSession,
  { topics, server, after }: FollowArgs,
): AsyncIterableIterator<ServerEvent, undefined> {
  const view = lava.view(server);
  const { feed } = view.server;
  const news = feed.subscribe((event) => isWanted(event, topics));
  const missed = after == null ? [] : missedSince(view, after, topics);
  if (missed === null) {
    news.close();
    throw new InputRefused("after", "CURSOR_EXPIRED: events after it may have been lost; subscribe again without it");
  }
  const rights = new EventRights(view.server, view.ask);
  // The first event is not to wait for it; what is wrong with the token, that tells.
  view.client.replica?.admit(asFollower(view.ask)).catch(() => undefined);
  const heard = async (event: LavaEvent, number: number, at: number | null): Promise<ServerEvent | null> => {
    try {
      const [may = false] = await rights.may([event]);
      return may ? toServerEvent(feed.cursors, event, number, at) : null;
    } catch (error) {
      if (error instanceof UpstreamError && error.kind === "UpstreamDenied") throw error;
      // Without a proof nobody hears of it.
      return null;
    }
  };
  const events = (async function* (): AsyncGenerator<ServerEvent, undefined, undefined> {
    try {
      for (const { event, number } of missed) {
        const told = await heard(event, number, null);
        if (told !== null) yield told;
      }
      for await (const item of news) {
        const told = item.kind === "event" ? await heard(item.event, item.number, item.at) : null;
        if (told !== null) yield told;
      }
    } finally {
      news.close();
      rights.close();
    }
  })();
  const heardOf = createStream(
    () => events.next(),
    () => {
      news.close();
      rights.close();
      return events.return(undefined);
    },
  );
  return endWith(heardOf, view.ask.lease);
}

function missedSince(
  view: LavaView,
  after: string,
  topics: readonly ServerEventTopic[] | null | undefined,
): readonly Kept<LavaEvent>[] | null {
  const { ring, cursors } = view.server.feed;
  const kept = ring.after(cursors.open(after) ?? -1);
  return kept?.filter(({ event }) => isWanted(event, topics)) ?? null;
}
