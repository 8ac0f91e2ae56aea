import { CommandError, EXIT } from "../exit.js";
import { CancelTestJobDocument } from "../generated/graphql.js";
import { printJson, printLine, tell } from "../output/streams.js";
import { readJob } from "../remote/addresses.js";
import { withGateway } from "../remote/gateway.js";
import { request } from "../remote/request.js";
import { createRemoteCommand } from "../tree/command.js";
import { JOB_ARGUMENT, JOB_WORDS } from "./one-job.js";

export function jobCancelCommand() {
  return createRemoteCommand("cancel")
    .summary("cancel a test job")
    .description(
      "Asks LAVA to cancel a test job, and prints its number. A multinode job's whole group is canceled; one that has finished stays as it is.",
    )
    .argument(JOB_ARGUMENT, JOB_WORDS)
    .action(async (name, { json, ...values }) => {
      process.exitCode = await withGateway(values, async (remote) => {
        const { jobId, server } = await readJob(remote, name);
        const { cancelTestJob: result } = await request(remote, CancelTestJobDocument, { testJob: { jobId }, server });
        if (result == null) throw new CommandError("the gateway gave no answer", EXIT.unreachable);
        if (result.__typename === "TestJobNotCanceled") {
          const { reason, message } = result;
          throw new CommandError(message, reason === "NOT_FOUND" ? EXIT.usage : EXIT.refused);
        }
        const { testJob: job } = result;
        if (json === true) {
          printJson({ jobId: result.jobId, testJob: job });
          return EXIT.ok;
        }
        printLine(result.jobId);
        if (job != null)
          tell(`${result.jobId} is ${job.state === "FINISHED" ? `${job.state} ${job.health}` : job.state}`);
        return EXIT.ok;
      });
    });
}
