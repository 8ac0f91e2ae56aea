// What a client asks of builds, read into what Cuirass can be asked for.

import { Field, InputType, Int } from "type-graphql";
import { DateTime } from "../../ci/graph/date-time.scalar.js";
import { InputRefused } from "../../errors.js";
import { justAfter, justBefore } from "../protocol/border.js";
import type { TimeRange } from "../protocol/border.js";
import type { BuildQuery } from "../protocol/build-query.js";
import { BuildStatus, UNFINISHED } from "../protocol/enums.js";
import { readDerivation, readEvaluationId, readQueryText } from "../protocol/ids.js";

@InputType({ description: "Which builds to follow; all that are given must hold. Texts are compared exactly." })
export class BuildUpdatesFilter {
  @Field(() => String, { nullable: true, description: "Of the specification with this name." })
  specification?: string | null;

  @Field(() => String, { nullable: true, description: "Of this job, e.g. `hello.x86_64-linux`." })
  job?: string | null;

  @Field(() => String, { nullable: true, description: "For this system, e.g. `x86_64-linux`." })
  system?: string | null;

  @Field(() => Int, { nullable: true, description: "First asked for by the evaluation with this number." })
  evaluationId?: number | null;
}

@InputType({ description: "Which finished builds; all that are given must hold. Texts are compared exactly." })
export class BuildFilter extends BuildUpdatesFilter {
  @Field(() => String, { nullable: true, description: "Of the derivation with this store path, which ends in `.drv`." })
  derivation?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Built by the worker of this name, as Cuirass' page `/workers` has it.",
  })
  worker?: string | null;

  @Field(() => [BuildStatus], {
    nullable: true,
    description:
      "With one of these statuses. Cuirass can't look for them: Etna reads some thousand builds for a page, and where they hold " +
      "too few, the page is short, or empty, with `hasNextPage`. Go on after `pageInfo.endCursor`.",
  })
  statuses?: BuildStatus[] | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "Ended later than this. Without those whose end Cuirass does not know, such as canceled ones.",
  })
  finishedAfter?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Ended earlier than this; see `finishedAfter`." })
  finishedBefore?: string | null;
}

/** The fields of a filter that Cuirass can be asked for. `prefix` names them in a refusal. */
export function toQuery(
  filter: Pick<BuildFilter, "specification" | "job" | "system" | "evaluationId" | "derivation" | "worker">,
  prefix: string,
): BuildQuery {
  const { specification, job, system, evaluationId, derivation } = filter;
  const text = (name: string, value: string | null | undefined) =>
    value == null ? undefined : readQueryText(prefix + name, value);
  return {
    specification: text("specification", specification),
    job: text("job", job),
    system: text("system", system),
    worker: text("worker", filter.worker),
    evaluation: evaluationId == null ? undefined : readEvaluationId(`${prefix}evaluationId`, evaluationId),
    derivation:
      derivation == null
        ? undefined
        : text("derivation", `/gnu/store/${readDerivation(`${prefix}derivation`, derivation)}`),
  };
}

/** Null when no time is asked for. */
export function readTimeRange(
  { finishedAfter, finishedBefore }: BuildFilter,
  statuses: readonly BuildStatus[] | null,
): TimeRange | null {
  if (finishedAfter == null && finishedBefore == null) return null;
  if (finishedAfter != null && finishedBefore != null && Date.parse(finishedBefore) <= Date.parse(finishedAfter)) {
    throw new InputRefused("filter.finishedBefore", "is not later than `filter.finishedAfter`");
  }
  if (statuses?.includes(BuildStatus.CANCELED) === true) {
    throw new InputRefused("filter.statuses", "Cuirass does not note when a build was CANCELED; leave out the times");
  }
  return {
    above: finishedAfter == null ? undefined : justAfter(finishedAfter),
    below: finishedBefore == null ? undefined : justBefore(finishedBefore),
  };
}

/** @param unfinished whether the list has unfinished builds too. */
export function readStatuses(
  argument: string,
  statuses: readonly BuildStatus[] | null | undefined,
  unfinished: boolean,
): readonly BuildStatus[] | null {
  if (statuses == null) return null;
  if (statuses.length === 0) throw new InputRefused(argument, "is empty; leave it out to see all");
  const odd = unfinished ? undefined : statuses.find((status) => UNFINISHED.has(status));
  if (odd !== undefined) throw new InputRefused(argument, `${odd} builds are not finished; they are in \`buildQueue\``);
  return statuses;
}
