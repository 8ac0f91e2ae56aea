// A LAVA server in the graph.

import { Field, ID, Int, ObjectType } from "type-graphql";
import { DateTime } from "../../ci/graph/date-time.scalar.js";
import { Node } from "../../ci/graph/node.type.js";
import { Server } from "../../ci/graph/server.type.js";

@ObjectType({ implements: [Node, Server], description: "A LAVA server: it runs test jobs on real hardware." })
export class LavaServer extends Server {}

@ObjectType({ description: "What a server has shown to everybody: it is read once for all viewers, without a token." })
export class SharedRows {
  @Field(() => Int, { description: "Test jobs, devices, device types and workers that are known so." })
  readonly rows!: number;

  @Field(() => ID, {
    nullable: true,
    description: "The lowest number of a test job that lists are answered down to; null as long as there is none.",
  })
  readonly oldestJobId!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When the newest test jobs were last read; null when they never were.",
  })
  readonly provedAt!: string | null;

  @Field(() => Int, { description: "Lists of test jobs that were answered so, since Etna's start." })
  readonly listsAnswered!: number;

  @Field(() => Int, { description: "Lists that the server was asked for all the same, since Etna's start." })
  readonly listsAsked!: number;
}

@ObjectType({ description: "Whom one server takes you for." })
export class ViewerAccount {
  @Field(() => LavaServer, { description: "The server." })
  readonly server!: LavaServer;
}

@ObjectType({ description: "You, by the credentials that came with this request." })
export class Viewer {
  @Field(() => ID, {
    description:
      "Another one for each set of tokens, so that a client's cache keeps viewers apart. Opaque: says nothing of a token, and changes with a restart of Etna.",
  })
  readonly id!: string;

  @Field(() => [ViewerAccount], { description: "One for each LAVA server; Cuirass has no users." })
  readonly accounts!: readonly ViewerAccount[];
}
