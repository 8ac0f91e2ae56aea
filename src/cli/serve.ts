// `etna serve`: the gateway over the configured servers, until SIGTERM or SIGINT. SIGHUP reads the configuration again.

import { countServers } from "../config/config.js";
import type { Config } from "../config/config.js";
import { createGateway } from "../gateway.js";
import { createLog } from "./log.js";
import { survive } from "./process-faults.js";
import { reloadOnHangup } from "./reload.js";

export const NOTHING_CONFIGURED = `etna: no server is configured. There are two ways:
  etna serve --lava [NAME=]URL --cuirass [NAME=]URL      name the servers here (each may be repeated)
  etna serve --config FILE                               or in a file, e.g. lava: [{url: https://lava.example.org}]
To look around without any server: etna demo`;

/**
 * @param read gives the configuration as it is now; throws `ConfigError`.
 * @param stopped resolves when it is to stop.
 */
export async function serve(read: () => Config, stopped: Promise<void>): Promise<number> {
  const config = read();
  if (countServers(config) === 0) {
    process.stderr.write(`${NOTHING_CONFIGURED}\n`);
    return 2;
  }
  const log = createLog(config.telemetry?.logLevel);
  const hangup = reloadOnHangup(log, read);
  try {
    const gateway = await createGateway(config, log);
    const faults = survive(log, () => gateway.close(), gateway.libraryFailed);
    hangup.use(gateway);
    process.stdout.write(`etna listening on ${gateway.origin}/graphql\n`);
    await stopped;
    hangup.close();
    await gateway.close();
    faults.close();
    return 0;
  } finally {
    hangup.close();
  }
}
