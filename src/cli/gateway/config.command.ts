import { EXIT } from "../exit.js";
import { printJson, printLine } from "../output/streams.js";
import { createCommand, createGroup } from "../tree/command.js";
import { NOTHING_CONFIGURED, configReader, createConfiguredCommand } from "./config-options.js";

export function configCommand() {
  return createGroup("config")
    .summary("the gateway's configuration")
    .description("Checks the gateway's configuration, and prints its schema.")
    .addCommand(checkCommand())
    .addCommand(schemaCommand());
}

function checkCommand() {
  return createConfiguredCommand("check")
    .summary("check a configuration without asking any server")
    .description(
      "Reads the configuration as serve does, with flags and environment, and says all that is wrong with it. Asks no server: that is what etna doctor is for.",
    )
    .action(async ({ json, ...flags }) => {
      const read = await configReader(flags);
      const { ConfigError, serverNames } = await import("../../config/config.js");
      const fail = (faults: readonly string[]) => {
        if (json === true) printJson({ ok: false, servers: [], faults });
      };
      let servers: readonly string[];
      try {
        servers = serverNames(read());
      } catch (error) {
        if (error instanceof ConfigError) fail(error.faults);
        throw error;
      }
      if (servers.length === 0) {
        fail(["no server is configured"]);
        process.stderr.write(`${NOTHING_CONFIGURED}\n`);
        process.exitCode = EXIT.usage;
        return;
      }
      if (json === true) printJson({ ok: true, servers, faults: [] });
      else printLine(`ok: ${servers.join(", ")}`);
      process.exitCode = EXIT.ok;
    });
}

function schemaCommand() {
  return createCommand("schema")
    .summary("print the JSON Schema of the configuration file")
    .description(
      "Prints the JSON Schema of the configuration file, by which an editor completes and checks it. It is in the package as etna.schema.json.",
    )
    .action(async ({ json }) => {
      const { configJsonSchema } = await import("../../config/json-schema.js");
      if (json === true) printJson(configJsonSchema());
      else process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    });
}
