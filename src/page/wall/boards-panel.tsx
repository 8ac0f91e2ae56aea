// Boards as tiles, those in trouble first.

import { Link } from "wouter";
import { shortClock } from "../format.js";
import { useServers } from "../frame/servers.js";
import { groupBy } from "../parts/lists.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import { FreshButton, useHeld } from "../parts/held.js";
import { JobLink } from "../parts/links.js";
import { preferences } from "../parts/preferences.js";
import { useStore } from "../parts/store.js";
import { Status } from "../parts/status.js";
import { Since } from "../parts/time.js";
import { routes } from "../routes.js";
import { boardLook, boardRank } from "../words.js";
import type { Look } from "../words.js";
import type { Lab, ShownBoard } from "./lab.js";
import "./boards.css";

interface BoardsPanelProps {
  readonly lab: Pick<Lab, "boards" | "workers"> & { readonly parts: Pick<Lab["parts"], "boards"> };
  readonly byType: boolean;
  readonly onByType: (byType: boolean) => void;
}

export function BoardsPanel({ lab, byType, onByType }: BoardsPanelProps) {
  const boards = lab.boards.toSorted(
    (a, b) => boardRank(a) - boardRank(b) || a.hostname.localeCompare(b.hostname, undefined, { numeric: true }),
  );
  const held = useHeld(boards, ({ id }) => id);
  const silentSince = new Map(lab.workers.map((worker) => [worker.id, worker.lastPing]));
  const tiles = (list: readonly ShownBoard[]) => (
    <ul className="boards">
      {list.map((board) => (
        <BoardTile key={board.id} board={board} silentSince={silentSince.get(board.worker?.id ?? "") ?? null} />
      ))}
    </ul>
  );
  return (
    <Panel
      title="Boards"
      className="p-boards"
      aside={
        <>
          {lab.parts.boards.every(({ data }) => data !== null) ? boards.length : "…"}
          <span className="long">, those in trouble first</span>
        </>
      }
      actions={
        <span className="tools row end">
          <FreshButton held={held} />
          <Choice pressed={!byType} onPress={() => onByType(false)} word="By state" />
          <Choice pressed={byType} onPress={() => onByType(true)} word="By type" />
        </span>
      }
    >
      <PanelState parts={lab.parts.boards} lines={6} />
      {boards.length === 0 && lab.parts.boards.every(({ data }) => data !== null) && (
        <Empty>No board is known here. LAVA shows boards to those who may see them.</Empty>
      )}
      <div {...held.holders}>
        {byType
          ? groupBy(held.shown, ({ deviceType }) => deviceType?.name ?? "unknown").map(([type, list]) => (
              <section key={type} aria-label={type}>
                <h3 className="group">{type}</h3>
                {tiles(list)}
              </section>
            ))
          : held.shown.length > 0 && tiles(held.shown)}
      </div>
    </Panel>
  );
}

function Choice(props: { readonly pressed: boolean; readonly onPress: () => void; readonly word: string }) {
  return (
    <button type="button" aria-pressed={props.pressed} onClick={props.onPress}>
      {props.word}
    </button>
  );
}

function BoardTile({ board, silentSince }: { readonly board: ShownBoard; readonly silentSince: string | null }) {
  const { utc } = useStore(preferences);
  const { staleSince, server, hostname } = board;
  const several = useServers().lava.length > 1;
  const fresh = boardLook(board);
  const look: Look =
    staleSince === null ? fresh : { word: `As of ${shortClock(staleSince, utc)}`, shape: "cut", tone: "wait" };
  const since = fresh.tone === "run" ? board.currentJob?.startedAt : fresh.shape === "cut" ? silentSince : null;
  return (
    <li className={`board ${look.tone}${staleSince === null ? "" : " stale"}`}>
      <div className="head">
        <Link className="host cut" href={routes.board(server.name, hostname)}>
          {hostname}
        </Link>
        <span className="type cut">
          {board.deviceType?.name}
          {several && ` · ${server.name}`}
        </span>
      </div>
      <div className="row">
        <span className={`state ${look.tone}`}>
          <Status look={look} pill={false} />
        </span>
        {staleSince === null && since != null && (
          <span className="muted">
            <Since at={since} />
          </span>
        )}
      </div>
      <div className="what cut">
        {staleSince === null ? <What board={board} look={fresh} /> : <Was board={board} />}
      </div>
    </li>
  );
}

function Was({ board }: { readonly board: ShownBoard }) {
  return (
    <>
      {board.server.name} does not answer; was: {boardLook(board).word.toLowerCase()}
    </>
  );
}

/** What it runs, or why it does not. */
function What({ board, look }: { readonly board: ShownBoard; readonly look: Look }) {
  const { currentJob, worker, server } = board;
  if (board.state === "RUNNING" || board.state === "RESERVED") {
    if (currentJob === null) return <span className="muted">a job you may not see</span>;
    return <JobLink job={{ ...currentJob, server }} />;
  }
  if (look.shape === "cut") {
    const silent = worker?.state === "OFFLINE" ? "is silent" : "is in maintenance";
    return (
      <span className="muted">
        {worker?.hostname} {silent}
      </span>
    );
  }
  return <span className="muted">{board.tags?.join(", ")}</span>;
}
