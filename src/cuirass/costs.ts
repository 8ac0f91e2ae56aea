// What Cuirass' fields cost its servers: see ci/cost.ts. Cuirass has no bulk form, so that nearly everything costs a
// request for each object. A field that asks Cuirass gets its line here; test/server/limits/costs.test.ts fails without.

import { FREE, asks, batched, countOf, list, onceEach, page, sharing, toEach } from "../ci/cost.js";
import type { CostAsk, CostTable } from "../ci/cost.js";
import { LONG_LIST_LIMITS } from "../ci/page.js";

const BUILDS = onceEach("cuirass.builds");
const EVALUATIONS = onceEach("cuirass.evaluations");
/** The whole list, once. */
const SPECIFICATIONS = sharing("cuirass.specifications", "cuirass", 10_000);

/** A page of builds, of whatever list: see by-end.ts. */
const BUILD_PAGE = 3;
/** Newest evaluations, and those single ones that the list does not show. */
const EVALUATION_PAGE = 3;
/** Where Etna must look through many for what fits. */
const SEARCHED_PAGE = 6;
/** What only Cuirass knows: workers, active specifications. */
const WORKERS = 50;
const ACTIVE = 20;

const evaluations = ({ args: { statuses, commit } }: CostAsk) =>
  statuses == null && commit == null ? EVALUATION_PAGE : SEARCHED_PAGE;

export const CUIRASS_COSTS: CostTable = {
  "Query.build": batched(BUILDS),
  "Query.builds": page(asks(toEach("cuirass", BUILD_PAGE))),
  "Query.buildQueue": page(asks(toEach("cuirass", BUILD_PAGE))),
  "Query.buildByOutput": asks(1),
  "Query.buildByDerivation": asks(1),
  "Query.evaluation": batched(EVALUATIONS),
  "Query.evaluations": page(asks((ask) => evaluations(ask) * toEach("cuirass")(ask))),
  "Query.specification": batched(SPECIFICATIONS),
  "Query.specifications": list(asks(toEach("cuirass")), ACTIVE),
  // Where some of the newest evaluations lack the jobs, all that Cuirass looks through.
  "Query.jobHistory": list(asks(2), countOf("last")),

  "Build.server": FREE,
  "Build.evaluation": batched(EVALUATIONS),
  "Build.specification": batched(SPECIFICATIONS),
  "Build.log": FREE,
  "Evaluation.server": FREE,
  "Evaluation.specification": batched(SPECIFICATIONS),
  "Evaluation.builds": page(asks(BUILD_PAGE)),
  "Evaluation.jobs": page(asks(1), LONG_LIST_LIMITS),
  "Evaluation.summary": asks(1),
  "Evaluation.log": FREE,
  "Job.build": batched(BUILDS),
  "JobHistoryEntry.evaluation": batched(EVALUATIONS),
  "Specification.server": FREE,
  "Specification.evaluations": page(asks(evaluations)),
  "Specification.latestEvaluation": asks(2),
  "BuildDependency.build": batched(BUILDS),
  "BuiltCommit.evaluation": batched(EVALUATIONS),
  "BuildWorker.build": batched(BUILDS),
  "Build.previous": asks(BUILD_PAGE),
  "Build.dependencies": list(asks(1), 10),
  "Evaluation.channelsFile": asks(1),
  "Specification.newestCommit": asks(2),
  "CuirassServer.queueTotals": asks(1),
  "CuirassServer.workers": list(asks(1), WORKERS),
  "CuirassServer.reachable": asks(1),
  "CuirassServer.unreachableSince": asks(1),
  "CuirassServer.version": asks(1),
  "CuirassServer.capabilities": FREE,
  "Dashboard.evaluation": asks(2),
  "Dashboard.url": asks(2),

  // A subscription's cost is that of each of its updates.
  "Subscription.buildUpdates": asks(toEach("cuirass")),
  "Subscription.evaluationUpdates": asks(toEach("cuirass")),

  "Mutation.evaluateSpecification": asks(3),
  "Mutation.restartBuild": asks(2),
  // Whether there is one that is not shown, its page tells.
  "Mutation.restartEvaluation": asks(3),
  "Mutation.cancelEvaluation": asks(3),
  "Mutation.retryEvaluation": asks(3),
  "Mutation.registerDashboard": asks(3),
};
