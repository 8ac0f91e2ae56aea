// What every configured upstream server shows of itself.

import "./enums.js";
import { Field, Int, InterfaceType, ObjectType } from "type-graphql";
import { EventFeed, ServerCapability } from "../enums.js";
import { DateTime } from "./date-time.scalar.js";
import type { HttpStatus } from "../../net/http.js";
import type { ServerEvents, ServerProbe } from "../server.js";
import { Node } from "./node.type.js";

@ObjectType("ServerEvents", { description: "How news of a server reach Etna just now." })
export class ServerEventsType implements ServerEvents {
  @Field(() => EventFeed, { description: "The feed in use." })
  readonly source!: EventFeed;

  @Field(() => Boolean, { description: "Whether the publisher is connected; always false while polling." })
  readonly connected!: boolean;

  @Field(() => DateTime, {
    nullable: true,
    description: "Since when the feed is as it is; null before its first attempt.",
  })
  readonly since!: string | null;

  @Field(() => DateTime, { nullable: true, description: "When the last event came; null when none has come yet." })
  readonly lastEventAt!: string | null;

  @Field(() => Int, { description: "Events received since Etna's start." })
  readonly received!: number;

  @Field(() => Int, { description: "Messages on the bus that made no sense and were dropped, since Etna's start." })
  readonly dropped!: number;

  @Field(() => Int, {
    description: "Changes that only a read has found, since the publisher had lost them, since Etna's start.",
  })
  readonly repaired!: number;
}

@InterfaceType({ implements: Node, description: "A LAVA or Cuirass server that this gateway is configured for." })
export abstract class Server extends Node {
  @Field(() => String, { description: "Its name in the gateway's configuration; what arguments called `server` take." })
  readonly name!: string;

  @Field(() => String, { description: "Its address for people." })
  readonly url!: string;

  /** One cheap look, shared by the fields that need it; never throws. */
  readonly probe!: () => Promise<ServerProbe>;
  readonly currentEvents!: () => ServerEvents;
  readonly currentStatus!: () => Pick<HttpStatus, "breaker" | "failingSince">;
  /** Throws `UpstreamError` when the server had to be asked and did not answer. */
  readonly currentCapabilities!: () => Promise<readonly ServerCapability[]>;

  @Field(() => Boolean, { description: "Whether it answers just now. Asks the server." })
  async reachable(): Promise<boolean> {
    return (await this.probe()).reachable;
  }

  @Field(() => DateTime, {
    nullable: true,
    description:
      "Since when it has not answered: the first of the requests that failed in a row. Null while it answers, and when Etna can't tell. Asks the server.",
  })
  async unreachableSince(): Promise<string | null> {
    const { reachable, since = null } = await this.probe();
    return reachable ? null : (since?.toISOString() ?? null);
  }

  @Field(() => String, {
    nullable: true,
    description: "Its version, e.g. `2023.01`; null when it does not answer or does not say. Asks the server.",
  })
  async version(): Promise<string | null> {
    return (await this.probe()).version;
  }

  @Field(() => [ServerCapability], {
    nullable: true,
    description:
      "What it can do that older ones can't, learned once from its version. Empty where nothing is known; null when it does not answer.",
  })
  async capabilities(): Promise<readonly ServerCapability[]> {
    return this.currentCapabilities();
  }

  @Field(() => ServerEventsType, { description: "How news of it reach Etna." })
  events(): ServerEvents {
    return this.currentEvents();
  }
}
