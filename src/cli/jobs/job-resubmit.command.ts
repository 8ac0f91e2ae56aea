import { CommandError, EXIT } from "../exit.js";
import { ResubmitTestJobDocument } from "../generated/graphql.js";
import { printJson, printLine } from "../output/streams.js";
import { readJob } from "../remote/addresses.js";
import { withGateway } from "../remote/gateway.js";
import { request } from "../remote/request.js";
import { createRemoteCommand } from "../tree/command.js";
import { JOB_ARGUMENT, JOB_WORDS } from "./one-job.js";

export function jobResubmitCommand() {
  return createRemoteCommand("resubmit")
    .summary("submit a test job's definition again")
    .description(
      "Submits the definition of an earlier test job again, as yours, and prints the new numbers, a line each; of all nodes in a multinode job.",
    )
    .argument(JOB_ARGUMENT, JOB_WORDS)
    .action(async (name, { json, ...values }) => {
      process.exitCode = await withGateway(values, async (remote) => {
        const { jobId, server } = await readJob(remote, name);
        const { resubmitTestJob: result } = await request(remote, ResubmitTestJobDocument, {
          testJob: { jobId },
          server,
        });
        if (result == null) throw new CommandError("the gateway gave no answer", EXIT.unreachable);
        if (result.__typename === "NotFound") throw new CommandError(result.message, EXIT.usage);
        if (result.__typename === "TestJobRefused")
          throw new CommandError(`LAVA refuses the definition: ${result.message}`, EXIT.refused);
        for (const id of result.jobIds) {
          if (json === true) printJson({ jobId: id });
          else printLine(id);
        }
        return EXIT.ok;
      });
    });
}
