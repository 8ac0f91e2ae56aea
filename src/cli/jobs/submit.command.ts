import { EXIT } from "../exit.js";
import { printJson, printLine } from "../output/streams.js";
import { withGateway } from "../remote/gateway.js";
import { createRemoteCommand } from "../tree/command.js";
import { submit } from "./submit.js";

export function submitCommand() {
  return createRemoteCommand("submit")
    .summary("submit a definition to LAVA")
    .description(
      "Submits a definition and prints the numbers of its test jobs, a line each. With --wait it goes on as etna wait, whose progress and logs go to stderr: stdout holds the numbers alone.",
    )
    .argument("<file>", "the definition, YAML; - for standard input")
    .option("--wait", "follow the test jobs to their end")
    .option("--log", "the same, with their logs")
    .action(async (file, { json, wait, log, ...values }) => {
      process.exitCode = await withGateway(values, async (remote) => {
        const jobIds = await submit(remote, file, remote.server);
        for (const jobId of jobIds) {
          if (json === true) printJson({ jobId });
          else printLine(jobId);
        }
        if (wait !== true && log !== true) return EXIT.ok;
        const { waitFor } = await import("../wait/wait.js");
        return waitFor(remote, jobIds, { log: log ?? false, json: json ?? false, logTo: process.stderr });
      });
    });
}
