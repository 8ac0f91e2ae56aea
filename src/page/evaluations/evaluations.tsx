// Evaluations of all farms, newest first.

import { EvaluationListDocument, EvaluationUpdatesDocument } from "../generated/graphql.js";
import type { EvaluationListQuery } from "../generated/graphql.js";
import { useServerVariables } from "../frame/servers.js";
import { usePaged } from "../graph/pages.js";
import { useAtMost, useFollowEach } from "../graph/use.js";
import { useChoices, useTitle } from "../parts/address.js";
import { Bar } from "../parts/bar.js";
import { Filters, ServerFilter, TextFilter } from "../parts/filters.js";
import { Commit, EvaluationLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { More } from "../parts/more.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Time } from "../parts/time.js";
import { readText } from "../routes.js";
import { evaluationLook } from "../words.js";

type Evaluation = NonNullable<NonNullable<EvaluationListQuery["evaluations"]>["nodes"][number]>;

const AGAIN_MS = 5_000;
const COLUMNS = ["Evaluation", "Status", "Share", "Built / failed / to come", "Channels", "Began"];

export function EvaluationsPage() {
  useTitle("Evaluations");
  const [params, change] = useChoices();
  const server = readText(params, "server");
  const list = usePaged(
    EvaluationListDocument,
    { first: 20, server, specification: readText(params, "spec"), commit: readText(params, "commit") },
    ({ evaluations }) => evaluations,
  );
  const again = useAtMost(AGAIN_MS, () => list.pages[0]?.retry());
  useFollowEach(EvaluationUpdatesDocument, useServerVariables("cuirass", server), { onData: again, onExpired: again });
  const rows = list.pages.flatMap(({ data }) => present(data?.evaluations?.nodes));
  return (
    <>
      <h1>Evaluations</h1>
      <Filters params={params} change={change}>
        <TextFilter label="Specification" name="spec" params={params} change={change} />
        <TextFilter label="Commit" name="commit" params={params} change={change} />
        <ServerFilter params={params} change={change} kind="cuirass" />
      </Filters>
      <Panel title="Found">
        <PanelState parts={list.pages} lines={8} />
        {rows.length === 0 && list.pages.every(({ data }) => data !== null) && (
          <Empty>No evaluation is like this. Clear the filters to see all.</Empty>
        )}
        {rows.length > 0 && (
          <Table label="Evaluations" columns={COLUMNS}>
            <tbody>
              {rows.map((row) => (
                <Row key={row.id} row={row} />
              ))}
            </tbody>
          </Table>
        )}
        <More more={list.more} word="Older evaluations" />
      </Panel>
    </>
  );
}

function Row({ row }: { readonly row: Evaluation }) {
  const { summary } = row;
  const label =
    summary === null ? "" : `${summary.succeeded} built, ${summary.failed} failed, ${summary.pending} to come`;
  return (
    <tr>
      <td className="full">
        <EvaluationLink evaluation={row} /> {row.specificationName}
      </td>
      <td>
        <Status look={evaluationLook(row)} />
      </td>
      <td className="full">
        {summary !== null && (
          <Bar done={summary.succeeded} failed={summary.failed} total={summary.total} label={label} />
        )}
      </td>
      <td className="num nw">
        {summary !== null && (
          <>
            <span className="pass">{summary.succeeded}</span> / <span className="fail">{summary.failed}</span> /{" "}
            {summary.pending}
          </>
        )}
      </td>
      <td>
        {row.checkouts.map(({ channel, commit }) => (
          <span key={channel} className="row">
            <span className="muted">{channel}</span> <Commit commit={commit} />
          </span>
        ))}
      </td>
      <td>
        <Time at={row.startedAt} />
      </td>
    </tr>
  );
}
