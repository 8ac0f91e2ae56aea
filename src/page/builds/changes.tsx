// The cases of a build's tests: newly broken with what they printed, still failing, fixed.

import { CaseLogDocument } from "../generated/graphql.js";
import { useAsk } from "../graph/use.js";
import { LineText } from "../log/line.js";
import { grouped } from "../format.js";
import { JobLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { Panel } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Icon } from "../parts/symbols.js";
import { rangeHash } from "../routes.js";
import type { Pair, TestBaseline } from "./baseline.js";
import type { TestedJob } from "./tested-job.js";

type Change = NonNullable<NonNullable<Pair["comparison"]>["newFailures"]["nodes"][number]>;

interface PairChange {
  readonly pair: Pair;
  readonly change: Change;
}

/** So many of the newly broken show their lines at once. */
const LINES_OF = 5;

export function changesOf(
  baseline: TestBaseline,
  list: "newFailures" | "fixed" | "stillFailing",
): readonly PairChange[] {
  return [...baseline.pairs.values()].flatMap((pair) =>
    present(pair.comparison?.[list].nodes).map((change) => ({ pair, change })),
  );
}

export function NewlyBroken({ baseline }: { readonly baseline: TestBaseline }) {
  const broken = changesOf(baseline, "newFailures");
  if (broken.length === 0) return null;
  return (
    <Panel title="Newly broken" aside={<Status look={{ word: String(broken.length), shape: "fail", tone: "fail" }} />}>
      <ul>
        {broken.map(({ pair, change }, at) => (
          <li key={`${pair.job.id} ${change.suiteName} ${change.set ?? ""} ${change.name}`} className="case">
            <CaseHead job={pair.job} one={change} word="new" />
            <div className="where">
              {change.before === null ? "not run" : change.before.result.toLowerCase()} in{" "}
              <JobLink job={pair.before}>
                <u>job {pair.before.jobId}</u>
              </JobLink>
              <LinesLink job={pair.job} one={change.after} />
            </div>
            {at < LINES_OF && change.after !== null && <CaseLines caseId={change.after.id} />}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Cases that failed before, too; or, where there is nothing before, all that fail. */
export function Failing({ jobs, baseline }: { readonly jobs: readonly TestedJob[]; readonly baseline: TestBaseline }) {
  const still = changesOf(baseline, "stillFailing").map(({ pair, change }) => ({
    job: pair.job,
    one: change,
    at: change.after,
  }));
  const alone = jobs
    .filter(({ id }) => !baseline.pairs.has(id))
    .flatMap((job) => present(job.failing?.nodes).map((one) => ({ job, one, at: one })));
  const all = [...still, ...alone];
  if (all.length === 0) return null;
  return (
    <Panel
      title={baseline.pairs.size > 0 ? "Still failing, or not tested before" : "Failing on boards"}
      aside={all.length}
    >
      <ul>
        {all.map(({ job, one, at }) => (
          <li key={`${job.id} ${one.suiteName} ${one.set ?? ""} ${one.name}`} className="case">
            <CaseHead job={job} one={one} word="fail" />
            <div className="where">
              <LinesLink job={job} one={at} />
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function Fixed({ baseline }: { readonly baseline: TestBaseline }) {
  const fixed = changesOf(baseline, "fixed");
  if (fixed.length === 0) return null;
  return (
    <Panel title="Fixed" aside={fixed.length}>
      <ul className="list">
        {fixed.map(({ pair, change }) => (
          <li key={`${pair.job.id} ${change.suiteName} ${change.set ?? ""} ${change.name}`}>
            <span className="mono">
              {suiteOf(change)} / {change.name}
            </span>
            <span className="muted">{pair.job.device?.hostname}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

interface Placed {
  readonly startLogLine: number | null;
  readonly endLogLine: number | null;
}

function suiteOf({ suiteName }: { readonly suiteName: string }): string {
  return suiteName.replace(/^\d+_/, "");
}

function CaseHead(props: {
  readonly job: TestedJob;
  readonly one: { readonly suiteName: string; readonly name: string };
  readonly word: string;
}) {
  const { job, one, word } = props;
  return (
    <div className="row">
      <span className="s fail pill">
        <Icon name="fail" />
        {word}
      </span>
      <span className="name grow">
        {suiteOf(one)} / {one.name}
      </span>
      <span className="muted">
        {job.device?.hostname}, job {job.jobId}
      </span>
    </div>
  );
}

function LinesLink({ job, one }: { readonly job: TestedJob; readonly one: Placed | null }) {
  const first = one?.startLogLine ?? null;
  const last = one?.endLogLine ?? first;
  return (
    <JobLink job={job} hash={first === null ? "" : rangeHash({ first, last: last ?? first })}>
      {" "}
      <u>{first === null ? "open its log" : `lines ${grouped(first)} to ${grouped(last ?? first)}`}</u>
    </JobLink>
  );
}

function CaseLines({ caseId }: { readonly caseId: string }) {
  const { data } = useAsk(CaseLogDocument, { id: caseId });
  const found = data?.node;
  const lines = present(found !== undefined && found !== null && "log" in found ? found.log?.lines?.nodes : null);
  if (lines.length === 0) return null;
  return (
    <pre className="lines-few" tabIndex={0} role="group" aria-label="What it printed">
      {lines.map((line) => (
        <div key={line.number}>
          <span className="n">{grouped(line.number)}</span> <LineText text={line.text} />
        </div>
      ))}
    </pre>
  );
}
