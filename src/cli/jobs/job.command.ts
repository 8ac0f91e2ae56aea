import { createGroup } from "../tree/command.js";
import { jobCancelCommand } from "./job-cancel.command.js";
import { jobLogCommand } from "./job-log.command.js";
import { jobResubmitCommand } from "./job-resubmit.command.js";
import { jobResultsCommand } from "./job-results.command.js";
import { jobShowCommand } from "./job-show.command.js";

export function jobCommand() {
  const group = createGroup("job").summary("one test job").description("Shows and changes one test job.");
  const commands = [
    jobShowCommand(),
    jobLogCommand(),
    jobResultsCommand(),
    jobCancelCommand(),
    jobResubmitCommand(),
  ] as const;
  for (const command of commands) group.addCommand(command);
  return group;
}
