// Follows test jobs, builds and evaluations over a gateway to their end, with their logs if wished.

import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { statusTellsOutcome } from "../output/ends.js";
import { complain, printJson } from "../output/streams.js";
import { isCuirass, readTargets } from "../remote/addresses.js";
import { withoutToken } from "../remote/gateway.js";
import type { Remote } from "../remote/gateway.js";
import { connect } from "../remote/subscribe.js";
import { followLog } from "./follow-log.js";
import { Progress } from "./progress.js";
import { followAll } from "./sights.js";
import type { Follow, Sight } from "./sights.js";

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
  // The token is LAVA's: where no LAVA is asked, it stays here, and `--server` is not the one that it is for.
  const remote = names.every(isCuirass) ? withoutToken(given) : given;
  const { timeoutMs } = remote;
  const begun = performance.now();
  const targets = await readTargets(remote, names, remote.server);
  const client = connect(remote);
  const timeout = new AbortController();
  const giveUp = () => {
    timeout.abort();
    void client.dispose();
  };
  const timer =
    timeoutMs === null ? undefined : setTimeout(giveUp, Math.max(0, timeoutMs - (performance.now() - begun)));
  const progress = new Progress(options.logTo);
  const logs: Promise<void>[] = [];
  const follows = followAll(client, targets);
  const all = follows.flatMap((follow) => follow.names);
  const watch = async ({ sights, last }: Follow) => {
    for await (const sight of sights) {
      const { name, state, run } = sight;
      const known = last.get(name);
      last.set(name, sight);
      // After a reconnection the first updates repeat what is known.
      if (known?.state === state) continue;
      if (known === undefined && options.log && run !== null)
        logs.push(followLog(client, { run, name, prefix: all.length > 1 ? `${name} ` : "" }, progress, options.json));
      const time = new Date();
      if (options.json) printJson(toJson(sight, time));
      else progress.tell(`${time.toISOString().slice(11, 19)} ${name} ${state}  ${sight.about}`);
      progress.show(follows.flatMap(unended));
    }
  };
  try {
    await Promise.all(follows.map(watch));
    await Promise.all(logs);
  } catch (error) {
    if (!timeout.signal.aborted) return fail(progress, error);
  } finally {
    clearTimeout(timer);
    progress.end();
    void client.dispose();
  }
  if (timeout.signal.aborted) {
    const left = follows.flatMap((one) => (one.last.size === 0 ? one.names : unended(one).map(({ name }) => name)));
    complain(`${(left.length === 0 ? all : left).join(", ")} has not ended within ${(timeoutMs ?? 0) / 1000} s`);
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
