// Test jobs of a build: figures and a table, against those of the build before.

import type { TestJobState } from "../generated/graphql.js";
import { BoardLink, JobLink } from "../parts/links.js";
import { Status } from "../parts/status.js";
import { Icon } from "../parts/symbols.js";
import { Table } from "../parts/table.js";
import { evidenceWord, failureLook, jobLook } from "../words.js";
import type { Shape, Tone } from "../words.js";
import type { Pair, TestBaseline } from "./baseline.js";
import type { TestedJob } from "./tested-job.js";

export const WAITING: ReadonlySet<TestJobState> = new Set<TestJobState>(["SUBMITTED", "SCHEDULING", "SCHEDULED"]);

function isNoVerdict({ failure }: TestedJob): boolean {
  return failure !== null && failureLook(failure.kind).tone === "warn";
}

interface VerdictProps {
  readonly jobs: readonly TestedJob[];
  readonly baseline: TestBaseline;
}

export function Verdict({ jobs, baseline }: VerdictProps) {
  const noVerdict = jobs.filter(isNoVerdict).length;
  const ended = jobs.filter(({ state }) => state === "FINISHED").length;
  const running = jobs.filter(({ state }) => state === "RUNNING").length;
  const waiting = jobs.filter(({ state }) => WAITING.has(state)).length;
  return (
    <section className="verdict" aria-label="Verdict on the boards">
      {baseline.pairs.size > 0 ? <AgainstCounts baseline={baseline} /> : <PlainCounts jobs={jobs} />}
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

function AgainstCounts({ baseline }: Pick<VerdictProps, "baseline">) {
  const count = (list: "newFailures" | "fixed" | "stillFailing") =>
    [...baseline.pairs.values()].reduce((sum, { comparison }) => sum + (comparison?.[list].totalCount ?? 0), 0);
  const shown = (list: "newFailures" | "fixed" | "stillFailing") => (baseline.known ? count(list) : "…");
  const note = `against build ${baseline.build?.buildId ?? ""}, same boards`;
  const broken = count("newFailures");
  return (
    <>
      <Count value={shown("newFailures")} word="newly broken" tone={broken > 0 ? "fail" : "pass"} note={note} />
      <Count value={shown("fixed")} word="fixed" tone="pass" note={note} />
      <Count
        value={shown("stillFailing")}
        word="still failing"
        tone={count("stillFailing") > 0 ? "fail" : "pass"}
        note={note}
      />
    </>
  );
}

function PlainCounts({ jobs }: Pick<VerdictProps, "jobs">) {
  const failing = jobs.reduce((sum, { failing: cases }) => sum + (cases?.totalCount ?? 0), 0);
  const passed = jobs.reduce((sum, { resultCounts }) => sum + (resultCounts?.pass ?? 0), 0);
  return (
    <>
      <Count value={failing} word="cases fail" tone={failing > 0 ? "fail" : "pass"} note="on boards, of this build" />
      <Count value={passed} word="cases pass" tone="pass" note="nothing before it to compare with" />
    </>
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

export function TestTable({ jobs, baseline }: VerdictProps) {
  const against = baseline.build === null || baseline.pairs.size === 0 ? null : `Against ${baseline.build.buildId}`;
  const columns = ["Job", "Board", "Verdict", ...(against === null ? [] : [against]), "Known by"];
  return (
    <Table label="Table of tests" columns={columns}>
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
            {against !== null && (
              <td>
                <Against pair={baseline.pairs.get(job.id)} />
              </td>
            )}
            <td className="muted">{evidenceWord(job.evidence)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Against({ pair }: { readonly pair: Pair | undefined }) {
  if (pair === undefined) return <span className="muted">not tested there</span>;
  if (pair.comparison === null) return <span className="muted">…</span>;
  const [broken, fixed] = [pair.comparison.newFailures.totalCount ?? 0, pair.comparison.fixed.totalCount ?? 0];
  if (broken + fixed === 0) return <span className="muted">as before</span>;
  return (
    <>
      {broken > 0 && <b className="fail">{broken} new</b>}
      {broken > 0 && fixed > 0 && ", "}
      {fixed > 0 && <span className="pass">{fixed} fixed</span>}
    </>
  );
}
