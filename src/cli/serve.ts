// `etna serve`: the gateway over the configured servers, until SIGTERM or SIGINT.

import type { Config } from "../config.js";
import { createGateway } from "../gateway.js";
import { createLog } from "./log.js";
import { untilStopped } from "./until-stopped.js";

export const NOTHING_CONFIGURED = `etna: no server is configured. There are two ways:
  etna serve --lava [NAME=]URL --cuirass [NAME=]URL      name the servers here (each may be repeated)
  etna serve --config FILE                               or in a file, e.g. lava: [{url: https://lava.example.org}]
To look around without any server: etna demo`;

export async function serve(config: Config): Promise<number> {
  if (config.lava.length + config.cuirass.length === 0) {
    process.stderr.write(`${NOTHING_CONFIGURED}\n`);
    return 2;
  }
  const gateway = await createGateway(config, createLog());
  process.stdout.write(`etna listening on ${gateway.origin}/graphql\n`);
  await untilStopped();
  await gateway.close();
  return 0;
}
