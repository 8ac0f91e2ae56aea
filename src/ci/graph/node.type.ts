// The interface of everything that can be fetched again by its global id.

import { Field, ID, InterfaceType } from "type-graphql";

@InterfaceType({ description: "Anything that can be fetched again by its id, with `node` or `nodes`." })
export abstract class Node {
  @Field(() => ID, { description: "Opaque id, unique over all servers." })
  readonly id!: string;
}
