import { EXIT } from "../exit.js";
import { ShowBuildDocument } from "../generated/graphql.js";
import type { ShowBuildQuery } from "../generated/graphql.js";
import { printJson } from "../output/streams.js";
import { printFacts, shortDuration } from "../output/table.js";
import { readBuild } from "../remote/addresses.js";
import { withGateway, forCuirass } from "../remote/gateway.js";
import { readPartly } from "../remote/request.js";
import { createRemoteCommand } from "../tree/command.js";
import { BUILD_ARGUMENT, BUILD_WORDS, noSuchBuild } from "./one-build.js";

export function buildShowCommand() {
  return createRemoteCommand("show")
    .summary("what a build is, and how it went")
    .description("Shows a build: its status, what it is of, its outputs and products.")
    .argument(BUILD_ARGUMENT, BUILD_WORDS)
    .action(async (name, { json, ...values }) => {
      process.exitCode = await withGateway(values, async (given) => {
        const remote = forCuirass(given);
        const { buildId, server } = await readBuild(remote, name);
        const { data, status } = await readPartly(remote, ShowBuildDocument, { buildId, server });
        if (data.build == null) throw noSuchBuild(buildId);
        if (json === true) printJson(data.build);
        else printBuild(data.build);
        return status ?? EXIT.ok;
      });
    });
}

function printBuild(build: NonNullable<ShowBuildQuery["build"]>): void {
  printFacts([
    ["build", build.buildId],
    ["job", build.job],
    ["status", build.status],
    ["weather", build.weather],
    ["package", build.nixName],
    ["specification", build.specificationName],
    ["evaluation", build.evaluationId],
    ...(build.evaluation?.checkouts ?? []).map(({ channel, commit }) => [channel, commit] as const),
    ["started", build.startedAt],
    ["ended", build.finishedAt],
    ["took", shortDuration(build.durationSeconds)],
    ["derivation", build.derivation],
    ...build.outputs.map(({ name, path }) => [`output ${name}`, path] as const),
    ...build.products.map(({ type, url }) => [`product ${type}`, url] as const),
    ["server", build.server.name],
    ["page", build.url],
  ]);
}
