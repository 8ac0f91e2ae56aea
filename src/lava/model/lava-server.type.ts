// A LAVA server in the graph.

import { Field, ID, ObjectType } from "type-graphql";
import { Node } from "../../ci/graph/node.type.js";
import { Server } from "../../ci/graph/server.type.js";

@ObjectType({ implements: [Node, Server], description: "A LAVA server: it runs test jobs on real hardware." })
export class LavaServer extends Server {}

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
