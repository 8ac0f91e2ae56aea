// What `search` finds.

import { Field, ObjectType, registerEnumType } from "type-graphql";
import { Node } from "./node.type.js";
import { Server } from "./server.type.js";

/** In the order in which hits are listed. */
export enum SearchMatch {
  ADDRESS = "ADDRESS",
  NUMBER = "NUMBER",
  STORE_PATH = "STORE_PATH",
  COMMIT = "COMMIT",
  HOSTNAME = "HOSTNAME",
  DEVICE_TYPE = "DEVICE_TYPE",
  SPECIFICATION = "SPECIFICATION",
  JOB = "JOB",
  DESCRIPTION = "DESCRIPTION",
  DEFINITION = "DEFINITION",
}
registerEnumType(SearchMatch, {
  name: "SearchMatch",
  description: "Where a text was found.",
  valuesConfig: {
    ADDRESS: { description: "It is the address of the thing's page." },
    NUMBER: { description: "It is the number of a test job (`1234` or `2008.1`), a build or an evaluation." },
    STORE_PATH: { description: "It is a build's derivation or one of its outputs." },
    COMMIT: { description: "An evaluation is of this commit; looked for among the newest 50 of each Cuirass." },
    HOSTNAME: { description: "It is in the name of a device or a worker." },
    DEVICE_TYPE: { description: "It is in the name of a device type." },
    SPECIFICATION: { description: "It is in the name of a specification." },
    JOB: { description: "It is the name of a Cuirass job, with or without the system; the newest builds are shown." },
    DESCRIPTION: { description: "It is in a test job's description; the newest are shown." },
    DEFINITION: { description: "It is in a test job's definition; the newest are shown." },
  },
});

@ObjectType({ description: "Something that `search` found." })
export class SearchHit {
  @Field(() => SearchMatch, { description: "Where the text was found." })
  readonly matched!: SearchMatch;

  @Field(() => Server, { description: "The server that has it." })
  readonly server!: Server;

  @Field(() => Node, {
    description: "The thing: a TestJob, Device, DeviceType, Worker, Build, Evaluation or Specification.",
  })
  readonly node!: Node;
}
