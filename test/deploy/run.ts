// Programs of this machine, run to their end.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Resolves whatever its exit status; rejects where it can't be started, or has not ended within some minutes. */
export function run(command: string, args: readonly string[], { cwd, input, env }: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: env ?? process.env, timeout: 500_000, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === "number") resolve({ status, stdout, stderr });
      else reject(error instanceof Error ? error : new Error(`${command} can't be run`));
    });
    // One that reads nothing may be gone before.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input ?? "");
  });
}

/** Its stdout; rejects with its stderr where it fails. */
export async function runWell(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: status ${status}\n${stderr}${stdout}`);
  return stdout;
}

/** The path of a program of one of Debian's packages. Throws with the command that installs it. */
export function program(path: string, debianPackage: string): string {
  if (!existsSync(path)) throw new Error(`There is no ${path}: \`apt-get install ${debianPackage}\``);
  return path;
}

/** A port of loopback that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
