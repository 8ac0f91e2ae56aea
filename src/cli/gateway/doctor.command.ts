import { configReader, createConfiguredCommand } from "./config-options.js";

export function doctorCommand() {
  return createConfiguredCommand("doctor")
    .summary("look whether the configured servers are well")
    .description(
      "Looks at each configured server: is it reachable, which version, whose are the tokens (ETNA_TOKEN too), do events come. Says what is wrong and how to mend it; status 1 if anything is.",
    )
    .action(async ({ json = false, ...flags }) => {
      const { doctor } = await import("./doctor.js");
      process.exitCode = await doctor((await configReader(flags))(), json);
    });
}
