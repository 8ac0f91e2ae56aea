// One evaluation: counts, what is new against the one before, its failing jobs, its tests.

import { Link } from "wouter";
import {
  EvaluationBeforeDocument,
  EvaluationComparisonDocument,
  EvaluationHeadDocument,
  EvaluationJobsDocument,
  EvaluationTestsDocument,
  EvaluationUpdateDocument,
} from "../generated/graphql.js";
import type { BuildStatus, EvaluationHeadQuery } from "../generated/graphql.js";
import { usePaged } from "../graph/pages.js";
import { useAsk, useFollowEach } from "../graph/use.js";
import { useChoices, useTitle } from "../parts/address.js";
import { Bar } from "../parts/bar.js";
import { Fact } from "../parts/facts.js";
import { ChoiceFilter, Filters, TextFilter } from "../parts/filters.js";
import { BuildLink, Commit, EvaluationLink, JobLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { More } from "../parts/more.js";
import { Empty, NoSuchThing, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Time } from "../parts/time.js";
import { readEnums, readText, routes, withChoices } from "../routes.js";
import { buildLook, evaluationLook, jobLook } from "../words.js";
import { EvaluationChanges } from "./changes.js";

type Evaluation = NonNullable<EvaluationHeadQuery["evaluation"]>;

const FAILED: BuildStatus[] = ["FAILED", "FAILED_OTHER"];
const STATUSES: readonly BuildStatus[] = [
  "SUCCEEDED",
  "FAILED",
  "FAILED_DEPENDENCY",
  "FAILED_OTHER",
  "STARTED",
  "SCHEDULED",
];
const WORDS = STATUSES.map((status) => [status.toLowerCase(), buildLook(status).word] as const);

export function EvaluationPage({ server, evaluationId }: { readonly server: string; readonly evaluationId: number }) {
  const asked = useAsk(EvaluationHeadDocument, { server, evaluationId });
  const evaluation = asked.data?.evaluation ?? null;
  useFollowEach(EvaluationUpdateDocument, [{ server, evaluationId }], { onExpired: asked.retry });
  const look = evaluation === null ? null : evaluationLook(evaluation);
  useTitle(`${look?.word ?? ""} · evaluation ${evaluationId}`);
  if (evaluation === null && asked.data !== null && asked.faults.length === 0) return <NoSuchThing what="evaluation" />;
  return (
    <>
      <p className="crumbs">
        <Link href={routes.evaluations}>Evaluations</Link> / {server} / {evaluationId}
      </p>
      <div className="title">
        <h1>
          {evaluationId} {evaluation?.specificationName}
        </h1>
        {look !== null && <Status look={look} />}
      </div>
      <PanelState parts={[asked]} lines={6} />
      {evaluation !== null && <Head evaluation={evaluation} />}
      {evaluation !== null && (
        <div className="build">
          <Jobs evaluation={evaluation} />
          <div className="stack">
            <Against evaluation={evaluation} />
            <Tests evaluation={evaluation} />
          </div>
        </div>
      )}
    </>
  );
}

function Head({ evaluation }: { readonly evaluation: Evaluation }) {
  const { summary, checkouts } = evaluation;
  return (
    <>
      <dl className="facts">
        {checkouts.map(({ channel, commit }) => (
          <Fact key={channel} name={channel}>
            <Commit commit={commit} />
          </Fact>
        ))}
        <Fact name="Began">
          <Time at={evaluation.startedAt} />
        </Fact>
        <Fact name="At Cuirass">
          <a href={evaluation.url} rel="noreferrer">
            {evaluation.evaluationId}
          </a>
        </Fact>
      </dl>
      {summary !== null && (
        <div className="panel empty">
          <Bar
            done={summary.succeeded}
            failed={summary.failed}
            total={summary.total}
            label={`${summary.succeeded} built, ${summary.failed} failed, ${summary.pending} to come`}
          />
          <p>
            <b className="pass">{summary.succeeded} built</b>, <b className="fail">{summary.failed} failed</b>,{" "}
            {summary.pending} to come, {summary.canceled} canceled
          </p>
        </div>
      )}
    </>
  );
}

function Jobs({ evaluation }: { readonly evaluation: Evaluation }) {
  const [params, change] = useChoices();
  const { evaluationId, server } = evaluation;
  const statuses = readEnums(params, "status", STATUSES) ?? FAILED;
  const list = usePaged(
    EvaluationJobsDocument,
    { evaluationId, server: server.name, statuses, system: readText(params, "system") },
    (data) => data.evaluation?.jobs,
  );
  const jobs = list.pages.flatMap(({ data }) => present(data?.evaluation?.jobs?.nodes));
  const total = list.pages[0]?.data?.evaluation?.jobs?.totalCount ?? undefined;
  return (
    <Panel title="Jobs" aside={total}>
      <div className="empty">
        <Filters params={params} change={change}>
          <ChoiceFilter label="Status" name="status" none="failed" params={params} change={change} options={WORDS} />
          <TextFilter label="System" name="system" params={params} change={change} placeholder="x86_64-linux" />
        </Filters>
      </div>
      <PanelState parts={list.pages} lines={6} />
      {jobs.length === 0 && list.pages.every(({ data }) => data !== null) && (
        <Empty>None of its jobs is like this.</Empty>
      )}
      <ul className="list">
        {jobs.map(({ name, status, buildId }) => (
          <li key={name}>
            <BuildLink build={{ buildId, job: name, server }} />
            <Status look={buildLook(status)} />
          </li>
        ))}
      </ul>
      <More more={list.more} />
    </Panel>
  );
}

function Against({ evaluation }: { readonly evaluation: Evaluation }) {
  const { server, specificationName: specification, evaluationId } = evaluation;
  const before = useAsk(EvaluationBeforeDocument, { server: server.name, specification });
  const previous = present(before.data?.evaluations?.nodes).find((one) => one.evaluationId < evaluationId) ?? null;
  const compared = useAsk(
    EvaluationComparisonDocument,
    { before: previous?.id ?? "", after: evaluation.id },
    { pause: previous === null },
  );
  const found = compared.data?.compareRuns ?? null;
  const comparison = found !== null && "unchangedCount" in found ? found : null;
  return (
    <Panel
      title="New against the one before"
      aside={previous !== null && <EvaluationLink evaluation={{ ...previous, server }} />}
    >
      <PanelState parts={previous === null ? [before] : [before, compared]} lines={4} />
      {previous === null && before.data !== null && <Empty>There is no ended one before it among the last ten.</Empty>}
      {comparison !== null && <EvaluationChanges comparison={comparison} server={server.name} />}
      {previous !== null && (
        <p className="more">
          <Link
            href={withChoices(routes.compare, {
              a: `evaluation/${server.name}/${previous.evaluationId}`,
              b: `evaluation/${server.name}/${evaluationId}`,
            })}
          >
            all that changed
          </Link>
        </p>
      )}
    </Panel>
  );
}

function Tests({ evaluation }: { readonly evaluation: Evaluation }) {
  const asked = useAsk(EvaluationTestsDocument, {
    evaluationId: evaluation.evaluationId,
    server: evaluation.server.name,
  });
  const jobs = present(asked.data?.evaluation?.testJobs?.edges).flatMap(({ node }) => node ?? []);
  return (
    <Panel title="Tests on boards" aside={asked.data?.evaluation?.testJobs?.totalCount ?? undefined}>
      <PanelState parts={[asked]} lines={4} />
      {jobs.length === 0 && asked.data !== null && <Empty>No test job names this evaluation.</Empty>}
      <ul className="list">
        {jobs.map((job) => (
          <li key={job.id}>
            <JobLink job={job} />
            <Status look={jobLook({ ...job, resultCounts: toCounts(job.resultCounts) })} />
            <span className="sub">{job.device?.hostname}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function toCounts(counts: { readonly pass: number; readonly fail: number; readonly total: number } | null) {
  return counts === null ? null : { ...counts, skip: 0, unknown: 0 };
}
