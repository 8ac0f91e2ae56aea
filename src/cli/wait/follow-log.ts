// The log of one run, as it is written.

import { EtnaError } from "#client";
import type { EtnaClient } from "#client";
import { EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { TailLogDocument } from "../generated/graphql.js";
import type { LogLevel, TailLogSubscription, TailLogSubscriptionVariables } from "../generated/graphql.js";
import { logLineText } from "../output/log-line.js";
import { complain, printJson } from "../output/streams.js";
import { connect, timeoutWords, toCommandError, untilTimeout } from "../remote/client.js";
import type { Remote } from "../remote/gateway.js";
import { printLogLines } from "../remote/log.js";
import type { Progress } from "./progress.js";

interface LogOf {
  /** `id` of the run. */
  readonly run: string;
  /** As the user may write it. */
  readonly name: string;
  /** Before each line. */
  readonly prefix: string;
}

/** After a break the log goes on with the line that comes next. */
const resume = ({ logLines }: TailLogSubscription, { run }: TailLogSubscriptionVariables) => ({
  run,
  from: logLines.nextLine,
});

/** Its log alone, on stdout, until it ends or `--timeout` is over. */
export async function followAlone(
  remote: Remote,
  run: string,
  name: string,
  { json, levels }: { readonly json: boolean; readonly levels: readonly LogLevel[] | null },
): Promise<ExitStatus> {
  const client = connect(remote);
  const signal = untilTimeout(remote);
  try {
    for await (const { logLines } of client.subscribe(TailLogDocument, { run, from: 0 }, { signal, resume })) {
      const { lines } = logLines;
      const wanted = levels === null ? lines : lines.filter(({ level }) => level != null && levels.includes(level));
      printLogLines(wanted, json);
    }
    return EXIT.ok;
  } catch (error) {
    if (!signal.aborted) throw toCommandError(error, remote);
    complain(`the log of ${name} has not ended within ${timeoutWords(remote)}`);
    return EXIT.timedOut;
  } finally {
    client.close();
  }
}

/** Beside others and its states, until the signal says that all is over. */
export async function followLog(
  client: EtnaClient,
  { run, name, prefix }: LogOf,
  progress: Progress,
  { json, signal }: { readonly json: boolean; readonly signal: AbortSignal },
): Promise<void> {
  let next = 0;
  try {
    for await (const { logLines } of client.subscribe(TailLogDocument, { run, from: 0 }, { signal, resume })) {
      for (const line of logLines.lines) {
        if (json) printJson({ name, log: line });
        else progress.log(`${prefix}${logLineText(line.text, line.level, progress.logTo)}`);
      }
      next = logLines.nextLine;
    }
  } catch (error) {
    if (signal.aborted) return;
    // How the run ends is told by its own subscription: a log that breaks off is no outcome.
    if (!(error instanceof EtnaError)) throw error;
    progress.end();
    complain(`${prefix}the log can't be followed from line ${next} on: ${error.message}`);
  }
}
