// Which builds somebody follows who does not name them, in words that Cuirass can be asked in.

import type { BuildQuery } from "../protocol/build-query.js";
import { parseQueryText, toEvaluationId } from "../protocol/ids.js";
import type { WireBuild } from "../protocol/wire.js";

/** All that are given must hold. */
export type BuildScope = Pick<BuildQuery, "specification" | "job" | "system" | "evaluation">;

export function matchesScope(scope: BuildScope, build: WireBuild): boolean {
  return (
    (scope.specification === undefined || scope.specification === build.jobset) &&
    (scope.job === undefined || scope.job === build.job) &&
    (scope.system === undefined || scope.system === build.system) &&
    (scope.evaluation === undefined || scope.evaluation === build.evaluation)
  );
}

/** Whether all that is in `inner` is also in `outer`. */
export function includesScope(outer: BuildScope, inner: BuildScope): boolean {
  return FIELDS.every((field) => outer[field] === undefined || outer[field] === inner[field]);
}

export function isSameScope(one: BuildScope, other: BuildScope): boolean {
  return includesScope(one, other) && includesScope(other, one);
}

/** The narrowest scope that includes all of these. */
export function commonScope(scopes: readonly BuildScope[]): BuildScope {
  const [first = {}, ...others] = scopes;
  const fields = FIELDS.filter((field) => others.every((other) => other[field] === first[field]));
  return Object.fromEntries(fields.map((field) => [field, first[field]]));
}

/** A scope around one build, for `commonScope`. */
export function scopeAround({ jobset, system, evaluation }: WireBuild): BuildScope {
  return {
    specification: parseQueryText(jobset) ?? undefined,
    system: parseQueryText(system) ?? undefined,
    evaluation: toEvaluationId(evaluation),
  };
}

const FIELDS = ["specification", "job", "system", "evaluation"] as const;
