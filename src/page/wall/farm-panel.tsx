// Evaluations as bars; beside them what is built now, and what failed last.

import { Link } from "wouter";
import { useServers } from "../frame/servers.js";
import type { BuildRowFragment, EvaluationRowFragment } from "../generated/graphql.js";
import { Bar } from "../parts/bar.js";
import { FreshButton, useHeld } from "../parts/held.js";
import { BuildLink, EvaluationLink } from "../parts/links.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Icon } from "../parts/symbols.js";
import { Since } from "../parts/time.js";
import { routes } from "../routes.js";
import { buildLook, evaluationLook, weatherWord } from "../words.js";
import type { Farm } from "./farm.js";

export function FarmPanel({ farm }: { readonly farm: Farm }) {
  const { cuirass } = useServers();
  const { evaluations, building, failed } = farm;
  const running = building.filter(({ status }) => status === "STARTED");
  const held = useHeld([...running, ...failed], ({ id }) => id);
  return (
    <Panel
      title="Farm"
      className="p-farm"
      aside={cuirass.map(({ name }) => name).join(", ")}
      actions={
        <span className="row end">
          <FreshButton held={held} />
          <Link href={routes.evaluations}>all evaluations</Link>
        </span>
      }
    >
      <PanelState parts={[...farm.parts.evaluations, ...farm.parts.building, ...farm.parts.failed]} lines={5} />
      <div className="two">
        <div>
          {evaluations.length > 0 && <EvaluationTable evaluations={evaluations} />}
          {evaluations.length === 0 && farm.parts.evaluations.every(({ data }) => data !== null) && (
            <Empty>This farm has evaluated nothing yet.</Empty>
          )}
        </div>
        <ul className="list" {...held.holders}>
          {held.shown.map((build) => (
            <BuildItem key={build.id} build={build} />
          ))}
        </ul>
      </div>
    </Panel>
  );
}

function EvaluationTable({ evaluations }: { readonly evaluations: readonly EvaluationRowFragment[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Evaluation</th>
          <th scope="col">Share</th>
          <th scope="col" className="r">
            <span className="sr">Built, failed, to come</span>
            <span aria-hidden="true" className="row end">
              <Icon name="pass" />
              <Icon name="fail" />
              <Icon name="wait" />
            </span>
          </th>
        </tr>
      </thead>
      <tbody>
        {evaluations.map((evaluation) => (
          <EvaluationRow key={evaluation.id} evaluation={evaluation} />
        ))}
      </tbody>
    </table>
  );
}

function EvaluationRow({ evaluation }: { readonly evaluation: EvaluationRowFragment }) {
  const { summary, specificationName } = evaluation;
  return (
    <tr>
      <td>
        <EvaluationLink evaluation={evaluation} /> {specificationName}
      </td>
      {summary === null || summary.total === 0 ? (
        <td colSpan={2}>
          <Status look={evaluationLook(evaluation)} />
        </td>
      ) : (
        <>
          <td>
            <Bar
              done={summary.succeeded}
              failed={summary.failed}
              total={summary.total}
              label={`${summary.succeeded} built, ${summary.failed} failed, ${summary.pending} to come`}
            />
          </td>
          <td className="r nw">
            <span className="pass">{summary.succeeded}</span> / <span className="fail">{summary.failed}</span> /{" "}
            {summary.pending}
          </td>
        </>
      )}
    </tr>
  );
}

function BuildItem({ build }: { readonly build: BuildRowFragment }) {
  const look = buildLook(build.status);
  const isNew = weatherWord(build.weather) === "new";
  return (
    <li>
      <BuildLink build={build} />
      {build.status === "STARTED" ? (
        <span className="s run pill">
          <Icon name="run" />
          <span className="sr">builds for </span>
          <Since at={build.startedAt} />
        </span>
      ) : (
        <span className="row">
          {isNew && <span className="tag fail">new</span>}
          <Status look={{ ...look, word: look.word.toLowerCase() }} />
        </span>
      )}
    </li>
  );
}
