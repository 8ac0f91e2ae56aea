// `etna doctor`: one look at each configured server, in words: what is wrong, why, and how to mend it.

import { openCluster } from "../../cluster/open.js";
import { countServers, serversOf } from "../../config/config.js";
import type { Config } from "../../config/config.js";
import type { CiServer, CiSystem, ServerOptions } from "../../ci/system.js";
import { UpstreamError } from "../../errors.js";
import type { Secret } from "../../net/secret.js";
import { withoutTrailingSlashes } from "../../net/trailing-slashes.js";
import { ALL_SYSTEMS } from "../../systems.js";
import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { printJson, printLine } from "../output/streams.js";
import { environmentToken } from "../remote/gateway.js";
import { NOTHING_CONFIGURED } from "./config-options.js";
import { diagnose, isProof } from "./diagnosis.js";

/** `note`: odd, but nothing that has to be mended. */
type Level = "ok" | "note" | "fault";
type Line = readonly [level: Level, text: string];

const LABELS: Readonly<Record<Level, string>> = { ok: "ok   ", note: "note ", fault: "FAULT" };

export async function doctor(config: Config, json: boolean): Promise<ExitStatus> {
  if (countServers(config) === 0) {
    process.stderr.write(`${NOTHING_CONFIGURED}\n`);
    return EXIT.usage;
  }
  const faulty = new Set<string | null>();
  const say = (server: string | null, [level, text]: Line) => {
    if (level === "fault") faulty.add(server);
    if (json) printJson({ server, level, text });
    else printLine(`${LABELS[level]} ${server === null ? "" : `${server}: `}${text}`);
  };
  if (config.cluster != null) say(null, await examineCluster(config.cluster));
  const doubles = findDoubles(config);
  for (const system of ALL_SYSTEMS) {
    const options = serversOf(config, system);
    const running = system.create(options);
    running.start();
    try {
      for (const [at, server] of running.servers.entries()) {
        const twin = doubles.get(server.name);
        if (twin !== undefined)
          say(server.name, ["note", `${twin} has the same address: what is asked of all servers goes there twice`]);
        const own = options[at];
        if (own !== undefined) for await (const line of examine(system, server, own)) say(server.name, line);
      }
      for (const [server, line] of await checkEnvironmentToken(running.servers, faulty)) say(server, line);
    } finally {
      await running.close();
    }
  }
  return faulty.size === 0 ? EXIT.ok : EXIT.failed;
}

/** Whether the engine of a cluster answers, and how many gateways it knows. */
async function examineCluster(options: NonNullable<Config["cluster"]>): Promise<Line> {
  const cluster = await openCluster({ ...options, required: true });
  try {
    await cluster.start();
    // This look is one of them.
    const gateways = cluster.status().members - 1;
    return [
      "ok",
      `cluster: ${options.url.host} answers; ${gateways} ${gateways === 1 ? "gateway runs" : "gateways run"}`,
    ];
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown reason";
    return ["fault", `cluster: ${options.url.host} can't be used: ${reason}`];
  } finally {
    await cluster.close();
  }
}

/** By the name of a server that of an earlier one with the same address. */
function findDoubles(config: Config): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const doubles = new Map<string, string>();
  for (const system of ALL_SYSTEMS) {
    for (const { name, url } of serversOf(config, system)) {
      const address = withoutTrailingSlashes(url.href);
      const earlier = names.get(address);
      if (earlier === undefined) names.set(address, name);
      else doubles.set(name, earlier);
    }
  }
  return doubles;
}

/** Other programs on the machine may reach a server through a proxy that Etna does not use. */
function aboutProxies(): string {
  const set = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].find((name) => process.env[name]);
  return set === undefined ? "" : ` (Etna connects directly, not through the proxy in ${set})`;
}

async function* examine(system: CiSystem, server: CiServer, options: ServerOptions): AsyncGenerator<Line, void> {
  const { title } = system;
  const probe = await server.probe();
  const { version, reason = "unknown reason" } = probe;
  if (!isProof(system, probe)) {
    const { advice, isConnection } = await diagnose(system, options);
    if (!probe.reachable) {
      const why = isConnection ? advice : [reason, advice].filter((text) => text !== null).join("; ");
      yield ["fault", `no ${title} answers at ${server.url}: ${why ?? reason}${aboutProxies()}`];
      return;
    }
    if (advice !== null) {
      yield ["fault", `${server.url} is not the address of a ${title}: ${advice}`];
      return;
    }
  }
  yield ["ok", `${title} ${version ?? "of unknown version"} at ${server.url}`];
  if (server.findings === undefined) return;
  for await (const { isGood, text } of server.findings()) yield [isGood ? "ok" : "fault", text];
}

/**
 * Whose the user's own token is, as `etna wait` would send it. It is shown to no server but the one that it must be for.
 * @param faulty servers with a fault already: that nobody can ask them about a token is no second one.
 */
async function checkEnvironmentToken(
  servers: readonly CiServer[],
  faulty: ReadonlySet<string | null>,
): Promise<readonly (readonly [server: string | null, line: Line])[]> {
  const asking = servers.filter((server) => server.whose !== undefined);
  const [server, another] = asking;
  if (server === undefined) return [];
  let token: Secret | null;
  try {
    token = environmentToken();
  } catch (error) {
    if (error instanceof CommandError) return [[null, ["fault", error.message]]];
    throw error;
  }
  if (token === null) return [];
  if (another !== undefined) {
    const names = asking.map(({ name }) => name).join(", ");
    return [[null, ["note", `ETNA_TOKEN is not checked: it may be for any of ${names}; name one, e.g. --lava URL`]]];
  }
  try {
    const user = (await server.whose?.(token)) ?? null;
    if (user === null) return [[server.name, ["fault", "ETNA_TOKEN is taken for nobody's"]]];
    return [[server.name, ["ok", `ETNA_TOKEN is ${user}'s`]]];
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const isRefused = error.kind === "UpstreamDenied";
    const text = isRefused ? "ETNA_TOKEN is refused" : "ETNA_TOKEN could not be checked";
    return [[server.name, [isRefused || !faulty.has(server.name) ? "fault" : "note", `${text}: ${error.message}`]]];
  }
}
