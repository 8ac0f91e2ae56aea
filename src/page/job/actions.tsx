// What one may do with a job: run it again, cancel it, take its results away as files.

import { useRef } from "react";
import { useLocation, useRouter } from "wouter";
import { CancelJobDocument, ResubmitJobDocument } from "../generated/graphql.js";
import { credentials } from "../graph/credentials.js";
import { useOnce } from "../graph/use.js";
import { ChangeButton, refusalOf } from "../parts/change.js";
import { useStore } from "../parts/store.js";
import { routes } from "../routes.js";
import type { Job } from "./types.js";

const FILES = [
  ["csv", "CSV"],
  ["xml", "JUnit"],
  ["yaml", "YAML"],
  ["tap", "TAP"],
] as const;

export function JobActions({ job }: { readonly job: Job }) {
  const { base } = useRouter();
  const accounts = useStore({ get: credentials.accounts, subscribe: credentials.subscribe });
  const server = job.server.name;
  const mayChange = accounts.some((account) => account.server === server);
  const at = `${base}/export/lava/${encodeURIComponent(server)}/${encodeURIComponent(job.jobId)}`;
  return (
    <span className="row acts wrap">
      {mayChange && job.state !== "FINISHED" && <Cancel job={job} />}
      {mayChange && <Again job={job} />}
      {job.state === "FINISHED" &&
        FILES.map(([extension, word]) => (
          <a key={extension} className="button" href={`${at}.${extension}`} download>
            {word}
          </a>
        ))}
    </span>
  );
}

function Cancel({ job }: { readonly job: Job }) {
  const once = useOnce();
  const cancel = async () =>
    refusalOf(
      await once(CancelJobDocument, { jobId: job.jobId, server: job.server.name }),
      ({ cancelTestJob: result }) => {
        if (result === null) return "There is no such job that you may see.";
        return "message" in result ? result.message : null;
      },
    );
  return (
    <ChangeButton word="Cancel" title={`Cancel job ${job.jobId}`} run={cancel}>
      <p>LAVA ends it as soon as its board lets go. What it has found until then stays.</p>
    </ChangeButton>
  );
}

function Again({ job }: { readonly job: Job }) {
  const once = useOnce();
  const [, navigate] = useLocation();
  const made = useRef<string | null>(null);
  const submit = async () => {
    const answer = await once(ResubmitJobDocument, { jobId: job.jobId, server: job.server.name });
    const refusal = refusalOf(answer, ({ resubmitTestJob: result }) => {
      if (result === null) return "There is no such job that you may see.";
      if ("message" in result) return result.message;
      made.current = result.jobIds[0] ?? null;
      return null;
    });
    if (refusal === null && made.current !== null) navigate(routes.job(job.server.name, made.current));
    return refusal;
  };
  return (
    <ChangeButton word="Run again" title={`Run ${job.name} again`} run={submit}>
      <p>A new test job with the same definition, in your name.</p>
    </ChangeButton>
  );
}
