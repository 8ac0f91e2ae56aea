import { ListTestJobsDocument } from "../generated/graphql.js";
import type { JobLineFragment, ListTestJobsQuery, TestJobHealth, TestJobState } from "../generated/graphql.js";
import { printJson } from "../output/streams.js";
import { printTable, shortTime } from "../output/table.js";
import { withGateway } from "../remote/gateway.js";
import { LIST_DEFAULT, PAGE_SIZE, createRemoteCommand } from "../tree/command.js";
import { readList } from "../remote/pages.js";
import { collect, optionOfWords, readCount, readTime } from "../tree/values.js";

const STATES: Readonly<Record<TestJobState, true>> = {
  SUBMITTED: true,
  SCHEDULING: true,
  SCHEDULED: true,
  RUNNING: true,
  CANCELING: true,
  FINISHED: true,
  UNRECOGNIZED: true,
};
const HEALTHS: Readonly<Record<TestJobHealth, true>> = {
  UNKNOWN: true,
  COMPLETE: true,
  INCOMPLETE: true,
  CANCELED: true,
  UNRECOGNIZED: true,
};

export function jobsCommand() {
  return createRemoteCommand("jobs")
    .summary("list test jobs")
    .description("Lists test jobs of all LAVA servers, newest first.")
    .addOption(optionOfWords("--state <state>", "in this state", STATES))
    .addOption(optionOfWords("--health <health>", "that went so", HEALTHS))
    .option("--type <name>", "asking for this device type; may be repeated", collect)
    .option("--device <hostname>", "run on this device; may be repeated", collect)
    .option("--submitter <user>", "submitted by this user; may be repeated", collect)
    .option("--text <text>", "with this text in the name")
    .option("--since <time>", "submitted since then: 2h, 3d, 2026-11-30", readTime)
    .option("--limit <count>", "how many at most", readCount, LIST_DEFAULT)
    .action(async ({ json, state, health, type, device, submitter, text, since, limit, ...values }) => {
      const filter = {
        ...(state === undefined ? {} : { states: [...state] }),
        ...(health === undefined ? {} : { healths: [...health] }),
        ...(type === undefined ? {} : { deviceTypes: [...type] }),
        ...(device === undefined ? {} : { devices: [...device] }),
        ...(submitter === undefined ? {} : { submitters: [...submitter] }),
        ...(text === undefined ? {} : { text }),
        ...(since === undefined ? {} : { createdAfter: since }),
      };
      process.exitCode = await withGateway(values, async (remote) => {
        const found: JobLineFragment[] = [];
        const list = {
          operation: ListTestJobsDocument,
          variables: (page: { first: number; after: string | null }) => ({ filter, server: remote.server, ...page }),
          pick: ({ testJobs }: ListTestJobsQuery) => testJobs,
          limit,
          pageSize: PAGE_SIZE,
        };
        const status = await readList(remote, list, (nodes) => {
          if (json === true) nodes.forEach(printJson);
          else found.push(...nodes);
        });
        printTable(["JOB", "STATE", "DEVICE", "SUBMITTER", "SUBMITTED", "NAME"], found.map(toRow));
        return status;
      });
    });
}

function toRow({
  jobId,
  state,
  health,
  device,
  deviceType,
  submitter,
  createdAt,
  name,
}: JobLineFragment): readonly string[] {
  const where = device?.hostname ?? deviceType?.name ?? "";
  return [jobId, state === "FINISHED" ? health : state, where, submitter, shortTime(createdAt), name];
}
