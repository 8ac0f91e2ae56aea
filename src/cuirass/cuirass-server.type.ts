// A Cuirass server in the graph.

import { ObjectType } from "type-graphql";
import { Server } from "../ci/server.type.js";

@ObjectType({ implements: Server, description: "A Cuirass server: it builds Guix packages." })
export class CuirassServer extends Server {}
