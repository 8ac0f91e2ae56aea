// One build: was it built, how do its tests on boards go, what is new against the build before it.

import { useMemo } from "react";
import { Link } from "wouter";
import {
  BuildBeforeDocument,
  BuildHeadDocument,
  BuildLogSizeDocument,
  BuildLogWindowDocument,
  BuildTestsDocument,
  BuildUpdateDocument,
  JobLogTailDocument,
  RestartBuildDocument,
} from "../generated/graphql.js";
import type { BuildHeadQuery } from "../generated/graphql.js";
import { usePaged } from "../graph/pages.js";
import { useAsk, useFollowEach, useGraph, useOnce } from "../graph/use.js";
import { useViewerChoices } from "../log/choices.js";
import { createLogAt } from "../log/source.js";
import { LogViewer } from "../log/viewer.js";
import { useTitle } from "../parts/address.js";
import { ChangeButton, refusalOf } from "../parts/change.js";
import { Fact } from "../parts/facts.js";
import { BuildLink, Commit, EvaluationLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { More } from "../parts/more.js";
import { Empty, NoSuchThing, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Since, Time, Took } from "../parts/time.js";
import { routes, withChoices } from "../routes.js";
import { buildLook, weatherWord } from "../words.js";
import { Outputs } from "./outputs.js";
import { useTestBaseline } from "./baseline.js";
import { Failing, Fixed, NewlyBroken } from "./changes.js";
import { useFollowTests } from "./follow.js";
import { SuitesByBoard } from "./suites.js";
import { TestTable, Verdict, WAITING } from "./tests.js";

type Build = NonNullable<BuildHeadQuery["build"]>;

const DOCUMENTS = { window: BuildLogWindowDocument, size: BuildLogSizeDocument };

export function BuildPage({ server, buildId }: { readonly server: string; readonly buildId: number }) {
  const asked = useAsk(BuildHeadDocument, { server, buildId });
  const build = asked.data?.build ?? null;
  useFollowEach(BuildUpdateDocument, [{ server, buildId }], {
    pause: build === null,
    onExpired: asked.retry,
  });
  const look = build === null ? null : buildLook(build.status);
  useTitle(`${look?.word ?? ""} · ${buildId} ${build?.job ?? ""}`);
  if (build === null && asked.data !== null && asked.faults.length === 0) return <NoSuchThing what="build" />;
  return (
    <>
      <p className="crumbs">
        <Link href={routes.builds}>Builds</Link> / {server} / {buildId}
      </p>
      <div className="title">
        <h1>{build?.job ?? buildId}</h1>
        {look !== null && <Status look={look} />}
        {build !== null && <Weather build={build} />}
        {build !== null && <Restart build={build} />}
      </div>
      <PanelState parts={[asked]} lines={6} />
      {build !== null && <BuildFacts build={build} />}
      {build !== null && <Parts build={build} />}
    </>
  );
}

function Weather({ build }: { readonly build: Build }) {
  const word = weatherWord(build.weather);
  return word === null ? null : <span className={`tag ${word === "fixed" ? "pass" : "fail"}`}>{word}</span>;
}

function Restart({ build }: { readonly build: Build }) {
  const once = useOnce();
  const run = async () =>
    refusalOf(
      await once(RestartBuildDocument, { buildId: build.buildId, server: build.server.name }),
      ({ restartBuild: result }) => {
        if (result === null) return "There is no such build.";
        return "message" in result ? result.message : null;
      },
    );
  return (
    <span className="row acts">
      <ChangeButton word="Build again" title={`Build ${build.job} again`} run={run}>
        <p>Cuirass builds it again under the same number, where the gateway allows changes at this farm.</p>
      </ChangeButton>
    </span>
  );
}

function BuildFacts({ build }: { readonly build: Build }) {
  const { server, evaluation, specificationName } = build;
  return (
    <dl className="facts">
      <Fact name="Name">{build.nixName}</Fact>
      <Fact name="Specification">
        <Link href={withChoices(routes.evaluations, { spec: specificationName })}>{specificationName}</Link>
      </Fact>
      <Fact name="Evaluation">
        <EvaluationLink evaluation={{ evaluationId: build.evaluationId, server }} />
      </Fact>
      {evaluation?.checkouts.map(({ channel, commit }) => (
        <Fact key={channel} name={channel}>
          <Commit commit={commit} />
        </Fact>
      ))}
      <Fact name={build.finishedAt === null ? "Began" : "Ended"}>
        <Time at={build.finishedAt ?? build.startedAt ?? build.createdAt} />
        {build.finishedAt === null ? <Since at={build.startedAt} /> : <Took seconds={build.durationSeconds} />}
      </Fact>
      <Fact name="At Cuirass">
        <a href={build.url} rel="noreferrer">
          {build.buildId}
        </a>
      </Fact>
    </dl>
  );
}

function Parts({ build }: { readonly build: Build }) {
  const { server, buildId } = build;
  const tests = usePaged(BuildTestsDocument, { server: server.name, buildId }, (data) => data.build?.testJobs);
  const edges = tests.pages.flatMap(({ data }) => present(data?.build?.testJobs?.edges));
  const jobs = edges.flatMap(({ node, evidence }) => (node === null ? [] : [{ ...node, evidence }]));
  const open = jobs.some(({ state }) => WAITING.has(state) || state === "RUNNING");
  const baseline = useTestBaseline(buildId, server.name, jobs);
  useFollowTests(jobs, tests.pages);
  return (
    <>
      {jobs.length > 0 && <Verdict jobs={jobs} baseline={baseline} />}
      <div className="build">
        <div className="stack">
          <NewlyBroken baseline={baseline} />
          <Failing jobs={jobs} baseline={baseline} />
          <Panel
            title="Tests on this build"
            aside={jobs.length > 0 ? `${jobs.length}${open ? ", live" : ""}` : undefined}
            actions={<CompareLink build={build} before={baseline.build} />}
          >
            <PanelState parts={tests.pages} lines={4} />
            {jobs.length > 0 && <TestTable jobs={jobs} baseline={baseline} />}
            {jobs.length === 0 && tests.pages.every(({ data }) => data !== null) && (
              <Empty>
                No test job names this build. A job is known to be of it by its address, a store path or a commit in the
                job&rsquo;s definition or metadata.
              </Empty>
            )}
            <More more={tests.more} />
          </Panel>
          <BuildLog build={build} />
        </div>
        <div className="stack">
          <Fixed baseline={baseline} />
          <SuitesByBoard jobs={jobs} />
          <Outputs build={build} />
          <Before build={build} />
        </div>
      </div>
    </>
  );
}

interface CompareProps {
  readonly build: Build;
  readonly before: { readonly buildId: number } | null;
}

function CompareLink({ build: { buildId, server }, before }: CompareProps) {
  if (before === null) return null;
  const [a, b] = [before.buildId, buildId].map((id) => `build/${server.name}/${id}`);
  return <Link href={withChoices(routes.compare, { a, b })}>compare with build {before.buildId}</Link>;
}

function BuildLog({ build }: { readonly build: Build }) {
  const { url } = useGraph();
  const { buildId, server, id, status } = build;
  const at = useMemo(() => createLogAt(url, DOCUMENTS, { buildId, server: server.name }), [url, buildId, server.name]);
  const open = status === "STARTED";
  const tail = useMemo(() => (open ? { document: JobLogTailDocument, variables: { id } } : null), [open, id]);
  const choices = useViewerChoices();
  return <LogViewer at={at} tail={tail} folds={NONE} failures={NONE} settled hasLevels={false} choices={choices} />;
}

const NONE: readonly never[] = [];

function Before({ build }: { readonly build: Build }) {
  const { specificationName: specification, job, server } = build;
  const asked = useAsk(BuildBeforeDocument, { specification, job });
  const others = present(asked.data?.builds?.nodes).filter(({ buildId }) => buildId !== build.buildId);
  return (
    <Panel title="This job at other times">
      <PanelState parts={[asked]} />
      {others.length === 0 && asked.data !== null && <Empty>It was not built at another time.</Empty>}
      <ul className="list">
        {others.map((other) => (
          <li key={other.id}>
            <BuildLink build={{ ...other, job: `evaluation ${other.evaluationId}`, server }} />
            <Status look={buildLook(other.status)} />
            <span className="sub">
              <Time at={other.finishedAt} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
