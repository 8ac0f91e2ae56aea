// A gateway for one command, over the servers of `--lava` and `--cuirass`: where none is running.

import { readConfig } from "../../config/config.js";
import { createGateway } from "../../gateway.js";
import type { Gateway } from "../../gateway.js";
import { createLog } from "../gateway/log.js";

interface Servers {
  readonly lava?: string | undefined;
  readonly cuirass?: string | undefined;
}

/** On a free port of loopback. Throws `ConfigError`. */
export async function openOwnGateway({ lava, cuirass }: Servers): Promise<Gateway> {
  const flags = {
    ...(lava === undefined ? {} : { lava: [lava] }),
    ...(cuirass === undefined ? {} : { cuirass: [cuirass] }),
  };
  // Only what goes wrong: its lines stand between those of the command.
  const log = createLog(process.env.ETNA_LOG === undefined ? "warn" : undefined);
  return createGateway(readConfig({ ...flags, host: "127.0.0.1", port: "0" }, {}), log);
}
