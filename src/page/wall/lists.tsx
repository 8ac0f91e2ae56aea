// The wall's lists: what broke off last, health checks and workers, the queue by device type.

import { Link } from "wouter";
import { useServers } from "../frame/servers.js";
import { FreshButton, useHeld } from "../parts/held.js";
import { JobLink } from "../parts/links.js";
import { groupBy } from "../parts/lists.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Ago, Since } from "../parts/time.js";
import { routes, withChoices } from "../routes.js";
import { boardLook, failureLook, isAway, isDown, workerLook } from "../words.js";
import type { BrokenJob, Lab, ShownBoard } from "./lab.js";

const ROWS = 6;

export function BrokenPanel({ lab }: { readonly lab: Lab }) {
  const held = useHeld(lab.broken.slice(0, ROWS), ({ id }) => id);
  return (
    <Panel
      title="Broke off last"
      className="p-failed"
      actions={
        <span className="row end">
          <FreshButton held={held} />
          <Link href={withChoices(routes.jobs, { health: "incomplete", order: "ended" })}>all</Link>
        </span>
      }
    >
      <PanelState parts={lab.parts.broken} lines={5} />
      {lab.broken.length === 0 && lab.parts.broken.every(({ data }) => data !== null) && (
        <Empty>No test job broke off in the last 24 hours.</Empty>
      )}
      <ul className="list" {...held.holders}>
        {held.shown.map((job) => (
          <BrokenItem key={job.id} job={job} />
        ))}
      </ul>
    </Panel>
  );
}

function BrokenItem({ job }: { readonly job: BrokenJob }) {
  const { failure, device } = job;
  const look = failure === null ? null : failureLook(failure.kind);
  const word = look?.word.replace(/: no verdict| failed/, "");
  return (
    <li>
      <JobLink job={job} />
      <span className="muted">
        <Ago at={job.finishedAt} />
      </span>
      <span className="sub row">
        {look !== null && <Status look={{ ...look, word: word ?? look.word }} />}
        <span className="cut grow">
          {device !== null && `${device.hostname}: `}
          {failure?.message ?? "LAVA gave no reason"}
        </span>
      </span>
    </li>
  );
}

export function ChecksPanel({ lab }: { readonly lab: Lab }) {
  const { lava } = useServers();
  const away = new Set(lava.filter(({ awaySince }) => awaySince !== null).map(({ name }) => name));
  // What a lab that does not answer said last is its boards' to show: nobody can mend it from here.
  const boards = lab.boards.filter(({ staleSince }) => staleSince === null);
  const workers = lab.workers.filter(({ server }) => !away.has(server.name));
  const several = lava.length > 1;
  const failed = boards.filter(({ health }) => health === "BAD");
  const looping = boards.filter(({ health }) => health === "LOOPING");
  const silent = workers.filter((worker) => isAway(worker) && worker.health !== "RETIRED");
  const calm = failed.length + looping.length + silent.length === 0;
  return (
    <Panel
      title="Health checks and workers"
      className="p-health"
      actions={<Link href={withChoices(routes.boards, { health: "bad" })}>all</Link>}
    >
      <PanelState parts={lab.parts.workers} lines={3} />
      {calm && lab.parts.workers.every(({ data }) => data !== null) && (
        <Empty>All workers answer, and no health check failed.</Empty>
      )}
      <ul className="list">
        {failed.map((board) => (
          <BoardItem key={board.id} board={board} several={several} word="failed" note="its health check failed" />
        ))}
        {silent.map((worker) => (
          <li key={worker.id}>
            <span className="row">
              <Status look={workerLook(worker)} />
              <b className="cut">{worker.hostname}</b>
              {several && <span className="muted">{worker.server.name}</span>}
            </span>
            <span className="muted">
              <Since at={worker.lastPing} />
            </span>
            <span className="sub">{hanging(boards.filter((board) => board.worker?.id === worker.id))}</span>
          </li>
        ))}
        {looping.map((board) => (
          <BoardItem
            key={board.id}
            board={board}
            several={several}
            word="looping"
            note="runs its check over and over"
          />
        ))}
      </ul>
    </Panel>
  );
}

interface BoardItemProps {
  readonly board: ShownBoard;
  readonly word: string;
  readonly note: string;
  /** Whether its server is to be named. */
  readonly several: boolean;
}

function BoardItem({ board, word, note, several }: BoardItemProps) {
  const look = word === "failed" ? boardLook({ ...board, state: "IDLE" }) : boardLook({ ...board, worker: null });
  return (
    <li>
      <span className="row">
        <Status look={{ ...look, word }} />
        <Link className="quiet cut" href={routes.board(board.server.name, board.hostname)}>
          <b>{board.hostname}</b>
        </Link>
        {several && <span className="muted">{board.server.name}</span>}
      </span>
      <span className="sub">{note}</span>
    </li>
  );
}

function hanging(boards: readonly ShownBoard[]): string {
  if (boards.length === 0) return "no board hangs on it";
  const names = boards.slice(0, 4).map(({ hostname }) => hostname);
  const more = boards.length > 4 ? ` and ${boards.length - 4} more` : "";
  return `${names.join(", ")}${more} ${boards.length === 1 ? "hangs" : "hang"} on it`;
}

export function QueuePanel({ lab }: { readonly lab: Lab }) {
  const types = groupBy(lab.waiting, ({ deviceType, server }) => `${server.name} ${deviceType?.name ?? "any"}`);
  return (
    <Panel
      title="Queue"
      className="p-queue"
      aside="by device type"
      actions={<Link href={routes.queue}>all{lab.waitingCount > 0 && ` ${lab.waitingCount}`}</Link>}
    >
      <PanelState parts={lab.parts.queue} lines={2} />
      {lab.waiting.length === 0 && lab.parts.queue.every(({ data }) => data !== null) && <Empty>No job waits.</Empty>}
      {types.length > 0 && (
        <table className="cards">
          <thead>
            <tr>
              <th scope="col">Type</th>
              <th scope="col" className="r">
                Waiting
              </th>
              <th scope="col" className="r">
                Usable
              </th>
              <th scope="col" className="r">
                Longest
              </th>
            </tr>
          </thead>
          <tbody>
            {types.map(([key, jobs]) => (
              <TypeRow key={key} jobs={jobs} boards={lab.boards} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function TypeRow({ jobs, boards }: { readonly jobs: Lab["waiting"]; readonly boards: readonly ShownBoard[] }) {
  const [first] = jobs;
  const type = first?.deviceType ?? null;
  const own = boards.filter(({ deviceType }) => deviceType?.id === type?.id);
  const usable = own.filter((board) => !isDown(board) && board.health !== "MAINTENANCE" && board.health !== "RETIRED");
  return (
    <tr>
      <td className="full">{type?.name ?? <span className="muted">unknown</span>}</td>
      <td className="r" data-l="waiting:">
        {jobs.length}
      </td>
      <td className="r nw" data-l="usable:">
        {usable.length} of {own.length}
      </td>
      <td className="r">
        {usable.length === 0 && own.length > 0 ? (
          <Status look={{ word: "no board", shape: "warn", tone: "warn" }} />
        ) : (
          <Since at={first?.createdAt} />
        )}
      </td>
    </tr>
  );
}
