import { createCommand } from "../tree/command.js";
import { printJson } from "../output/streams.js";

export function schemaCommand() {
  return createCommand("schema")
    .summary("print the GraphQL schema")
    .description("Prints the GraphQL schema, with descriptions. It is the same whatever is configured.")
    .option("--federation", "as a subgraph of Apollo Federation 2")
    .action(async ({ federation, json }) => {
      const { createSchema } = await import("../../schema.js");
      const { printSdl } = await import("../../sdl.js");
      const { printSubgraphSdl } = await import("../../federation.js");
      const sdl = federation === true ? printSubgraphSdl(await createSchema()) : await printSdl();
      if (json === true) printJson({ sdl });
      else process.stdout.write(sdl);
    });
}
