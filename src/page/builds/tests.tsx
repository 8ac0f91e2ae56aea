// Test jobs of a build: figures, the failing cases, a table.

import type { LinkEvidence, TestJobState, TestedJobFragment } from "../generated/graphql.js";
import { BoardLink, JobLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { Panel } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Icon } from "../parts/symbols.js";
import { Table } from "../parts/table.js";
import { rangeHash } from "../routes.js";
import { evidenceWord, failureLook, jobLook } from "../words.js";
import type { Shape, Tone } from "../words.js";

export type TestedJob = TestedJobFragment & { readonly evidence: LinkEvidence };

export const WAITING: ReadonlySet<TestJobState> = new Set<TestJobState>(["SUBMITTED", "SCHEDULING", "SCHEDULED"]);

function isNoVerdict({ failure }: TestedJob): boolean {
  return failure !== null && failureLook(failure.kind).tone === "warn";
}

export function Verdict({ jobs }: { readonly jobs: readonly TestedJob[] }) {
  const failing = jobs.reduce((sum, { failing: cases }) => sum + (cases?.totalCount ?? 0), 0);
  const passed = jobs.reduce((sum, { resultCounts }) => sum + (resultCounts?.pass ?? 0), 0);
  const noVerdict = jobs.filter(isNoVerdict).length;
  const ended = jobs.filter(({ state }) => state === "FINISHED").length;
  const running = jobs.filter(({ state }) => state === "RUNNING").length;
  const waiting = jobs.filter(({ state }) => WAITING.has(state)).length;
  return (
    <section className="verdict" aria-label="Verdict on the boards">
      <Count value={failing} word="cases fail" tone={failing > 0 ? "fail" : "pass"} note="on boards, of this build" />
      <Count value={passed} word="cases pass" tone="pass" note="LAVA's own steps among them" />
      <Count value={noVerdict} word="no verdict" tone="warn" note="the lab failed, not the build" />
      <Count
        value={`${ended} / ${jobs.length}`}
        word="jobs ended"
        tone="run"
        note={`${running} running, ${waiting} waiting`}
      />
    </section>
  );
}

interface CountProps {
  readonly value: number | string;
  readonly word: string;
  readonly tone: Tone & Shape;
  readonly note: string;
}

function Count({ value, word, tone, note }: CountProps) {
  return (
    <div className="kpi">
      <b>{value}</b>
      <span className={`s ${tone}`}>
        <Icon name={tone} />
        {word}
      </span>
      <small>{note}</small>
    </div>
  );
}

export function FailingCases({ jobs }: { readonly jobs: readonly TestedJob[] }) {
  const failing = jobs.filter(({ failing: cases }) => (cases?.totalCount ?? 0) > 0);
  if (failing.length === 0) return null;
  return (
    <Panel title="Failing on boards" aside={`${failing.length} of ${jobs.length} jobs`}>
      <ul>
        {failing.flatMap((job) =>
          present(job.failing?.nodes).map(({ id, suiteName, name, startLogLine: first, endLogLine: last }) => (
            <li key={id} className="case">
              <div className="row">
                <span className="s fail pill">
                  <Icon name="fail" />
                  fail
                </span>
                <span className="name grow">
                  {suiteName.replace(/^\d+_/, "")} / {name}
                </span>
                <span className="muted">
                  {job.device?.hostname}, job {job.jobId}
                </span>
              </div>
              <div className="where">
                <JobLink job={job} hash={first === null ? "" : rangeHash({ first, last: last ?? first })}>
                  <u>open in the log</u>
                </JobLink>
              </div>
            </li>
          )),
        )}
      </ul>
    </Panel>
  );
}

export function TestTable({ jobs }: { readonly jobs: readonly TestedJob[] }) {
  return (
    <Table label="Table of tests" columns={["Job", "Board", "Verdict", "Known by"]}>
      <tbody>
        {jobs.map((job) => (
          <tr key={job.id}>
            <td className="full">
              <JobLink job={job} />
            </td>
            <td>
              {job.device === null ? (
                <span className="muted">waits for {job.deviceType?.name}</span>
              ) : (
                <BoardLink board={job.device} server={job.server.name} />
              )}
            </td>
            <td>
              <Status look={jobLook(job)} />
            </td>
            <td className="muted">{evidenceWord(job.evidence)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
