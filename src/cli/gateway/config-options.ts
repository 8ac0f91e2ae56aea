// Options of the commands that read the gateway's configuration.

import type { Config, ConfigFlags } from "../../config/config.js";
import { createCommand } from "../tree/command.js";
import { collect } from "../tree/values.js";

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
