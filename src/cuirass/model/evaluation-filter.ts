// What a client asks of evaluations that Cuirass can't be asked for.

import { ArgsType, Field } from "type-graphql";
import { ForwardArgs } from "../../ci/graph/connection.type.js";
import { InputRefused } from "../../errors.js";
import { EvaluationStatus, toEvaluationStatus } from "../protocol/enums.js";
import { readCommit } from "../protocol/ids.js";
import type { WireEvaluation } from "../protocol/wire.js";

/** What Cuirass can't look for among evaluations. */
@ArgsType()
export class EvaluationFilterArgs extends ForwardArgs {
  @Field(() => [EvaluationStatus], {
    nullable: true,
    description: "Only with one of these statuses. Etna looks through 500 evaluations at most to find them.",
  })
  statuses?: EvaluationStatus[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Only with a channel at this commit: at least 7 digits of its hash. Etna looks through 500 evaluations at most, some 240 without a `specification`.",
  })
  commit?: string | null;
}

/** Null when everything fits. */
export function toEvaluationTest({
  statuses,
  commit,
}: EvaluationFilterArgs): ((wire: WireEvaluation) => boolean) | null {
  if (statuses == null && commit == null) return null;
  if (statuses?.length === 0) throw new InputRefused("statuses", "is empty; leave it out to see all");
  const hash = commit == null ? null : readCommit("commit", commit);
  return (wire) =>
    statuses?.includes(toEvaluationStatus(wire.status)) !== false &&
    (hash === null || wire.checkouts.some((checkout) => checkout.commit.startsWith(hash)));
}
