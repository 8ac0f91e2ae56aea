// Why something was not done, alike in every mutation's result.

import { Field, InterfaceType, ObjectType } from "type-graphql";

@InterfaceType({ description: "Something was not done, or would not be; whoever asked can act upon it." })
export abstract class Refusal {
  @Field(() => String, { description: "Why, in words: the server's own where it gives any." })
  readonly message!: string;
}

@ObjectType({ implements: Refusal, description: "Nothing was changed: there is no such thing that you may see." })
export class NotFound extends Refusal {}
