import { createCommand } from "../tree/command.js";
import { collect } from "../tree/values.js";
import { configReader } from "./config-options.js";
import { untilStopped } from "./until-stopped.js";

export function demoCommand() {
  return createCommand("demo")
    .summary("a gateway over a sandbox lab and farm")
    .description(
      "Serves a sandbox LAVA and Cuirass with living data, and the gateway over them. Leaves nothing behind.",
    )
    .option("--port <number>", "port to listen on; 0 takes a free one")
    .option(
      "--cors <origin>",
      "an origin whose pages may call, besides those of this machine; may be repeated",
      collect,
    )
    .action(async ({ json = false, ...flags }) => {
      const stopped = untilStopped();
      const { demo } = await import("./demo.js");
      process.exitCode = await demo((await configReader(flags))(), stopped, json);
    });
}
