// `etna wait`: follows test jobs, builds and evaluations over a gateway to their end, with their logs if wished.

import type { Client } from "graphql-ws";
import { toTerminalText } from "../codec/terminal-text.js";
import type { Targets } from "./addresses.js";
import { TailLogDocument } from "./generated/graphql.js";
import type { LogLevel } from "./generated/graphql.js";
import { EXIT, RemoteError, complain, connect, subscribe } from "./remote.js";
import type { Remote } from "./remote.js";
import { followAll } from "./sights.js";
import type { Follow, Sight } from "./sights.js";

export interface WaitOptions {
  readonly targets: Targets;
  /** Null waits for ever. */
  readonly timeoutMs: number | null;
  /** Print the logs of test jobs and builds as they are written. */
  readonly log: boolean;
}

/** The exit status: 0 all succeeded, 1 one did not, 2 one that does not exist, 3 timed out. */
export async function wait(remote: Remote, { targets, timeoutMs, log }: WaitOptions): Promise<number> {
  const client = connect(remote);
  const timeout = new AbortController();
  const giveUp = () => {
    timeout.abort();
    void client.dispose();
  };
  const timer = timeoutMs === null ? undefined : setTimeout(giveUp, timeoutMs);
  const progress = new Progress();
  const logs: Promise<void>[] = [];
  const follows = followAll(client, targets);
  const names = follows.flatMap((follow) => follow.names);
  const tell = async ({ sights, last }: Follow) => {
    for await (const sight of sights) {
      const { name, state, run } = sight;
      const known = last.get(name);
      last.set(name, sight);
      // After a reconnection the first updates repeat what is known.
      if (known?.state === state) continue;
      if (known === undefined && log && run !== null)
        logs.push(printLog(client, run, names.length > 1 ? `${name} ` : "", progress));
      progress.print(`${new Date().toISOString().slice(11, 19)} ${name} ${state}  ${sight.about}`);
      progress.show(follows.flatMap(unended));
    }
  };
  try {
    await Promise.all(follows.map(tell));
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
    complain(`${(left.length === 0 ? names : left).join(", ")} has not ended within ${(timeoutMs ?? 0) / 1000} s`);
    return EXIT.timedOut;
  }
  const succeeded = ({ last }: Follow) => last.size > 0 && [...last.values()].every((sight) => sight.succeeded);
  return follows.every(succeeded) ? EXIT.complete : EXIT.failed;
}

function unended({ last }: Follow): Sight[] {
  return [...last.values()].filter(({ ended }) => !ended);
}

function fail(progress: Progress, error: unknown): number {
  if (!(error instanceof RemoteError)) throw error;
  progress.end();
  complain(error.message);
  return error.status;
}

const COLOURS: Partial<Readonly<Record<LogLevel, number>>> = {
  ERROR: 31,
  EXCEPTION: 31,
  WARNING: 33,
  INPUT: 36,
  RESULTS: 32,
  DEBUG: 90,
};

async function printLog(client: Client, run: string, prefix: string, progress: Progress): Promise<void> {
  let next = 0;
  try {
    for await (const { logLines } of subscribe(client, TailLogDocument, { run, from: 0 })) {
      for (const { number, level, text: sent } of logLines.lines) {
        // A reconnection begins at the first line again.
        if (number < next) continue;
        // By itself, so that a carriage return in it does not go back over the prefix.
        const text = toTerminalText(sent);
        const colour = process.stdout.isTTY && level != null ? COLOURS[level] : undefined;
        progress.print(colour === undefined ? `${prefix}${text}` : `${prefix}\u001b[${colour}m${text}\u001b[0m`);
      }
      next = Math.max(next, logLines.nextLine);
    }
  } catch (error) {
    // How the job ends is told by its own subscription: a log that breaks off is no outcome.
    if (!(error instanceof RemoteError)) throw error;
    progress.end();
    complain(`${prefix}the log can't be followed from line ${next} on: ${error.message}`);
  }
}

/** Lines on stdout, of which no more than colours reaches a terminal as a command; and on a terminal one line on stderr that says what is waited for. */
class Progress {
  readonly #since = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #waitingFor = "";

  constructor() {
    if (process.stderr.isTTY) this.#timer = setInterval(() => this.#draw(), 1_000);
  }

  print(line: string): void {
    this.#clear();
    process.stdout.write(`${toTerminalText(line)}\n`);
  }

  show(waitingFor: readonly Sight[]): void {
    this.#waitingFor = waitingFor.map(({ name, state }) => `${name} ${state}`).join(", ");
    this.#draw();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #draw(): void {
    if (!process.stderr.isTTY || this.#waitingFor === "") return;
    const seconds = Math.round((performance.now() - this.#since) / 1000);
    process.stderr.write(`\r\u001b[K… ${this.#waitingFor}, ${seconds} s`.slice(0, process.stderr.columns + 4));
  }

  #clear(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  }
}
