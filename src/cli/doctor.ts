// `etna doctor`: one look at each configured server, in words.

import type { Config } from "../config/config.js";
import { toPlainText } from "../codec/terminal-text.js";
import { createCuirass } from "../cuirass/index.js";
import { UpstreamError } from "../errors.js";
import { createLava } from "../lava/index.js";
import { NOTHING_CONFIGURED } from "./serve.js";

/** Time for the publisher's handshake. */
const EVENTS_MS = 3_000;

export async function doctor(config: Config): Promise<number> {
  if (config.lava.length + config.cuirass.length === 0) {
    process.stderr.write(`${NOTHING_CONFIGURED}\n`);
    return 2;
  }
  const lava = createLava(config.lava);
  const cuirass = createCuirass(config.cuirass);
  lava.start();
  const faults: string[] = [];
  const tell = (name: string, what: string, good = true) => {
    if (!good) faults.push(name);
    process.stdout.write(`${good ? "ok   " : "FAULT"} ${name}: ${toPlainText(what)}\n`);
  };

  for (const [at, server] of lava.servers.entries()) {
    const { reachable, version } = await server.probe();
    tell(
      server.name,
      reachable ? `LAVA ${version ?? "of unknown version"} at ${server.url}` : `does not answer at ${server.url}`,
      reachable,
    );
    if (!reachable) continue;
    try {
      const user = await server.owner();
      tell(
        server.name,
        user === null ? "no token of the gateway's own: asks as anonymous" : `the gateway's token is ${user}'s`,
      );
    } catch (error) {
      tell(
        server.name,
        `the gateway's token is refused: ${error instanceof UpstreamError ? error.message : "unknown reason"}`,
        false,
      );
    }
    const deadline = Date.now() + EVENTS_MS;
    while (config.lava[at]?.events !== "poll" && !server.feed.status().connected && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    tell(
      server.name,
      server.feed.status().connected
        ? "events: the publisher is connected"
        : "events: no publisher in reach; test jobs are followed by polling",
    );
  }
  for (const server of cuirass.createSession().servers) {
    const { reachable, version } = await server.probe();
    tell(
      server.name,
      reachable ? `Cuirass ${version ?? "of unknown version"} at ${server.url}` : `does not answer at ${server.url}`,
      reachable,
    );
  }
  await Promise.all([lava.close(), cuirass.close()]);
  return faults.length === 0 ? 0 : 1;
}
