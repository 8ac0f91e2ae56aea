import { EXIT } from "../exit.js";
import { ShowTestJobDocument } from "../generated/graphql.js";
import type { ShowTestJobQuery } from "../generated/graphql.js";
import { printJson } from "../output/streams.js";
import { printFacts, shortDuration } from "../output/table.js";
import { readJob } from "../remote/addresses.js";
import { withGateway } from "../remote/gateway.js";
import { readPartly } from "../remote/request.js";
import { createRemoteCommand } from "../tree/command.js";
import { JOB_ARGUMENT, JOB_WORDS, noSuchJob } from "./one-job.js";

export function jobShowCommand() {
  return createRemoteCommand("show")
    .summary("what a test job is, and how it went")
    .description("Shows a test job: its state, where it ran, how it went and why.")
    .argument(JOB_ARGUMENT, JOB_WORDS)
    .action(async (name, { json, ...values }) => {
      process.exitCode = await withGateway(values, async (remote) => {
        const { jobId, server } = await readJob(remote, name);
        const { data, status } = await readPartly(remote, ShowTestJobDocument, { jobId, server });
        if (data.testJob == null) throw noSuchJob(jobId);
        if (json === true) printJson(data.testJob);
        else printJob(data.testJob);
        return status ?? EXIT.ok;
      });
    });
}

function printJob(job: NonNullable<ShowTestJobQuery["testJob"]>): void {
  const { failure, resultCounts: counts, build } = job;
  printFacts([
    ["job", job.jobId],
    ["name", job.name],
    ["state", job.state === "FINISHED" ? `${job.state} ${job.health}` : job.state],
    ["failure", failure == null ? null : [failure.kind, failure.message].filter((text) => text != null).join(": ")],
    [
      "results",
      counts == null
        ? null
        : `${counts.pass} pass, ${counts.fail} fail, ${counts.skip} skip, ${counts.unknown} unknown`,
    ],
    ["device", job.device?.hostname],
    ["type", job.deviceType?.name],
    ["submitter", job.submitter],
    ["priority", job.priority],
    ["visible", job.visibility],
    ["tags", job.tags?.join(", ")],
    ["submitted", job.createdAt],
    ["started", job.startedAt],
    ["ended", job.finishedAt],
    ["took", shortDuration(job.durationSeconds)],
    ["build", build == null ? null : `${build.buildId} ${build.job} ${build.url}`],
    ["server", job.server.name],
    ["page", job.url],
  ]);
}
