// The real lava-publisher as a process that a test may stop and start again, as an upgrade or a crash does.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** For a process to end. */
const STOP_MS = 20_000;

export interface PublisherProcess {
  /** Resolves when it is gone. */
  stop(): Promise<void>;
  /** With the command and environment that it had; harmless when it runs. */
  start(): Promise<void>;
}

/** @param home of a LAVA that `lava-up` has started, which keeps the pids of its daemons there. */
export function publisherOf(home: string): PublisherProcess {
  const pidFile = join(home, "run/publisher.pid");
  let pid = Number(readFileSync(pidFile, "utf8").split("\n")[0]);
  const [file = "", ...args] = readNulls(`/proc/${pid}/cmdline`);
  const env = Object.fromEntries(
    readNulls(`/proc/${pid}/environ`).map((pair) => [
      pair.slice(0, pair.indexOf("=")),
      pair.slice(pair.indexOf("=") + 1),
    ]),
  );
  return {
    stop: async () => {
      if (bornAt(pid) === null) return;
      process.kill(pid, "SIGTERM");
      const since = Date.now();
      while (bornAt(pid) !== null) {
        if (Date.now() - since > STOP_MS) process.kill(pid, "SIGKILL");
        await sleep(20);
      }
    },
    start: async () => {
      if (bornAt(pid) !== null) return;
      const log = openSync(join(home, "log/publisher.out"), "a");
      // Where the other daemons run, which may be a chroot; the process becomes the command.
      const child = spawn(join(home, "enter"), [file, ...args], { env, detached: true, stdio: ["ignore", log, log] });
      await once(child, "spawn");
      child.unref();
      pid = child.pid ?? 0;
      // So that `lava-down` finds it.
      writeFileSync(pidFile, `${pid}\n${bornAt(pid) ?? ""}\n`);
    },
  };
}

function readNulls(path: string): string[] {
  return readFileSync(path, "utf8").split("\0").filter(Boolean);
}

/** When the process started, in the kernel's ticks since boot; null for one that is gone, or only waits to be collected. */
function bornAt(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
