// An event of LAVA's bus in the graph, the same whichever way it came.

import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { DateTime } from "../../ci/graph/date-time.scalar.js";
import { make } from "../../ci/graph/make.js";
import type { Cursors } from "../../events/cursors.js";
import type { LavaEvent } from "../protocol/event.js";

export enum ServerEventTopic {
  TEST_JOB = "TEST_JOB",
  DEVICE = "DEVICE",
  WORKER = "WORKER",
  MESSAGE = "MESSAGE",
}
registerEnumType(ServerEventTopic, {
  name: "ServerEventTopic",
  description: "What an event of a LAVA server is about.",
  valuesConfig: {
    TEST_JOB: { description: "A test job's state or health has changed (`.testjob`)." },
    DEVICE: { description: "A device's state or health has changed (`.device`)." },
    WORKER: { description: "A worker's state or health has changed (`.worker`)." },
    MESSAGE: { description: "A test has sent a message with `lava-test-event` (`.event`)." },
  },
});

@ObjectType({
  description:
    "A message of a LAVA server's event bus. A hint, not a record: some are lost, and some come before what they tell can be read.",
})
export class ServerEvent {
  /** The same for all who hear of it: by it the server shares executions. */
  readonly key!: string;

  readonly serverName!: string;
  readonly event!: LavaEvent;
  readonly receivedAt!: number | null;

  @Field(() => ServerEventTopic, { description: "What it is about." })
  readonly topic!: ServerEventTopic;

  @Field(() => ID, { description: "The message's own id." })
  readonly uuid!: string;

  @Field(() => DateTime, { description: "When the server sent it." })
  readonly time!: string;

  @Field(() => String, { description: "The test job's submitter, else `lavaserver`." })
  readonly user!: string;

  @Field(() => String, {
    nullable: true,
    description: "LAVA's word for the state that it tells, e.g. `Running`; null for a message.",
  })
  readonly state!: string | null;

  @Field(() => String, { nullable: true, description: "LAVA's word for the health that it tells; null for a message." })
  readonly health!: string | null;

  @Field(() => String, { nullable: true, description: "The text of a message; null for other topics." })
  readonly message!: string | null;

  /** Makes the text: work for a cipher, done only for whoever asks. */
  readonly seal!: () => string;

  @Field(() => String, { description: "Opaque position: `serverEvents(after:)` goes on from here." })
  get cursor(): string {
    return this.seal();
  }
}

const TOPICS = {
  testjob: ServerEventTopic.TEST_JOB,
  device: ServerEventTopic.DEVICE,
  worker: ServerEventTopic.WORKER,
  event: ServerEventTopic.MESSAGE,
} as const;

/** Null for a kind that this version does not know. */
export function topicOf(event: LavaEvent): ServerEventTopic | null {
  return event.kind === "other" ? null : TOPICS[event.kind];
}

/**
 * @param cursors of the feed that counts it, which goes by the server's name.
 * @param receivedAt on the clock of `clock.ts`; null for one of the past.
 */
export function toServerEvent(
  cursors: Cursors,
  event: LavaEvent,
  number: number,
  receivedAt: number | null,
): ServerEvent {
  const serverName = cursors.feed;
  const told = event.kind === "event" || event.kind === "other" ? null : event;
  return make(ServerEvent, {
    key: `${serverName} event ${number}`,
    serverName,
    event,
    receivedAt,
    topic: topicOf(event) ?? ServerEventTopic.MESSAGE,
    uuid: event.uuid,
    time: event.time,
    user: event.user,
    state: told?.state ?? null,
    health: told?.health ?? null,
    message: event.kind === "event" ? event.message : null,
    seal: () => cursors.seal(number),
  });
}
