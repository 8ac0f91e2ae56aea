// The smaller tabs: how long LAVA's steps took, the definition, the metadata.

import { Link } from "wouter";
import { JobDefinitionDocument, JobSuiteCasesDocument } from "../generated/graphql.js";
import { duration } from "../format.js";
import { useAsk } from "../graph/use.js";
import { present } from "../parts/lists.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { routes, withChoices } from "../routes.js";
import { caseLook } from "../words.js";
import type { Job } from "./types.js";

export function TimingTab({ job }: { readonly job: Job }) {
  const asked = useAsk(JobSuiteCasesDocument, { jobId: job.jobId, server: job.server.name, suite: "lava" });
  const steps = present(asked.data?.testJob?.cases?.nodes).flatMap((one) => {
    const seconds = one.unit === "seconds" ? one.measurement : one.durationSeconds;
    return seconds === null ? [] : [{ ...one, seconds }];
  });
  const longest = Math.max(1, ...steps.map(({ seconds }) => seconds));
  return (
    <Panel title="Timing" aside="of LAVA's own steps">
      <PanelState parts={[asked]} lines={6} />
      {asked.data !== null && steps.length === 0 && <Empty>LAVA has measured no step of this job.</Empty>}
      {steps.length > 0 && (
        <Table label="Timing" columns={["Step", "Verdict", "Took", "Share"]}>
          <tbody>
            {steps.map(({ id, name, result, seconds }) => (
              <tr key={id}>
                <td className="full mono">{name}</td>
                <td>
                  <Status look={caseLook(result)} />
                </td>
                <td className="num nw">{duration(seconds)}</td>
                <td>
                  <div className="bar" aria-hidden="true">
                    <i className="r" style={{ width: `${((100 * seconds) / longest).toFixed(1)}%` }} />
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Panel>
  );
}

export function DefinitionTab({ job }: { readonly job: Job }) {
  const asked = useAsk(JobDefinitionDocument, { jobId: job.jobId, server: job.server.name });
  const found = asked.data?.testJob ?? null;
  const text = found?.originalDefinition ?? found?.definition ?? null;
  return (
    <Panel title="Definition" aside="as it was submitted">
      <PanelState parts={[asked]} lines={8} />
      {found !== null && text === null && <Empty>LAVA does not show this definition.</Empty>}
      {text !== null && (
        <pre tabIndex={0} role="region" aria-label="Definition, its text">
          {text}
        </pre>
      )}
    </Panel>
  );
}

export function MetadataTab({ job }: { readonly job: Job }) {
  const { metadata } = job;
  return (
    <Panel title="Metadata">
      {metadata.length === 0 && <Empty>This job carries no metadata.</Empty>}
      {metadata.length > 0 && (
        <Table label="Metadata" columns={["Key", "Value", "Jobs like this"]}>
          <tbody>
            {metadata.map(({ key, value }) => (
              <tr key={key}>
                <td className="mono">{key}</td>
                <td className="mono full">{value}</td>
                <td>
                  <Link href={withChoices(routes.jobs, { meta: `${key}:${value}` })}>
                    jobs<span className="sr"> with this {key}</span>
                  </Link>
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Panel>
  );
}
