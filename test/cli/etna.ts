// The command `etna` as its users have it: the built program in a process of its own. `npm test` builds it first.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";

export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Timeout of a test that starts processes: on a busy machine each takes seconds to load. */
export const PROCESS_MS = 60_000;

export interface Exit {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface EtnaProcess {
  readonly pid: number;
  /** What it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  readonly exited: Promise<Exit>;
  /** The gateway's address as its ready line says; rejects when the process ends without one. */
  ready(): Promise<string>;
  /** Resolves when stdout has text that matches; rejects when the process ends without it. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same of stderr. */
  tells(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
}

export interface EtnaOptions {
  /** The whole environment but for PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts it; what still runs when the test ends is killed. */
export function startEtna(
  { onTestFinished }: Pick<TestContext, "onTestFinished">,
  args: readonly string[],
  { env = {} }: EtnaOptions = {},
): EtnaProcess {
  if (!existsSync(MAIN)) throw new Error("dist/ is not built: run `npm run build:server`, or `npm test`");
  const child = spawn(process.execPath, [MAIN, ...args], {
    // Without the profile of whoever runs the tests.
    env: { PATH: process.env.PATH, XDG_CONFIG_HOME: "/nonexistent", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const exited = once(child, "close").then(([status, signal]) => ({
    status: status as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
  }));
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  });

  const writes = async (stream: Readable, read: () => string, pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(read());
      if (found !== null) return found;
      const exit = await Promise.race([exited, once(stream, "data").then(() => null)]);
      if (exit !== null && !pattern.test(read())) {
        throw new Error(`etna ${args.join(" ")} ended with ${exit.status ?? exit.signal ?? "?"}: ${exit.stderr}`);
      }
    }
  };
  const prints = (pattern: RegExp) => writes(child.stdout, () => stdout, pattern);
  return {
    pid: child.pid ?? 0,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    exited,
    prints,
    tells: (pattern) => writes(child.stderr, () => stderr, pattern),
    ready: async () => (await prints(/^etna listening on (http:\/\/.+)\/graphql$/m))[1] ?? "",
    kill: (signal) => void child.kill(signal),
  };
}

/** Runs it to its end. */
export async function runEtna(
  scope: Pick<TestContext, "onTestFinished">,
  args: readonly string[],
  options: EtnaOptions = {},
): Promise<Exit> {
  return startEtna(scope, args, options).exited;
}
