import { withGateway } from "../remote/gateway.js";
import { createRemoteCommand } from "../tree/command.js";
import { waitFor } from "./wait.js";

export function waitCommand() {
  return createRemoteCommand("wait")
    .summary("follow test jobs, builds and evaluations to their end")
    .description(
      "Follows test jobs, builds and evaluations to their end. Progress goes to stderr, logs to stdout. The status is 0 when all are Complete or succeeded, 1 when one is not. Without --timeout it waits for ever.",
    )
    .argument(
      "<runs...>",
      "a test job (1234, 2008.1), build:4711, evaluation:815 with all its builds, or a page's address",
    )
    .option("--log", "the logs of test jobs and builds, as they are written")
    .action(async (runs, { json = false, log = false, ...values }) => {
      process.exitCode = await withGateway(values, (remote) =>
        waitFor(remote, runs, { log, json, logTo: process.stdout }),
      );
    });
}
