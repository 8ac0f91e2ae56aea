// A job against the one before: what is new, fixed, still failing, gone.

import { plural } from "../format.js";
import { present } from "../parts/lists.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { caseLook } from "../words.js";
import type { Baseline, Comparison } from "./baseline.js";
import type { Job } from "./types.js";

type Change = NonNullable<Comparison["newFailures"]["nodes"][number]>;

interface AgainstProps {
  readonly job: Job;
  readonly baseline: Baseline;
  readonly onBase: (jobId: string) => void;
}

export function AgainstTab({ job, baseline, onBase }: AgainstProps) {
  const { before, candidates, comparison, parts } = baseline;
  return (
    <div className="stack">
      {candidates.length > 1 && before !== null && (
        <form className="filters">
          <label>
            Compared with
            <select value={before.jobId} onChange={({ target }) => onBase(target.value)}>
              {candidates.map(({ jobId, name }) => (
                <option key={jobId} value={jobId}>
                  {jobId} {name}
                </option>
              ))}
            </select>
          </label>
        </form>
      )}
      <PanelState parts={parts} lines={6} />
      {before === null && parts.every(({ fetching }) => !fetching) && (
        <Empty>
          {job.state === "FINISHED"
            ? "No job of this name ended on this device type before it."
            : "It is compared with the one before when it has ended."}
        </Empty>
      )}
      {comparison !== null && before !== null && <ComparisonPanels comparison={comparison} />}
    </div>
  );
}

export function ComparisonPanels({ comparison }: { readonly comparison: Comparison }) {
  return (
    <>
      <p className="muted">
        Against {comparison.before.jobId} {comparison.before.name}: {plural(comparison.unchangedCount, "case")} as
        before.
      </p>
      <Changes title="Newly failing" list={comparison.newFailures} />
      <Changes title="Fixed" list={comparison.fixed} />
      <Changes title="Still failing" list={comparison.stillFailing} />
      <Changes title="No longer there" list={comparison.missing} />
      <Changes title="Measurements" list={comparison.measurementChanges} />
    </>
  );
}

interface ChangesProps {
  readonly title: string;
  readonly list: { readonly totalCount: number | null; readonly nodes: readonly (Change | null)[] };
}

function Changes({ title, list }: ChangesProps) {
  const changes = present(list.nodes);
  if (changes.length === 0) return null;
  return (
    <Panel title={title} aside={list.totalCount ?? `${changes.length} and more`}>
      <Table label={title} columns={["Case", "Suite", "Before", "Now"]}>
        <tbody>
          {changes.map((change) => (
            <tr key={`${change.suiteName} ${change.set ?? ""} ${change.name}`}>
              <td className="full mono">{change.name}</td>
              <td>{change.suiteName.replace(/^\d+_/, "")}</td>
              <td>
                <Verdict one={change.before} />
              </td>
              <td>
                <Verdict one={change.after} />
                {change.measurementRatio !== null && (
                  <span className="muted num"> ×{change.measurementRatio.toFixed(2)}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Panel>
  );
}

function Verdict({ one }: { readonly one: Change["before"] }) {
  if (one === null) return <span className="muted">not run</span>;
  return (
    <>
      <Status look={caseLook(one.result)} />
      {one.measurement !== null && (
        <span className="num">
          {" "}
          {one.measurement} {one.unit}
        </span>
      )}
    </>
  );
}
