// One test job: how it ended and why, its results with the failures first, its log, what is new against the one before.

import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { JobHeadDocument, JobResultsDocument, JobUpdateDocument } from "../generated/graphql.js";
import { useAsk, useFollowEach } from "../graph/use.js";
import { useChoices, useTitle } from "../parts/address.js";
import { NoSuchThing, PanelState } from "../parts/panel.js";
import type { PanelPart } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { TabPanel, Tabs } from "../parts/tabs.js";
import { routes } from "../routes.js";
import { jobLook } from "../words.js";
import { JobActions } from "./actions.js";
import { useBaseline } from "./baseline.js";
import { AgainstTab } from "./against.js";
import { DefinitionTab, MetadataTab, TimingTab } from "./extras.js";
import { JobFacts } from "./facts.js";
import { JobLog } from "./log.js";
import { Broke } from "./broke.js";
import { Results } from "./results.js";
import type { Job, JobResults } from "./types.js";
import "./job.css";

const TABS = ["results", "log", "timing", "definition", "metadata", "compare"] as const;
type TabName = (typeof TABS)[number];

interface JobAt {
  readonly server: string;
  readonly jobId: string;
}

export function JobPage(at: JobAt) {
  const { server, jobId } = at;
  const asked = useAsk(JobHeadDocument, { server, jobId });
  const job = asked.data?.testJob ?? null;
  const ended = job?.state === "FINISHED";
  const results = useAsk(JobResultsDocument, { server, jobId }, { pause: job === null });
  useFollowEach(JobUpdateDocument, [{ server, jobId }], {
    pause: job === null || ended,
    onData: ({ testJobUpdates: { state, resultsReady } }) => {
      if (state === "FINISHED") asked.retry();
      if (state === "FINISHED" || resultsReady) results.retry();
    },
    onExpired: asked.retry,
  });
  const counts = results.data?.testJob?.resultCounts ?? null;
  const look = job === null ? null : jobLook({ ...job, resultCounts: counts });
  useTitle(titleOf(look?.word ?? "", counts?.fail ?? 0, jobId, job?.name ?? ""));
  if (job === null && asked.data !== null && asked.faults.length === 0) return <NoSuchThing what="test job" />;
  return (
    <>
      <p className="crumbs">
        <Link href={routes.jobs}>Jobs</Link> / {server} / {jobId}
      </p>
      <div className="title">
        <h1>{job === null ? jobId : job.name}</h1>
        {look !== null && <Status look={look} />}
        {job !== null && <JobActions job={job} />}
      </div>
      <PanelState parts={[asked]} lines={6} />
      {job !== null && <JobFacts job={job} at={at} />}
      {job !== null && <Broke job={job} at={at} />}
      {job !== null && <JobTabs job={job} results={results.data?.testJob ?? null} resultsState={results} />}
      <EndedAloud ended={ended} word={look?.word ?? ""} />
    </>
  );
}

function titleOf(word: string, failed: number, jobId: string, name: string): string {
  return [failed > 0 ? `✕ ${failed}` : word, `${jobId} ${name}`].filter((part) => part !== "").join(" · ");
}

interface TabsProps {
  readonly job: Job;
  readonly results: JobResults | null;
  readonly resultsState: PanelPart;
}

function JobTabs({ job, results, resultsState }: TabsProps) {
  const [params, change] = useChoices();
  const asked = params.get("tab");
  const open = TABS.find((name) => name === asked) ?? "results";
  const baseline = useBaseline(job, params.get("base"));
  const news = baseline.comparison?.newFailures.totalCount ?? 0;
  const against = baseline.before === null ? "Against" : `Against ${baseline.before.jobId}`;
  const tabs = [
    { name: "results", title: "Results" },
    { name: "log", title: "Log alone" },
    { name: "timing", title: "Timing" },
    { name: "definition", title: "Definition" },
    { name: "metadata", title: "Metadata" },
    { name: "compare", title: news > 0 ? `${against}: ${news} new` : against },
  ] as const;
  const onOpen = (name: TabName) => change({ tab: name === "results" ? null : name });
  return (
    <>
      <Tabs label="Parts of the job" tabs={tabs} open={open} onOpen={onOpen} />
      <TabPanel open={open}>
        {open === "results" && (
          <div className="job">
            <div className="stack">
              <Results job={job} results={results} comparison={baseline.comparison} state={resultsState} />
            </div>
            <JobLog job={job} results={results} settled={resultsState.data !== null} />
          </div>
        )}
        {open === "log" && <JobLog job={job} results={results} settled={resultsState.data !== null} />}
        {open === "timing" && <TimingTab job={job} />}
        {open === "definition" && <DefinitionTab job={job} />}
        {open === "metadata" && <MetadataTab job={job} />}
        {open === "compare" && <AgainstTab job={job} baseline={baseline} onBase={(base) => change({ base })} />}
      </TabPanel>
    </>
  );
}

/** Said once, when a job that was followed ends. */
function EndedAloud({ ended, word }: { readonly ended: boolean; readonly word: string }) {
  const wasRunning = useRef(false);
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (word === "") return;
    if (ended && wasRunning.current) setSaid(`The test job has ended: ${word}.`);
    wasRunning.current = !ended;
  }, [ended, word]);
  return (
    <span className="sr" role="status">
      {said}
    </span>
  );
}
