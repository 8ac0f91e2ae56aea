// A Cuirass server in the graph.

import { Field, ObjectType } from "type-graphql";
import { Node } from "../../ci/graph/node.type.js";
import { Server } from "../../ci/graph/server.type.js";

@ObjectType({ implements: [Node, Server], description: "A Cuirass server: it builds Guix packages." })
export class CuirassServer extends Server {
  @Field(() => Boolean, {
    description: "Whether Etna makes changes there: its entry in the configuration says `mutations: true`.",
  })
  readonly takesChanges!: boolean;
}
