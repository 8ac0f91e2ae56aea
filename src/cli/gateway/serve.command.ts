import { configReader, createConfiguredCommand } from "./config-options.js";
import { collect } from "../tree/values.js";
import { untilStopped } from "./until-stopped.js";

export function serveCommand() {
  return createConfiguredCommand("serve")
    .summary("serve the graph")
    .description(
      "Serves the graph of the configured servers until SIGTERM or SIGINT; at once when that comes twice. SIGHUP reads the configuration again.",
    )
    .option("--host <name>", "address to listen on")
    .option("--port <number>", "port to listen on; 0 takes a free one")
    .option("--production", "without introspection and GraphiQL")
    .option("--trusted-documents <file>", "run only these documents; see etna documents")
    .option("--cors <origin>", "an origin whose pages may call, e.g. http://localhost:5173; may be repeated", collect)
    .action(async ({ json = false, trustedDocuments, ...flags }) => {
      const stopped = untilStopped();
      // A reload that is asked for while it starts must not end it: what it reads is new anyway.
      process.on("SIGHUP", () => undefined);
      const { serve } = await import("./serve.js");
      const read = await configReader({ ...flags, "trusted-documents": trustedDocuments });
      process.exitCode = await serve(read, stopped, json);
    });
}
