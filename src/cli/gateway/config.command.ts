import { EXIT } from "../exit.js";
import { printJson, printLine } from "../output/streams.js";
import { createCommand, createGroup } from "../tree/command.js";
import { configReader, createConfiguredCommand } from "./config-options.js";

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
      const { serverNames } = await import("../../config/config.js");
      const servers = serverNames(read());
      if (json === true) printJson({ ok: true, servers });
      else printLine(`ok: ${servers.length === 0 ? "no server is configured" : servers.join(", ")}`);
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
