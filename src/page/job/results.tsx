// Results: failing cases first, then the suites, folded, LAVA's own last.

import { useState } from "react";
import { JobSuiteCasesDocument } from "../generated/graphql.js";
import type { CaseRowFragment } from "../generated/graphql.js";
import { grouped, plural } from "../format.js";
import { useAsk } from "../graph/use.js";
import { select, useRange } from "../log/range.js";
import { present } from "../parts/lists.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import type { PanelPart } from "../parts/panel.js";
import { CountPills, Status } from "../parts/status.js";
import { Icon } from "../parts/symbols.js";
import { caseLook } from "../words.js";
import type { Comparison } from "./baseline.js";
import type { Job, JobResults } from "./types.js";

interface ResultsProps {
  readonly job: Job;
  readonly results: JobResults | null;
  readonly comparison: Comparison | null;
  readonly state: PanelPart;
}

export function Results({ job, results, comparison, state }: ResultsProps) {
  const failing = present(results?.failing?.nodes);
  const total = results?.failing?.totalCount ?? failing.length;
  const fresh = new Set(present(comparison?.newFailures.nodes).map(keyOf));
  const suites = (results?.suites ?? []).toSorted((a, b) => Number(a.internal) - Number(b.internal));
  const before = comparison?.before.jobId;
  return (
    <Panel
      title="Failed"
      aside={
        results !== null && (
          <>
            <Status
              look={{ word: String(total), shape: total > 0 ? "fail" : "pass", tone: total > 0 ? "fail" : "pass" }}
            />{" "}
            {before !== undefined && `${fresh.size} new against job ${before}`}
          </>
        )
      }
    >
      <PanelState parts={[state]} lines={6} />
      {results !== null && failing.length === 0 && (
        <Empty>{job.state === "FINISHED" ? "No case failed." : "No case has failed so far."}</Empty>
      )}
      <ol>
        {failing.map((one) => (
          <CaseItem key={one.id} one={one} isNew={fresh.has(keyOf(one))} />
        ))}
      </ol>
      {total > failing.length && (
        <p className="more muted">
          {plural(total - failing.length, "more failing case")} in the suites below, or in the results as a file.
        </p>
      )}
      {suites.map((suite) => (
        <Suite key={suite.id} job={job} suite={suite} />
      ))}
    </Panel>
  );
}

function keyOf({ suiteName, set, name }: { suiteName: string; set: string | null; name: string }): string {
  return JSON.stringify([suiteName, set, name]);
}

/** A case leads to its lines. */
export function CaseItem({ one, isNew = false }: { readonly one: CaseRowFragment; readonly isNew?: boolean }) {
  const { range } = useRange();
  const { startLogLine: first, endLogLine: last } = one;
  const look = caseLook(one.result);
  const on = range !== null && first !== null && range.first === first;
  return (
    <li className={`case${on ? " on" : ""}`}>
      <div className="row">
        <span className={`s ${look.tone}`}>
          <Icon name={look.shape} />
          <span className="sr">{look.word}</span>
        </span>
        <span className="name grow">
          {one.set !== null && <span className="muted">{one.set} / </span>}
          {one.name}
        </span>
        {isNew && <span className="tag fail">new</span>}
        {one.measurement !== null && (
          <span className="num nw">
            {one.measurement} {one.unit}
          </span>
        )}
      </div>
      <div className="where">
        {one.suiteName}
        {first !== null && (
          <>
            {" · "}
            <a
              href={`#L${first}-L${last ?? first}`}
              onClick={(event) => {
                event.preventDefault();
                select({ first, last: last ?? first });
              }}
            >
              lines {grouped(first)} to {grouped(last ?? first)}
            </a>
          </>
        )}
      </div>
    </li>
  );
}

function Suite({ job, suite }: { readonly job: Job; readonly suite: NonNullable<JobResults["suites"]>[number] }) {
  const [open, setOpen] = useState(false);
  const name = suite.name.replace(/^\d+_/, "");
  return (
    <details className="suite" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <span className="chev" aria-hidden="true">
          {open ? "▾" : "▸"}
        </span>
        <span className="grow">
          {name} {suite.internal && <span className="muted">(LAVA&rsquo;s own steps)</span>}
        </span>
        <CountPills counts={suite.resultCounts} />
      </summary>
      {open && <SuiteCases job={job} suite={suite.name} after={null} />}
    </details>
  );
}

function SuiteCases({
  job,
  suite,
  after,
}: {
  readonly job: Job;
  readonly suite: string;
  readonly after: string | null;
}) {
  const asked = useAsk(JobSuiteCasesDocument, { jobId: job.jobId, server: job.server.name, suite, after });
  const page = asked.data?.testJob?.cases ?? null;
  const [more, setMore] = useState(false);
  return (
    <>
      <PanelState parts={[asked]} />
      <ol>
        {present(page?.nodes).map((one) => (
          <CaseItem key={one.id} one={one} />
        ))}
      </ol>
      {page?.pageInfo.hasNextPage === true && !more && (
        <p className="more">
          <button type="button" onClick={() => setMore(true)}>
            More cases
          </button>
        </p>
      )}
      {more && page?.pageInfo.endCursor != null && (
        <SuiteCases job={job} suite={suite} after={page.pageInfo.endCursor} />
      )}
    </>
  );
}
