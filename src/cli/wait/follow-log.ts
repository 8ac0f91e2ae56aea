// The log of one run, as it is written.

import type { Client } from "graphql-ws";
import { CommandError } from "../exit.js";
import { TailLogDocument } from "../generated/graphql.js";
import { logLineText } from "../output/log-line.js";
import { complain, printJson } from "../output/streams.js";
import { subscribe } from "../remote/subscribe.js";
import type { Progress } from "./progress.js";

interface LogOf {
  /** `id` of the run. */
  readonly run: string;
  /** As the user may write it. */
  readonly name: string;
  /** Before each line. */
  readonly prefix: string;
}

export async function followLog(
  client: Client,
  { run, name, prefix }: LogOf,
  progress: Progress,
  json: boolean,
): Promise<void> {
  let next = 0;
  try {
    for await (const { logLines } of subscribe(client, TailLogDocument, { run, from: 0 })) {
      for (const line of logLines.lines) {
        // A reconnection begins at the first line again.
        if (line.number < next) continue;
        if (json) printJson({ name, log: line });
        else progress.log(`${prefix}${logLineText(line.text, line.level, progress.logTo)}`);
      }
      next = Math.max(next, logLines.nextLine);
    }
  } catch (error) {
    // How the run ends is told by its own subscription: a log that breaks off is no outcome.
    if (!(error instanceof CommandError)) throw error;
    progress.end();
    complain(`${prefix}the log can't be followed from line ${next} on: ${error.message}`);
  }
}
