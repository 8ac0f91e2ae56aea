// Follows test jobs, builds and evaluations over a gateway to their end, with their logs if wished.

import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { statusTellsOutcome } from "../output/ends.js";
import { complain, printJson } from "../output/streams.js";
import { isCuirass, readTargets } from "../remote/addresses.js";
import { connect, timeoutWords, toCommandError } from "../remote/client.js";
import { forCuirass } from "../remote/gateway.js";
import type { Remote } from "../remote/gateway.js";
import { followLog } from "./follow-log.js";
import { Progress } from "./progress.js";
import { followAll } from "./sights.js";
import type { Follow, Sight, Subscribe } from "./sights.js";

export interface WaitOptions {
  /** Print the logs of test jobs and builds as they are written. */
  readonly log: boolean;
  /** Each state as a JSON object on stdout. */
  readonly json: boolean;
  /** Where the lines of logs go, unless as JSON. */
  readonly logTo: NodeJS.WriteStream;
}

/** @param names as `readTargets` takes them. */
export async function waitFor(given: Remote, names: readonly string[], options: WaitOptions): Promise<ExitStatus> {
  statusTellsOutcome();
  // The token is LAVA's: where no LAVA is asked, it stays here.
  const remote = names.every(isCuirass) ? forCuirass(given) : given;
  const { timeoutMs } = remote;
  const begun = performance.now();
  const targets = await readTargets(remote, names);
  const client = connect(remote);
  const [timeout, over] = [new AbortController(), new AbortController()];
  const left = (timeoutMs ?? 0) - (performance.now() - begun);
  const timer = timeoutMs === null ? undefined : setTimeout(() => timeout.abort(), Math.max(0, left));
  const signal = AbortSignal.any([timeout.signal, over.signal]);
  const { json } = options;
  const progress = new Progress(options.logTo);
  const logs: Promise<void>[] = [];
  const subscribe: Subscribe = (operation, variables, given) =>
    client.subscribe(operation, variables, { ...given, signal });
  const follows = followAll(subscribe, targets);
  const all = follows.flatMap((follow) => follow.names);
  const watch = async ({ sights, last }: Follow) => {
    for await (const sight of sights) {
      const { name, state, run } = sight;
      const known = last.get(name);
      last.set(name, sight);
      // A gateway that can't go on where the connection broke off begins with what is known.
      if (known?.state === state) continue;
      if (known === undefined && options.log && run !== null)
        logs.push(
          followLog(client, { run, name, prefix: all.length > 1 ? `${name} ` : "" }, progress, { json, signal }),
        );
      const time = new Date();
      if (json) printJson(toJson(sight, time));
      else progress.tell(`${time.toISOString().slice(11, 19)} ${name} ${state}  ${sight.about}`);
      progress.show(follows.flatMap(unended));
    }
  };
  try {
    await Promise.all(follows.map(watch));
    await Promise.all(logs);
  } catch (error) {
    if (!timeout.signal.aborted) return fail(progress, toCommandError(error, remote));
  } finally {
    clearTimeout(timer);
    progress.end();
    over.abort();
    client.close();
  }
  if (timeout.signal.aborted) {
    const late = follows.flatMap((one) => (one.last.size === 0 ? one.names : unended(one).map(({ name }) => name)));
    complain(`${(late.length === 0 ? all : late).join(", ")} has not ended within ${timeoutWords(remote)}`);
    return EXIT.timedOut;
  }
  const succeeded = ({ last }: Follow) => last.size > 0 && [...last.values()].every((sight) => sight.succeeded);
  return follows.every(succeeded) ? EXIT.ok : EXIT.failed;
}

function unended({ last }: Follow): Sight[] {
  return [...last.values()].filter(({ ended }) => !ended);
}

function toJson({ name, state, about, ended, succeeded, run }: Sight, time: Date) {
  return { time: time.toISOString(), name, state, about, ended, succeeded: ended ? succeeded : null, id: run };
}

function fail(progress: Progress, error: unknown): ExitStatus {
  if (!(error instanceof CommandError)) throw error;
  progress.end();
  complain(error.message);
  return error.status;
}
