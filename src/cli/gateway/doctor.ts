// `etna doctor`: one look at each configured server, in words.

import { countServers, serversOf } from "../../config/config.js";
import type { Config } from "../../config/config.js";
import { SYSTEMS } from "../../systems.js";
import type { CiServer, CiSystem, Finding } from "../../ci/system.js";
import { EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { printJson, printLine } from "../output/streams.js";
import { NOTHING_CONFIGURED } from "./serve.js";

export async function doctor(config: Config, json: boolean): Promise<ExitStatus> {
  if (countServers(config) === 0) {
    process.stderr.write(`${NOTHING_CONFIGURED}\n`);
    return EXIT.usage;
  }
  let isWell = true;
  for (const system of SYSTEMS as readonly CiSystem[]) {
    const running = system.create(serversOf(config, system));
    running.start();
    for (const server of running.servers) {
      for await (const { isGood, text } of examine(system.title, server)) {
        isWell &&= isGood;
        if (json) printJson({ server: server.name, ok: isGood, text });
        else printLine(`${isGood ? "ok   " : "FAULT"} ${server.name}: ${text}`);
      }
    }
    await running.close();
  }
  return isWell ? EXIT.ok : EXIT.failed;
}

/** Other programs on the machine may reach a server through a proxy that Etna does not use. */
function aboutProxies(): string {
  const set = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].find((name) => process.env[name]);
  return set === undefined ? "" : ` (Etna connects directly, not through the proxy in ${set})`;
}

async function* examine(title: string, server: CiServer): AsyncGenerator<Finding, void> {
  const { reachable, version, reason } = await server.probe();
  if (!reachable) {
    yield {
      isGood: false,
      text: `no ${title} answers at ${server.url}: ${reason ?? "unknown reason"}${aboutProxies()}`,
    };
    return;
  }
  yield { isGood: true, text: `${title} ${version ?? "of unknown version"} at ${server.url}` };
  if (server.findings !== undefined) yield* server.findings();
}
