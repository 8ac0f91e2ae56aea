// A test job's log in the viewer: its failures as marks, its passed cases folded.

import { useMemo } from "react";
import {
  JobCaseLinesDocument,
  JobLogSizeDocument,
  JobLogTailDocument,
  JobLogWindowDocument,
} from "../generated/graphql.js";
import { useAsk, useGraph } from "../graph/use.js";
import { useViewerChoices } from "../log/choices.js";
import { foldsOf } from "../log/folds.js";
import { createLogAt } from "../log/source.js";
import { LogViewer } from "../log/viewer.js";
import { present } from "../parts/lists.js";
import type { Job, JobResults } from "./types.js";

const DOCUMENTS = { window: JobLogWindowDocument, size: JobLogSizeDocument };

interface JobLogProps {
  readonly job: Job;
  readonly results: JobResults | null;
  readonly settled: boolean;
}

export function JobLog({ job, results, settled }: JobLogProps) {
  const { url } = useGraph();
  const { jobId, server, id } = job;
  const at = useMemo(() => createLogAt(url, DOCUMENTS, { jobId, server: server.name }), [url, jobId, server.name]);
  const ended = job.state === "FINISHED";
  const lines = useAsk(JobCaseLinesDocument, { jobId, server: server.name }, { pause: !ended });
  const cases = lines.data?.testJob?.cases?.nodes;
  const folds = useMemo(() => foldsOf(present(cases)), [cases]);
  const failing = results?.failing?.nodes;
  const failures = useMemo(
    () =>
      present(failing)
        .flatMap(({ startLogLine }) => startLogLine ?? [])
        .sort((a, b) => a - b),
    [failing],
  );
  const tail = useMemo(() => (ended ? null : { document: JobLogTailDocument, variables: { id } }), [ended, id]);
  const choices = useViewerChoices();
  return (
    <LogViewer
      key={jobId}
      at={at}
      tail={tail}
      folds={folds}
      failures={failures}
      settled={settled}
      hasLevels
      choices={choices}
    />
  );
}
