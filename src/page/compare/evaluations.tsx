// Two evaluations by their jobs, with the commits that lie between them.

import { EvaluationComparisonDocument, EvaluationHeadDocument } from "../generated/graphql.js";
import type { EvaluationHeadQuery } from "../generated/graphql.js";
import { plural } from "../format.js";
import { useAsk } from "../graph/use.js";
import { ChangeList } from "../evaluations/changes.js";
import { Commit, EvaluationLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { NoSuchThing, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { evaluationLook } from "../words.js";
import type { PlacedRun } from "./run.js";

type Evaluation = NonNullable<EvaluationHeadQuery["evaluation"]>;

interface EvaluationsProps {
  readonly before: PlacedRun;
  readonly after: PlacedRun;
}

export function CompareEvaluations({ before, after }: EvaluationsProps) {
  const asked = [
    useAsk(EvaluationHeadDocument, { server: before.server, evaluationId: Number(before.id) }),
    useAsk(EvaluationHeadDocument, { server: after.server, evaluationId: Number(after.id) }),
  ] as const;
  const [first, second] = [asked[0].data?.evaluation ?? null, asked[1].data?.evaluation ?? null];
  const compared = useAsk(
    EvaluationComparisonDocument,
    { before: first?.id ?? "", after: second?.id ?? "" },
    { pause: first === null || second === null },
  );
  const found = compared.data?.compareRuns ?? null;
  const comparison = found !== null && "unchangedCount" in found ? found : null;
  const missing = asked.findIndex(({ data, faults }) => data?.evaluation === null && faults.length === 0);
  if (missing >= 0) return <NoSuchThing what={`evaluation ${(missing === 0 ? before : after).id}`} />;
  const lists = [
    ["Newly failing", comparison?.newFailures],
    ["Fixed", comparison?.fixed],
    ["Still failing", comparison?.stillFailing],
  ] as const;
  return (
    <div className="stack">
      <PanelState parts={first === null || second === null ? asked : [compared]} lines={6} />
      {first !== null && second !== null && <Heads all={[first, second]} />}
      {comparison !== null && <p className="muted">{plural(comparison.unchangedCount, "job")} as before.</p>}
      {lists.map(([title, list]) => {
        const changes = present(list?.nodes);
        return changes.length === 0 ? null : (
          <Panel key={title} title={title} aside={list?.totalCount ?? undefined}>
            <ChangeList changes={changes} server={after.server} />
          </Panel>
        );
      })}
      {comparison !== null && present(comparison.missing.nodes).length > 0 && (
        <Panel title="No longer there" aside={comparison.missing.totalCount ?? undefined}>
          <ul className="list">
            {present(comparison.missing.nodes).map(({ name }) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        </Panel>
      )}
    </div>
  );
}

function Heads({ all }: { readonly all: readonly Evaluation[] }) {
  const channels = [...new Set(all.flatMap(({ checkouts }) => checkouts.map(({ channel }) => channel)))];
  return (
    <Panel title="Evaluations">
      <Table label="Evaluations" columns={["Evaluation", "Status", ...channels]}>
        <tbody>
          {all.map((one, at) => (
            <tr key={`${one.id} ${at}`}>
              <td className="full">
                <EvaluationLink evaluation={one} /> {one.specificationName}
              </td>
              <td>
                <Status look={evaluationLook(one)} />
              </td>
              {channels.map((channel) => {
                const commit = one.checkouts.find((checkout) => checkout.channel === channel)?.commit;
                return (
                  <td key={channel} data-l={`${channel}:`}>
                    {commit === undefined ? <span className="muted">none</span> : <Commit commit={commit} />}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </Table>
    </Panel>
  );
}
