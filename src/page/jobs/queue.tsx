// Who waits: by device type, with the boards that could take the jobs; below them the jobs.

import { Link } from "wouter";
import { JobListDocument, JobUpdatesDocument, QueueByTypeDocument } from "../generated/graphql.js";
import type { QueueByTypeQuery } from "../generated/graphql.js";
import { useServerVariables } from "../frame/servers.js";
import { useAllPages, usePaged } from "../graph/pages.js";
import { useAtMost, useFollowEach } from "../graph/use.js";
import { useChoices, useTitle } from "../parts/address.js";
import { present } from "../parts/lists.js";
import { More } from "../parts/more.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { readText, routes, withChoices } from "../routes.js";
import { JobTable } from "./jobs.js";

type QueuedType = NonNullable<NonNullable<QueueByTypeQuery["deviceTypes"]>["nodes"][number]>;

const AGAIN_MS = 5_000;

export function QueuePage() {
  useTitle("Queue");
  const [params] = useChoices();
  const server = readText(params, "server");
  const variables = useServerVariables("lava", server);
  const types = useAllPages(QueueByTypeDocument, variables, ({ deviceTypes }) => deviceTypes).flat();
  const filter = { states: ["SUBMITTED" as const, "SCHEDULING" as const, "SCHEDULED" as const] };
  const list = usePaged(JobListDocument, { first: 50, server, filter }, ({ testJobs }) => testJobs);
  const again = useAtMost(AGAIN_MS, () => [...types, ...list.pages].forEach(({ retry }) => retry()));
  useFollowEach(JobUpdatesDocument, variables, { onData: again, onExpired: again });
  const rows = types
    .flatMap(({ data }) => present(data?.deviceTypes?.nodes))
    .filter(({ queue }) => (queue.length ?? 0) > 0)
    .sort((a, b) => (b.queue.length ?? 0) - (a.queue.length ?? 0));
  const jobs = list.pages.flatMap(({ data }) => present(data?.testJobs?.nodes));
  return (
    <>
      <h1>Queue</h1>
      <div className="stack">
        <Panel title="By device type">
          <PanelState parts={types} lines={4} />
          {rows.length === 0 && types.every(({ data }) => data !== null) && <Empty>No job waits.</Empty>}
          {rows.length > 0 && (
            <Table label="By device type" columns={["Type", "Waiting", "Boards", "Free", "Running", "Bad or away"]}>
              <tbody>
                {rows.map((row) => (
                  <TypeRow key={row.id} row={row} />
                ))}
              </tbody>
            </Table>
          )}
        </Panel>
        <Panel title="Waiting jobs" aside={list.pages[0]?.data?.testJobs?.totalCount ?? undefined}>
          <PanelState parts={list.pages} lines={6} />
          {jobs.length > 0 && <JobTable jobs={jobs} />}
          {jobs.length === 0 && list.pages.every(({ data }) => data !== null) && <Empty>No job waits.</Empty>}
          <More more={list.more} />
        </Panel>
      </div>
    </>
  );
}

function TypeRow({ row: { name, deviceCounts, queue } }: { readonly row: QueuedType }) {
  const useless = (deviceCounts?.bad ?? 0) + (deviceCounts?.maintenance ?? 0);
  const none = deviceCounts !== null && deviceCounts.total - useless <= 0;
  return (
    <tr>
      <td className="full">
        <Link href={withChoices(routes.boards, { type: name })}>{name}</Link>
      </td>
      <td className="num">{queue.length}</td>
      <td data-l="boards:">{deviceCounts?.total}</td>
      <td data-l="free:">{deviceCounts?.idle}</td>
      <td data-l="running:">{deviceCounts?.running}</td>
      <td>{none ? <Status look={{ word: "no board", shape: "warn", tone: "warn" }} /> : useless}</td>
    </tr>
  );
}
