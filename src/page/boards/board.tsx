// One board: what it is, what it does, what ran on it, its health check, and the operator's buttons.

import { useState } from "react";
import { Link } from "wouter";
import { BoardDictionaryDocument, BoardDocument, OneBoardUpdatesDocument } from "../generated/graphql.js";
import type { BoardQuery } from "../generated/graphql.js";
import { useAsk, useAtMost, useFollowEach } from "../graph/use.js";
import { useTitle } from "../parts/address.js";
import { Fact } from "../parts/facts.js";
import { useCounts } from "../jobs/counts.js";
import { useInSight } from "../jobs/in-sight.js";
import { JobLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { Empty, NoSuchThing, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Ago, Since, Time, Took } from "../parts/time.js";
import { routes, withChoices } from "../routes.js";
import { boardLook, failureWord, healthLook, jobLook } from "../words.js";
import { HealthButtons } from "./health.js";

type Board = NonNullable<BoardQuery["device"]>;
type Job = NonNullable<NonNullable<Board["lastJobs"]>["nodes"][number]>;

const AGAIN_MS = 2_000;

export function BoardPage({ server, hostname }: { readonly server: string; readonly hostname: string }) {
  const asked = useAsk(BoardDocument, { server, hostname });
  const refetch = useAtMost(AGAIN_MS, asked.retry);
  useFollowEach(OneBoardUpdatesDocument, [{ server, hostname }], { onData: refetch, onExpired: refetch });
  const board = asked.data?.device ?? null;
  useTitle(board === null ? hostname : `${boardLook(board).word} · ${hostname}`);
  if (board === null && asked.data !== null && asked.faults.length === 0) return <NoSuchThing what="board" />;
  return (
    <>
      <p className="crumbs">
        <Link href={routes.boards}>Boards</Link> / {server} / {hostname}
      </p>
      <div className="title">
        <h1>{hostname}</h1>
        {board !== null && <Status look={boardLook(board)} />}
        {board !== null && <HealthButtons hostname={hostname} server={server} health={board.health} />}
      </div>
      <PanelState parts={[asked]} lines={6} />
      {board !== null && <Facts board={board} />}
      {board !== null && (
        <div className="build">
          <Panel title="Jobs on it" actions={<Link href={withChoices(routes.jobs, { board: hostname })}>all</Link>}>
            <Jobs jobs={present(board.lastJobs?.nodes)} server={server} />
          </Panel>
          <div className="stack">
            <Check board={board} server={server} />
            <Dictionary hostname={hostname} server={server} />
          </div>
        </div>
      )}
    </>
  );
}

/** Asked for when it is opened: LAVA shows it to some only. */
function Dictionary({ hostname, server }: { readonly hostname: string; readonly server: string }) {
  const [open, setOpen] = useState(false);
  const asked = useAsk(BoardDictionaryDocument, { hostname, server }, { pause: !open });
  const text = asked.data?.device?.dictionary ?? null;
  return (
    <Panel title="Device dictionary">
      <details className="suite" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <span className="chev" aria-hidden="true">
            {open ? "▾" : "▸"}
          </span>
          <span className="grow">How LAVA is told to drive it</span>
        </summary>
        {open && <PanelState parts={[asked]} />}
        {open && text === null && asked.data !== null && asked.faults.length === 0 && (
          <Empty>LAVA shows no dictionary of it.</Empty>
        )}
        {open && text !== null && (
          <pre tabIndex={0} role="region" aria-label="Dictionary, its text">
            {text}
          </pre>
        )}
      </details>
    </Panel>
  );
}

function Facts({ board }: { readonly board: Board }) {
  const { deviceType, worker, currentJob, server } = board;
  return (
    <dl className="facts">
      <Fact name="Type">
        {deviceType !== null && (
          <Link href={withChoices(routes.boards, { type: deviceType.name })}>{deviceType.name}</Link>
        )}
      </Fact>
      <Fact name="Health">
        <Status look={healthLook(board.health)} />
      </Fact>
      {worker !== null && (
        <Fact name="Worker">
          <Link href={withChoices(routes.boards, { worker: worker.hostname })}>{worker.hostname}</Link>
          {worker.lastPing !== null && (
            <span className="muted">
              heard <Ago at={worker.lastPing} />
            </span>
          )}
        </Fact>
      )}
      {currentJob !== null && (
        <Fact name="Runs">
          <JobLink job={{ ...currentJob, server }} /> <Since at={currentJob.startedAt} />
        </Fact>
      )}
      {deviceType?.queue != null && <Fact name="Waiting for this type">{deviceType.queue.length}</Fact>}
      {(board.tags ?? []).length > 0 && <Fact name="Tags">{board.tags?.join(", ")}</Fact>}
      {board.description !== null && board.description !== "" && <Fact name="About">{board.description}</Fact>}
    </dl>
  );
}

function Jobs({ jobs, server }: { readonly jobs: readonly Job[]; readonly server: string }) {
  const { ids, watch } = useInSight();
  const known = useCounts(jobs.filter(({ id }) => ids.includes(id)));
  if (jobs.length === 0) return <Empty>No job that you may see ran on it.</Empty>;
  return (
    <Table label="Jobs on it" columns={["Job", "Verdict", "Ended", "Took", "By"]}>
      <tbody>
        {jobs.map((job) => (
          <tr key={job.id} data-id={job.id} ref={watch}>
            <td className="full">
              <JobLink job={{ ...job, server: { name: server } }} />
              {job.healthCheck && <span className="tag wait">check</span>}
            </td>
            <td>
              <Status look={jobLook({ ...job, ...known.get(job.id) })} />
            </td>
            <td>{job.finishedAt === null ? <span className="muted">not yet</span> : <Time at={job.finishedAt} />}</td>
            <td>{job.finishedAt === null ? <Since at={job.startedAt} /> : <Took seconds={job.durationSeconds} />}</td>
            <td className="muted">{job.submitter}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

const UNITS: Readonly<Record<string, string>> = { HOURS: "hours", JOBS: "jobs" };

function Check({ board, server }: { readonly board: Board; readonly server: string }) {
  const { lastHealthCheck: last, deviceType, hasHealthCheck } = board;
  const plan = deviceType?.healthCheck ?? null;
  return (
    <Panel title="Health check">
      {hasHealthCheck === false && <Empty>This device type has no health check.</Empty>}
      {last !== null && (
        <ul className="list">
          <li>
            <JobLink job={{ ...last, name: "last check", server: { name: server } }} />
            <Status look={jobLook({ ...last, state: last.finishedAt === null ? "RUNNING" : "FINISHED" })} />
            <span className="sub">
              {last.finishedAt !== null && <Ago at={last.finishedAt} />}
              {last.failure !== null && `: ${last.failure.message ?? failureWord(last.failure.kind)}`}
            </span>
          </li>
        </ul>
      )}
      {plan !== null && hasHealthCheck !== false && (
        <p className="empty muted">
          {plan.disabled
            ? "Checks of this type are switched off."
            : `One after every ${plan.frequency} ${UNITS[plan.denominator] ?? "units"}.`}
        </p>
      )}
    </Panel>
  );
}
