// Two builds: what they were made of, and their tests on boards, each against the one that tested the same.

import { BuildHeadDocument, BuildTestsDocument } from "../generated/graphql.js";
import type { BuildHeadQuery } from "../generated/graphql.js";
import { usePairs } from "../builds/baseline.js";
import { Failing, Fixed, NewlyBroken } from "../builds/changes.js";
import { TestTable, Verdict } from "../builds/tests.js";
import type { TestedJob } from "../builds/tested-job.js";
import { useAsk } from "../graph/use.js";
import { BuildLink, Commit, EvaluationLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { Empty, NoSuchThing, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Time, Took } from "../parts/time.js";
import { buildLook } from "../words.js";
import type { PlacedRun } from "./run.js";

type Build = NonNullable<BuildHeadQuery["build"]>;

interface BuildsProps {
  readonly before: PlacedRun;
  readonly after: PlacedRun;
}

export function CompareBuilds({ before, after }: BuildsProps) {
  const [first, second] = [useBuild(before), useBuild(after)];
  const missing = [first, second].findIndex(
    ({ head: { data, faults } }) => data?.build === null && faults.length === 0,
  );
  const compared = usePairs(second.jobs, first.jobs);
  if (missing >= 0) return <NoSuchThing what={`build ${(missing === 0 ? before : after).id}`} />;
  const baseline = { build: { buildId: Number(before.id) }, ...compared };
  const tested = second.jobs.length > 0;
  return (
    <div className="stack">
      <PanelState parts={[first.head, second.head]} lines={4} />
      <Heads all={present([first.head.data?.build, second.head.data?.build])} />
      <PanelState parts={[first.tests, second.tests, ...compared.parts]} lines={6} />
      {tested && <Verdict jobs={second.jobs} baseline={baseline} />}
      {!tested && second.tests.data !== null && <Empty>No test job names build {after.id}.</Empty>}
      <NewlyBroken baseline={baseline} />
      <Fixed baseline={baseline} />
      <Failing jobs={second.jobs} baseline={baseline} />
      {tested && (
        <Panel title={`Tests on build ${after.id}`} aside={second.jobs.length}>
          <TestTable jobs={second.jobs} baseline={baseline} />
        </Panel>
      )}
    </div>
  );
}

function useBuild({ server, id }: PlacedRun) {
  const at = { server, buildId: Number(id) };
  const head = useAsk(BuildHeadDocument, at);
  const tests = useAsk(BuildTestsDocument, at);
  const jobs = present(tests.data?.build?.testJobs?.edges).flatMap(({ node, evidence }): TestedJob[] =>
    node === null ? [] : [{ ...node, evidence }],
  );
  return { head, tests, jobs };
}

function Heads({ all }: { readonly all: readonly Build[] }) {
  if (all.length === 0) return null;
  return (
    <Panel title="Builds">
      <Table label="Builds" columns={["Build", "Status", "Evaluation", "Channels", "Ended", "Took"]}>
        <tbody>
          {all.map((build, at) => (
            <tr key={`${build.id} ${at}`}>
              <td className="full">
                <BuildLink build={build} />
              </td>
              <td>
                <Status look={buildLook(build.status)} />
              </td>
              <td data-l="evaluation:">
                <EvaluationLink evaluation={build} />
              </td>
              <td>
                {build.evaluation?.checkouts.map(({ channel, commit }) => (
                  <span key={channel} className="row">
                    <span className="muted">{channel}</span> <Commit commit={commit} />
                  </span>
                ))}
              </td>
              <td>
                <Time at={build.finishedAt} />
              </td>
              <td>
                <Took seconds={build.durationSeconds} />
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Panel>
  );
}
