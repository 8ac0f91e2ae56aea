// A test job's place in its multinode job. From the definition that LAVA makes for each node.

import { Field, ID, Int, ObjectType } from "type-graphql";
import type { TestJob } from "./test-job.type.js";

@ObjectType({ description: "A test job's place among those that run together on several devices." })
export class Multinode {
  readonly job!: TestJob;

  @Field(() => ID, { description: "LAVA's mark of the group (`target_group`), the same in all its nodes." })
  readonly group!: string;

  @Field(() => String, { nullable: true, description: "The part that this node plays, e.g. `server`." })
  readonly role!: string | null;

  @Field(() => Int, { description: "How many nodes the group has." })
  readonly size!: number;
}
