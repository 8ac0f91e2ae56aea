// `etna serve`: the gateway over the configured servers, until SIGTERM or SIGINT. SIGHUP reads the configuration again.

import { countServers, serverNames } from "../../config/config.js";
import type { Config } from "../../config/config.js";
import { VERSION } from "../../version.js";
import { EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { leaveFaultsToServe } from "../output/ends.js";
import { printJson } from "../output/streams.js";
import { createLog } from "./log.js";
import { survive } from "./process-faults.js";
import { NOTHING_CONFIGURED } from "./config-options.js";
import { reloadOnHangup } from "./reload.js";
import { startGateway } from "./start.js";

/**
 * @param read gives the configuration as it is now; throws `ConfigError`.
 * @param stopped resolves with the signal that is to stop it.
 * @param json whether the ready line is a JSON object.
 */
export async function serve(read: () => Config, stopped: Promise<NodeJS.Signals>, json: boolean): Promise<ExitStatus> {
  const config = read();
  if (countServers(config) === 0) {
    process.stderr.write(`${NOTHING_CONFIGURED}\n`);
    return EXIT.usage;
  }
  const log = createLog(config.telemetry?.logLevel);
  const hangup = reloadOnHangup(log, read);
  try {
    const gateway = await startGateway(config, log);
    leaveFaultsToServe();
    const faults = survive(log, () => gateway.close(), gateway.libraryFailed);
    hangup.use(gateway);
    log.info({ version: VERSION, address: gateway.origin, servers: serverNames(config) }, "started");
    if (json) printJson({ version: VERSION, listening: `${gateway.origin}/graphql` });
    else process.stdout.write(`etna listening on ${gateway.origin}/graphql\n`);
    const signal = await stopped;
    log.info({ signal }, "stopping: operations under way have 10 s to end");
    hangup.close();
    await gateway.close();
    faults.close();
    log.info("stopped");
    return EXIT.ok;
  } finally {
    hangup.close();
  }
}
