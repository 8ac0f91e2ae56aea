// What is known of a job besides its results: board, build, people, times, its group.

import { Link } from "wouter";
import { JobBuildDocument } from "../generated/graphql.js";
import { useAsk } from "../graph/use.js";
import { Fact } from "../parts/facts.js";
import { BoardLink, BuildLink, EvaluationLink } from "../parts/links.js";
import { Ago, Since, Time, Took } from "../parts/time.js";
import { routes } from "../routes.js";
import { evidenceWord } from "../words.js";
import type { Job } from "./types.js";

interface FactsProps {
  readonly job: Job;
  readonly at: { readonly server: string; readonly jobId: string };
}

export function JobFacts({ job, at }: FactsProps) {
  const { device, deviceType, server } = job;
  return (
    <dl className="facts">
      <Fact name="Board">
        {device === null ? (
          <span className="muted">none yet{deviceType !== null && `, waits for ${deviceType.name}`}</span>
        ) : (
          <>
            <BoardLink board={device} server={server.name} />
            {device.worker !== null && <span>on {device.worker.hostname}</span>}
          </>
        )}
      </Fact>
      <BuildFacts at={at} />
      <Fact name="Submitted by">{job.submitter}</Fact>
      <Times job={job} />
      {job.multinode !== null && <Group job={job} />}
      {job.healthCheck && <Fact name="Is">a health check</Fact>}
      {(job.viewingGroups ?? []).length > 0 && <Fact name="Shown to">{job.viewingGroups?.join(", ")}</Fact>}
      <Fact name="At LAVA">
        <a href={job.url} rel="noreferrer">
          {job.jobId}
        </a>
      </Fact>
    </dl>
  );
}

function Times({ job: { createdAt, startedAt, finishedAt, durationSeconds } }: { readonly job: Job }) {
  const waited =
    createdAt !== null && startedAt !== null ? (Date.parse(startedAt) - Date.parse(createdAt)) / 1_000 : null;
  if (startedAt === null) {
    return (
      <Fact name="Waits">
        <Since at={createdAt} />
      </Fact>
    );
  }
  return (
    <>
      <Fact name={finishedAt === null ? "Began" : "Ended"}>
        <Time at={finishedAt ?? startedAt} />
        <span className="muted">
          <Ago at={finishedAt ?? startedAt} />
        </span>
      </Fact>
      <Fact name={finishedAt === null ? "Runs for" : "Took"}>
        {finishedAt === null ? <Since at={startedAt} /> : <Took seconds={durationSeconds} />}
        {waited !== null && (
          <span className="muted">
            waited <Took seconds={waited} />
          </span>
        )}
      </Fact>
    </>
  );
}

/** The build under test, with how that is known. LAVA and Cuirass are both asked, so it comes after the head. */
function BuildFacts({ at }: { readonly at: FactsProps["at"] }) {
  const { data } = useAsk(JobBuildDocument, at);
  const builds = data?.testJob?.buildLinks ?? [];
  const evaluations = data?.testJob?.evaluationLinks ?? [];
  return (
    <>
      {builds.map(({ build, evidence }) => (
        <Fact key={build.id} name="Build">
          <BuildLink build={build} />
          <span className="muted">by its {evidenceWord(evidence)}</span>
        </Fact>
      ))}
      {builds.length === 0 &&
        evaluations.map(({ evaluation, evidence }) => (
          <Fact key={evaluation.id} name="Evaluation">
            <EvaluationLink evaluation={evaluation} /> {evaluation.specificationName}
            <span className="muted">by its {evidenceWord(evidence)}</span>
          </Fact>
        ))}
    </>
  );
}

function Group({ job }: { readonly job: Job }) {
  const { multinode, server } = job;
  return (
    <Fact name={`Group of ${multinode?.size ?? 0}, as ${multinode?.role ?? "?"}`}>
      {multinode?.siblings?.map((sibling) => (
        <Link key={sibling.id} href={routes.job(server.name, sibling.jobId)}>
          {sibling.subId ?? sibling.jobId}
        </Link>
      ))}
    </Fact>
  );
}
