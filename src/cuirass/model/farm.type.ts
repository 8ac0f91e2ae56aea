// What Cuirass' pages say of its machines and of what builds wait for, and how long its queue is.

import { Field, Int, ObjectType } from "type-graphql";

@ObjectType({ description: "A worker of a build machine." })
export class BuildWorker {
  readonly serverName!: string;

  @Field(() => String, { description: "Name of its machine; one machine may have several workers." })
  readonly machine!: string;

  @Field(() => Int, { nullable: true, description: "Number of the build that it builds; null while it is idle." })
  readonly buildId!: number | null;

  @Field(() => String, { nullable: true, description: "Name of that build's job; null while it is idle." })
  readonly job!: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "0 to 100: how far it is, as Cuirass guesses by the last build of the same job; null while it is idle.",
  })
  readonly percent!: number | null;
}

@ObjectType({ description: "A build that another one needs." })
export class BuildDependency {
  readonly serverName!: string;

  @Field(() => Int, { description: "Its number." })
  readonly buildId!: number;
}

@ObjectType({ description: "How many builds of a server's queue are for one system." })
export class QueueTotal {
  @Field(() => String, { description: "The system, e.g. `x86_64-linux`." })
  readonly system!: string;

  @Field(() => Int, { description: "Builds that run." })
  readonly running!: number;

  @Field(() => Int, { description: "Builds that wait for a worker, or have been handed to one." })
  readonly waiting!: number;
}

@ObjectType({ description: "The newest evaluation of a specification of which all wanted jobs are built." })
export class BuiltCommit {
  readonly serverName!: string;

  @Field(() => Int, {
    description: "Number of the evaluation; its `checkouts` are the commits, its `channelsFile` pins them.",
  })
  readonly evaluationId!: number;
}
