// What the fields between the systems cost: see ci/cost.ts.

import { FREE, asks, list, page } from "../ci/cost.js";
import type { Batch, CostAsk, CostTable } from "../ci/cost.js";
import { LONG_LIST_LIMITS } from "../ci/page.js";

/** Texts that LAVA is searched for: addresses, hashes of store paths, numbers of a build; of an evaluation. */
const BUILD_TEXTS = 7;
const EVALUATION_TEXTS = 6;
const searches =
  (texts: number) =>
  ({ environment: { servers, indexed } }: CostAsk) =>
    texts * ((servers.lava ?? 0) - (indexed?.lava ?? 0));
/** New jobs, what is hidden from others, the jobs that were found and whether they may be seen, something older. */
const INDEX_REQUESTS = 5;
const NAMED: Batch = {
  loader: "links.named",
  requests: (keys, { indexed }) => Math.min(keys, 1) * INDEX_REQUESTS * (indexed?.lava ?? 0),
};
/** Signs in one definition that have to be looked up. */
const SIGNS = 2;
const CHANGED = page(FREE, LONG_LIST_LIMITS);

export const LINK_COSTS: CostTable = {
  "TestJob.build": asks(1),
  "TestJob.buildLinks": list(asks(SIGNS), SIGNS),
  "TestJob.evaluation": asks(1),
  "TestJob.evaluationLinks": list(asks(SIGNS), SIGNS),
  "Build.testJobs": page({ requests: searches(BUILD_TEXTS), batch: NAMED }),
  "Evaluation.testJobs": page({ requests: searches(EVALUATION_TEXTS), batch: NAMED }),
  "BuildTestJobEdge.evidence": FREE,
  "BuildTestJobEdge.matched": FREE,
  "EvaluationTestJobEdge.evidence": FREE,
  "EvaluationTestJobEdge.matched": FREE,

  // Both runs, then what they hold.
  "Query.compareRuns": asks(4),
  "TestJobComparison.newFailures": CHANGED,
  "TestJobComparison.fixed": CHANGED,
  "TestJobComparison.stillFailing": CHANGED,
  "TestJobComparison.otherwiseChanged": CHANGED,
  "TestJobComparison.missing": CHANGED,
  "TestJobComparison.added": CHANGED,
  "TestJobComparison.measurementChanges": CHANGED,
  "EvaluationComparison.newFailures": CHANGED,
  "EvaluationComparison.fixed": CHANGED,
  "EvaluationComparison.stillFailing": CHANGED,
  "EvaluationComparison.otherwiseChanged": CHANGED,
  "EvaluationComparison.missing": CHANGED,
  "EvaluationComparison.added": CHANGED,
};
