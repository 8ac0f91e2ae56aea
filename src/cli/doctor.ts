// `etna doctor`: one look at each configured server, in words.

import { countServers, serversOf } from "../config/config.js";
import type { Config } from "../config/config.js";
import { toPlainText } from "../codec/terminal-text.js";
import { SYSTEMS } from "../systems.js";
import type { CiServer, CiSystem, Finding } from "../ci/system.js";
import { NOTHING_CONFIGURED } from "./serve.js";

export async function doctor(config: Config): Promise<number> {
  if (countServers(config) === 0) {
    process.stderr.write(`${NOTHING_CONFIGURED}\n`);
    return 2;
  }
  let isWell = true;
  for (const system of SYSTEMS as readonly CiSystem[]) {
    const running = system.create(serversOf(config, system));
    running.start();
    for (const server of running.servers) {
      for await (const { isGood, text } of examine(system.title, server)) {
        isWell &&= isGood;
        process.stdout.write(`${isGood ? "ok   " : "FAULT"} ${server.name}: ${toPlainText(text)}\n`);
      }
    }
    await running.close();
  }
  return isWell ? 0 : 1;
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
