// The newest evaluations of a server, for what Cuirass can't be asked: which ones are of a commit, and since when a build can
// have been there at all.

import type { Build } from "../model/build.type.js";
import type { Evaluation } from "../model/evaluation.type.js";
import type { CuirassView } from "../view.js";

/** One request, 0.2 s of the server's work. */
const EVALUATIONS_READ = 50;

const reading = new WeakMap<CuirassView, Promise<readonly Evaluation[]>>();

/** Those of the newest 50 that have a channel at a commit beginning so; read once for each operation. */
export async function evaluationsOfCommit(
  view: CuirassView,
  commit: string,
  report: (error: unknown) => void,
): Promise<readonly Evaluation[]> {
  const recent = await recentEvaluations(view, report);
  return recent.filter(({ checkouts }) => checkouts.some((checkout) => checkout.commit.startsWith(commit)));
}

/**
 * A moment before this evaluation began, and so before each build that it was the first to ask for, in milliseconds since
 * 1970: when the one before it began, as its own start is moved when it is restarted. Cuirass does not tell when a finished
 * build was made. Null where the newest 50 do not say.
 */
export async function beforeEvaluation(view: CuirassView, { evaluationId }: Build): Promise<number | null> {
  const before = (await recentEvaluations(view, () => undefined)).find((one) => one.evaluationId < evaluationId);
  return before?.startedAt == null ? null : Date.parse(before.startedAt);
}

function recentEvaluations(view: CuirassView, report: (error: unknown) => void): Promise<readonly Evaluation[]> {
  let recent = reading.get(view);
  if (recent === undefined) {
    const request = { direction: "forward", count: EVALUATIONS_READ, cursor: null } as const;
    recent = view.evaluations(null, request, report).then(({ items }) => items.map(({ node }) => node));
    reading.set(view, recent);
  }
  return recent;
}
