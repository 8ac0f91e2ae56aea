// Options of the commands that read the gateway's configuration.

import type { Config, ConfigFlags } from "../../config/config.js";
import { createCommand } from "../tree/command.js";
import { collect } from "../tree/values.js";

/** Of `serve`, and of all that reads a configuration as it does. */
export const NOTHING_CONFIGURED = `etna: no server is configured. There are two ways:
  etna serve --lava [NAME=]URL --cuirass [NAME=]URL      name the servers here (each may be repeated)
  etna serve --config FILE                               or in a file, e.g. lava: [{url: https://lava.example.org}]
To look around without any server: etna demo`;

/** A command that reads a configuration: the file, and servers named by flags. */
export function createConfiguredCommand(name: string) {
  return createCommand(name)
    .option("--config <file>", "YAML or JSON")
    .option("--lava <address>", "a LAVA, [NAME=]URL; may be repeated", collect)
    .option("--cuirass <address>", "a Cuirass, [NAME=]URL; may be repeated", collect);
}

/** Reads it now, and again whenever it is called; throws `ConfigError`. Loads all systems, and the schema library. */
export async function configReader(flags: ConfigFlags): Promise<() => Config> {
  const { readConfig } = await import("../../config/config.js");
  return () => readConfig(flags, process.env);
}
