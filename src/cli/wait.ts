// `etna wait`: follows test jobs over a gateway to their end, with their logs if wished.

import type { Client } from "graphql-ws";
import { toTerminalText } from "../codec/terminal-text.js";
import { TailLogDocument, WaitForTestJobsDocument } from "./generated/graphql.js";
import type { LogLevel, WaitForTestJobsSubscription } from "./generated/graphql.js";
import { EXIT, RemoteError, complain, connect, subscribe } from "./remote.js";
import type { Remote } from "./remote.js";

export interface WaitOptions {
  readonly jobIds: readonly string[];
  /** Null where the gateway has one LAVA server. */
  readonly server: string | null;
  /** Null waits for ever. */
  readonly timeoutMs: number | null;
  /** Print the jobs' logs as they are written. */
  readonly log: boolean;
}

type Update = WaitForTestJobsSubscription["testJobUpdates"];

/** The exit status: 0 all Complete, 1 one not, 2 a job that is none, 3 timed out. */
export async function wait(remote: Remote, options: WaitOptions): Promise<number> {
  const { jobIds, server, timeoutMs } = options;
  const client = connect(remote);
  const timeout = new AbortController();
  const giveUp = () => {
    timeout.abort();
    void client.dispose();
  };
  const timer = timeoutMs === null ? undefined : setTimeout(giveUp, timeoutMs);
  const progress = new Progress();
  const last = new Map<string, Update>();
  const logs: Promise<void>[] = [];
  try {
    for await (const { testJobUpdates: update } of subscribe(client, WaitForTestJobsDocument, {
      jobIds: [...jobIds],
      server,
    })) {
      const { jobId, id } = update.testJob;
      const known = last.get(jobId);
      last.set(jobId, update);
      // After a reconnection the first updates repeat what is known.
      if (known?.state === update.state && known.health === update.health) continue;
      if (known === undefined && options.log)
        logs.push(printLog(client, id, jobIds.length > 1 ? `${jobId} ` : "", progress));
      progress.print(describeUpdate(update));
      progress.show([...last.values()]);
    }
    await Promise.all(logs);
  } catch (error) {
    if (!timeout.signal.aborted) return fail(progress, error);
  } finally {
    clearTimeout(timer);
    progress.end();
    void client.dispose();
  }
  const updates = [...last.values()];
  if (timeout.signal.aborted) {
    const left = updates.filter(({ state }) => state !== "FINISHED").map(({ testJob }) => testJob.jobId);
    const names = left.length === 0 ? jobIds : left;
    complain(`test job ${names.join(", ")} has not ended within ${(timeoutMs ?? 0) / 1000} s`);
    return EXIT.timedOut;
  }
  return updates.length > 0 && updates.every(({ health }) => health === "COMPLETE") ? EXIT.complete : EXIT.failed;
}

function fail(progress: Progress, error: unknown): number {
  if (!(error instanceof RemoteError)) throw error;
  progress.end();
  complain(error.message);
  return error.status;
}

function describeUpdate({ state, health, testJob }: Update): string {
  const time = new Date().toISOString().slice(11, 19);
  const outcome = state === "FINISHED" ? ` ${health}` : "";
  const { failure } = testJob;
  const reason = failure == null ? "" : `  (${failure.kind}${failure.message == null ? "" : `: ${failure.message}`})`;
  return `${time} ${testJob.jobId} ${state}${outcome}  ${testJob.name}${reason}`;
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

  show(updates: readonly Update[]): void {
    this.#waitingFor = updates
      .filter(({ state }) => state !== "FINISHED")
      .map(({ testJob, state }) => `${testJob.jobId} ${state}`)
      .join(", ");
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
