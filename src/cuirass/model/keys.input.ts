// Which build, evaluation or specification a client means.

import { Extensions, Field, ID, InputType, Int } from "type-graphql";
import { ONE_OF } from "../../ci/pick-server.js";

const GLOBAL_ID = { nullable: true, description: "Its `id`; `server` is not needed then." } as const;

@Extensions(ONE_OF)
@InputType({ description: "One build." })
export class BuildKey {
  @Field(() => ID, GLOBAL_ID)
  id?: string | null;

  @Field(() => Int, { nullable: true, description: "Cuirass' number." })
  buildId?: number | null;
}

@Extensions(ONE_OF)
@InputType({ description: "One evaluation." })
export class EvaluationKey {
  @Field(() => ID, GLOBAL_ID)
  id?: string | null;

  @Field(() => Int, { nullable: true, description: "Cuirass' number." })
  evaluationId?: number | null;
}

@Extensions(ONE_OF)
@InputType({ description: "One specification." })
export class SpecificationKey {
  @Field(() => ID, GLOBAL_ID)
  id?: string | null;

  @Field(() => String, { nullable: true, description: "Its name." })
  name?: string | null;
}
