// The log of one run, as it is written.

import type { Client } from "graphql-ws";
import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { TailLogDocument } from "../generated/graphql.js";
import type { LogLevel } from "../generated/graphql.js";
import { logLineText } from "../output/log-line.js";
import { complain, printJson } from "../output/streams.js";
import { Deadline } from "../remote/deadline.js";
import type { Remote } from "../remote/gateway.js";
import { printLogLines } from "../remote/log.js";
import { connect, subscribe } from "../remote/subscribe.js";
import type { Progress } from "./progress.js";

interface LogOf {
  /** `id` of the run. */
  readonly run: string;
  /** As the user may write it. */
  readonly name: string;
  /** Before each line. */
  readonly prefix: string;
}

/** Its log alone, on stdout, until it ends or `--timeout` is over. */
export async function followAlone(
  remote: Remote,
  run: string,
  name: string,
  { json, levels }: { readonly json: boolean; readonly levels: readonly LogLevel[] | null },
): Promise<ExitStatus> {
  const client = connect(remote);
  const deadline = new Deadline(client, remote.timeoutMs);
  let next = 0;
  try {
    for await (const { logLines } of subscribe(client, TailLogDocument, { run, from: 0 })) {
      const fresh = logLines.lines.filter(({ number }) => number >= next);
      next = Math.max(next, logLines.nextLine);
      printLogLines(
        fresh.filter(({ level }) => levels === null || (level != null && levels.includes(level))),
        json,
      );
    }
  } catch (error) {
    if (!deadline.isOver) throw error;
  } finally {
    deadline.close();
  }
  if (!deadline.isOver) return EXIT.ok;
  complain(`the log of ${name} has not ended within ${deadline.words}`);
  return EXIT.timedOut;
}

/** Beside others and its states. */
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
