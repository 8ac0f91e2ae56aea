// A LAVA server in the graph.

import { Field, ObjectType } from "type-graphql";
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
  @Field(() => [ViewerAccount], { description: "One for each LAVA server; Cuirass has no users." })
  readonly accounts!: readonly ViewerAccount[];
}
