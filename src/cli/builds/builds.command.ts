import { ListBuildsDocument, ListQueueDocument } from "../generated/graphql.js";
import type { BuildLineFragment, BuildStatus, ListBuildsQuery, ListQueueQuery } from "../generated/graphql.js";
import { printJson } from "../output/streams.js";
import { printTable, shortTime } from "../output/table.js";
import { withGateway, forCuirass } from "../remote/gateway.js";
import { readList } from "../remote/pages.js";
import { LIST_DEFAULT, PAGE_SIZE, createRemoteCommand } from "../tree/command.js";
import { optionOfWords, readCount, readTime } from "../tree/values.js";

const STATUSES: Readonly<Record<BuildStatus, true>> = {
  SCHEDULED: true,
  SUBMITTED: true,
  STARTED: true,
  SUCCEEDED: true,
  FAILED: true,
  FAILED_DEPENDENCY: true,
  FAILED_OTHER: true,
  CANCELED: true,
  UNRECOGNIZED: true,
};

export function buildsCommand() {
  return createRemoteCommand("builds")
    .summary("list builds")
    .description(
      "Lists finished builds of all Cuirass servers, the one that ended last first; with --queue those to come.",
    )
    .addOption(optionOfWords("--status <status>", "that ended so", STATUSES).conflicts("queue"))
    .option("--specification <name>", "of this specification")
    .option("--job <name>", "of this job, e.g. hello.x86_64-linux")
    .option("--system <name>", "for this system, e.g. aarch64-linux")
    .option("--since <time>", "ended since then: 2h, 3d, 2026-11-30", readTime)
    .option("--queue", "running builds, then those that wait")
    .option("--limit <count>", "how many at most", readCount, LIST_DEFAULT)
    .action(async ({ json, status, specification, job, system, since, queue, limit, ...values }) => {
      const of = {
        ...(specification === undefined ? {} : { specification }),
        ...(job === undefined ? {} : { job }),
        ...(system === undefined ? {} : { system }),
      };
      const filter = {
        ...of,
        ...(status === undefined ? {} : { statuses: [...status] }),
        ...(since === undefined ? {} : { finishedAfter: since }),
      };
      process.exitCode = await withGateway(values, async (given) => {
        const remote = forCuirass(given);
        const { server } = remote;
        const found: BuildLineFragment[] = [];
        const take = (nodes: readonly BuildLineFragment[]) => {
          if (json === true) nodes.forEach(printJson);
          else found.push(...nodes);
        };
        const size = { limit, pageSize: PAGE_SIZE };
        const ended = {
          ...{ ...size, operation: ListBuildsDocument, pick: ({ builds }: ListBuildsQuery) => builds },
          variables: (page: { first: number; after: string | null }) => ({ filter, server, ...page }),
        };
        const coming = {
          ...{ ...size, operation: ListQueueDocument, pick: ({ buildQueue }: ListQueueQuery) => buildQueue },
          variables: (page: { first: number; after: string | null }) => ({ ...of, server, ...page }),
        };
        const exit = await (queue === true ? readList(remote, coming, take) : readList(remote, ended, take));
        printTable(["BUILD", "STATUS", "SPECIFICATION", "ENDED", "JOB"], found.map(toRow));
        return exit;
      });
    });
}

function toRow({ buildId, status, specificationName, finishedAt, job }: BuildLineFragment): readonly string[] {
  return [String(buildId), status, specificationName, shortTime(finishedAt), job];
}
