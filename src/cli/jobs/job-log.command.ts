import { EXIT } from "../exit.js";
import { ReadTestJobLogDocument } from "../generated/graphql.js";
import type { LogLevel, ReadTestJobLogQuery } from "../generated/graphql.js";
import { readJob } from "../remote/addresses.js";
import { withGateway } from "../remote/gateway.js";
import { LOG_PAGE_MAX, printLogLines } from "../remote/log.js";
import { readList } from "../remote/pages.js";
import { request } from "../remote/request.js";
import { createRemoteCommand } from "../tree/command.js";
import { optionOfWords, readCount } from "../tree/values.js";
import { JOB_ARGUMENT, JOB_WORDS, noSuchJob } from "./one-job.js";

const LEVELS: Readonly<Record<LogLevel, true>> = {
  DEBUG: true,
  INFO: true,
  WARNING: true,
  ERROR: true,
  EXCEPTION: true,
  TARGET: true,
  INPUT: true,
  FEEDBACK: true,
  MARKER: true,
  RESULTS: true,
  UNRECOGNIZED: true,
};

export function jobLogCommand() {
  return createRemoteCommand("log")
    .summary("a test job's log")
    .description(
      "Prints a test job's log as far as it is written; --follow goes on until the job ends. Escape sequences that a device sent are dropped, but for its colours on a terminal.",
    )
    .argument(JOB_ARGUMENT, JOB_WORDS)
    .option("--tail <count>", "only the last lines, at most 1000", readCount)
    .option("--follow", "go on as it is written, until the job ends")
    .addOption(optionOfWords("--level <level>", "only lines of this level", LEVELS))
    .action(async (name, { json = false, tail, follow, level, ...values }) => {
      process.exitCode = await withGateway(values, async (remote) => {
        const { jobId, server } = await readJob(remote, name);
        const levels = level === undefined ? {} : { levels: [...level] };
        const pick = ({ testJob }: ReadTestJobLogQuery) => {
          if (testJob == null) throw noSuchJob(jobId);
          return testJob.log?.lines;
        };
        if (follow === true) {
          const { testJob } = await request(remote, ReadTestJobLogDocument, { jobId, server, first: 1 });
          if (testJob == null) throw noSuchJob(jobId);
          const { followAlone } = await import("../wait/follow-log.js");
          return followAlone(remote, testJob.id, name, { json, levels: level ?? null });
        }
        if (tail !== undefined) {
          const last = Math.min(tail, LOG_PAGE_MAX);
          const lines = pick(await request(remote, ReadTestJobLogDocument, { jobId, server, ...levels, last }));
          printLogLines(lines?.nodes.filter((line) => line !== null) ?? [], json);
          return EXIT.ok;
        }
        const list = {
          operation: ReadTestJobLogDocument,
          variables: (page: { first: number; after: string | null }) => ({ jobId, server, ...levels, ...page }),
          pick,
          limit: Infinity,
          pageSize: LOG_PAGE_MAX,
        };
        return readList(remote, list, (lines) => printLogLines(lines, json));
      });
    });
}
