// The newest evaluations of a server, for what Cuirass can't be asked: which ones are of a commit.

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
  let recent = reading.get(view);
  if (recent === undefined) {
    const request = { direction: "forward", count: EVALUATIONS_READ, cursor: null } as const;
    recent = view.evaluations(null, request, report).then(({ items }) => items.map(({ node }) => node));
    reading.set(view, recent);
  }
  return (await recent).filter(({ checkouts }) => checkouts.some((checkout) => checkout.commit.startsWith(commit)));
}
