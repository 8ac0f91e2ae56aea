// All boards of all labs as a table, filtered by the address.

import { BoardListDocument, BoardUpdatesDocument } from "../generated/graphql.js";
import type { BoardListQuery, DeviceFilter, DeviceHealth, DeviceState } from "../generated/graphql.js";
import { useServerVariables, useServers } from "../frame/servers.js";
import { useAllPages } from "../graph/pages.js";
import { useFollowEach } from "../graph/use.js";
import { useChoices, useTitle } from "../parts/address.js";
import { ChoiceFilter, Filters, ServerFilter, TextFilter } from "../parts/filters.js";
import { FreshButton, useHeld } from "../parts/held.js";
import { BoardLink, JobLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Since } from "../parts/time.js";
import { readEnums, readText } from "../routes.js";
import { boardLook, boardRank } from "../words.js";

type Board = NonNullable<NonNullable<BoardListQuery["devices"]>["nodes"][number]> & { readonly stale: boolean };

const STATES: readonly DeviceState[] = ["IDLE", "RESERVED", "RUNNING"];
const HEALTHS: readonly DeviceHealth[] = ["GOOD", "UNKNOWN", "LOOPING", "BAD", "MAINTENANCE", "RETIRED"];
const lower = (value: string) => [value.toLowerCase(), value.toLowerCase()] as const;
const COLUMNS = ["Board", "Is", "Type", "Now", "Worker", "Tags"];

function readFilter(params: URLSearchParams): DeviceFilter {
  const one = (name: string) => {
    const text = readText(params, name);
    return text === null ? null : [text];
  };
  return {
    states: readEnums(params, "state", STATES),
    healths: readEnums(params, "health", HEALTHS),
    deviceTypes: one("type"),
    workers: one("worker"),
    text: readText(params, "text"),
    tags: one("tag"),
  };
}

export function BoardsPage() {
  useTitle("Boards");
  const [params, change] = useChoices();
  const { lava } = useServers();
  const variables = useServerVariables("lava", readText(params, "server"));
  const filter = readFilter(params);
  const pages = useAllPages(
    BoardListDocument,
    variables.map((one) => ({ ...one, filter })),
    ({ devices }) => devices,
  );
  useFollowEach(BoardUpdatesDocument, variables, { onExpired: () => pages.flat().forEach(({ retry }) => retry()) });
  const boards = pages
    .flatMap((own, at) => {
      const away = lava.some(({ name, awaySince }) => name === variables[at]?.server && awaySince !== null);
      return own.flatMap(({ data, faults }) =>
        present(data?.devices?.nodes).map((board): Board => ({ ...board, stale: away || faults.length > 0 })),
      );
    })
    .sort((a, b) => boardRank(a) - boardRank(b) || a.hostname.localeCompare(b.hostname, undefined, { numeric: true }));
  const held = useHeld(boards, ({ id }) => id);
  const whole = pages.flat().every(({ data }) => data !== null);
  return (
    <>
      <h1>Boards</h1>
      <Filters params={params} change={change}>
        <TextFilter label="Name or description" name="text" params={params} change={change} />
        <ChoiceFilter label="Does" name="state" params={params} change={change} options={STATES.map(lower)} />
        <ChoiceFilter label="Health" name="health" params={params} change={change} options={HEALTHS.map(lower)} />
        <TextFilter label="Device type" name="type" params={params} change={change} />
        <TextFilter label="Worker" name="worker" params={params} change={change} />
        <TextFilter label="Tag" name="tag" params={params} change={change} />
        <ServerFilter params={params} change={change} kind="lava" />
      </Filters>
      <Panel title="Found" aside={whole ? boards.length : undefined} actions={<FreshButton held={held} />}>
        <PanelState parts={pages.flat()} lines={8} />
        {boards.length === 0 && whole && <Empty>No board is like this. Clear the filters to see all.</Empty>}
        {boards.length > 0 && (
          <div {...held.holders}>
            <Table label="Boards" columns={COLUMNS}>
              <tbody>
                {held.shown.map((board) => (
                  <BoardRow key={board.id} board={board} />
                ))}
              </tbody>
            </Table>
          </div>
        )}
      </Panel>
    </>
  );
}

function BoardRow({ board }: { readonly board: Board }) {
  const { currentJob, server, worker, deviceType, tags, stale } = board;
  return (
    <tr className={stale ? "stale" : undefined}>
      <td className="full">
        <b>
          <BoardLink board={board} server={server.name} />
        </b>
      </td>
      <td>
        <Status look={boardLook(board)} />
        {stale && <span className="muted"> as it was known last</span>}
      </td>
      <td>{deviceType?.name}</td>
      <td>
        {currentJob !== null && (
          <>
            <JobLink job={{ ...currentJob, server }} /> <Since at={currentJob.startedAt} />
          </>
        )}
        {currentJob === null && board.state === "RUNNING" && <span className="muted">a job you may not see</span>}
      </td>
      <td data-l="on:">{worker?.hostname}</td>
      <td className="muted">{tags?.join(", ")}</td>
    </tr>
  );
}
