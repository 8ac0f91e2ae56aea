import { EXIT } from "../exit.js";
import { ReadBuildLogDocument } from "../generated/graphql.js";
import type { ReadBuildLogQuery } from "../generated/graphql.js";
import { readBuild } from "../remote/addresses.js";
import { withGateway, forCuirass } from "../remote/gateway.js";
import { LOG_PAGE_MAX, printLogLines } from "../remote/log.js";
import { readList } from "../remote/pages.js";
import { request } from "../remote/request.js";
import { createRemoteCommand } from "../tree/command.js";
import { readCount } from "../tree/values.js";
import { BUILD_ARGUMENT, BUILD_WORDS, noSuchBuild } from "./one-build.js";

export function buildLogCommand() {
  return createRemoteCommand("log")
    .summary("a build's log")
    .description("Prints a build's log as far as it is written; --follow goes on until the build ends.")
    .argument(BUILD_ARGUMENT, BUILD_WORDS)
    .option("--tail <count>", "only the last lines, at most 1000", readCount)
    .option("--follow", "go on as it is written, until the build ends")
    .action(async (name, { json = false, tail, follow, ...values }) => {
      process.exitCode = await withGateway(values, async (given) => {
        const remote = forCuirass(given);
        const { buildId, server } = await readBuild(remote, name);
        const pick = ({ build }: ReadBuildLogQuery) => {
          if (build == null) throw noSuchBuild(buildId);
          return build.log?.lines;
        };
        if (follow === true) {
          const { build } = await request(remote, ReadBuildLogDocument, { buildId, server, first: 1 });
          if (build == null) throw noSuchBuild(buildId);
          const { followAlone } = await import("../wait/follow-log.js");
          return followAlone(remote, build.id, name, { json, levels: null });
        }
        if (tail !== undefined) {
          const last = Math.min(tail, LOG_PAGE_MAX);
          const lines = pick(await request(remote, ReadBuildLogDocument, { buildId, server, last }));
          printLogLines(lines?.nodes.filter((line) => line !== null) ?? [], json);
          return EXIT.ok;
        }
        const list = {
          operation: ReadBuildLogDocument,
          variables: (page: { first: number; after: string | null }) => ({ buildId, server, ...page }),
          pick,
          limit: Infinity,
          pageSize: LOG_PAGE_MAX,
        };
        return readList(remote, list, (lines) => printLogLines(lines, json));
      });
    });
}
