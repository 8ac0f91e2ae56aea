// What changed between two evaluations: jobs that newly fail, jobs that were fixed.

import type { ChangeFragment, EvaluationComparisonQuery } from "../generated/graphql.js";
import { BuildLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { Empty } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { buildLook } from "../words.js";

export type EvaluationComparison = Extract<
  NonNullable<EvaluationComparisonQuery["compareRuns"]>,
  { readonly unchangedCount: number }
>;

interface ChangesProps {
  readonly comparison: EvaluationComparison;
  readonly server: string;
}

export function EvaluationChanges({ comparison, server }: ChangesProps) {
  const changes = [...present(comparison.newFailures.nodes), ...present(comparison.fixed.nodes)];
  if (changes.length === 0) return <Empty>Nothing new failed, and nothing was fixed.</Empty>;
  return <ChangeList changes={changes} server={server} />;
}

export function ChangeList({
  changes,
  server,
}: {
  readonly changes: readonly ChangeFragment[];
  readonly server: string;
}) {
  return (
    <ul className="list">
      {changes.map((change) => (
        <ChangeItem key={change.name} change={change} server={{ name: server }} />
      ))}
    </ul>
  );
}

function ChangeItem({
  change,
  server,
}: {
  readonly change: ChangeFragment;
  readonly server: { readonly name: string };
}) {
  const { name, before, after } = change;
  const fixed = after?.status === "SUCCEEDED";
  return (
    <li>
      {after === null ? <span>{name}</span> : <BuildLink build={{ buildId: after.buildId, job: name, server }} />}
      <span className="row">
        <span className={`tag ${fixed ? "pass" : "fail"}`}>{fixed ? "fixed" : "new"}</span>
        {after !== null && <Status look={buildLook(after.status)} />}
      </span>
      <span className="sub">before: {before === null ? "not built" : buildLook(before.status).word.toLowerCase()}</span>
    </li>
  );
}
