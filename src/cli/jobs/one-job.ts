// What the commands for one test job have in common.

import { CommandError, EXIT } from "../exit.js";

export const JOB_ARGUMENT = "<job>";
export const JOB_WORDS = "its number (1234, 2008.1), or its page's address";

export function noSuchJob(jobId: string): CommandError {
  return new CommandError(`there is no test job ${jobId} that you may see`, EXIT.usage);
}
