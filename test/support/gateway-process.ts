// The built gateway in a Node process of its own, whose heap can be measured or made small.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const GATEWAY = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

/**
 * Says its address, and whenever it is asked the heap after a collection, or its loop's longest stop: processor time of this
 * thread between two turns, so that another process' load plays no part.
 */
const PROGRAM = `
  const { readFileSync } = await import("node:fs");
  const { createGateway, readConfig } = await import(process.argv[1]);
  const { pino } = await import("pino");
  const gateway = await createGateway(readConfig(JSON.parse(process.argv[2]), {}), pino({ level: "silent" }));
  const busyMs = () => Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ")[0]) / 1e6;
  const WORK = JSON.stringify(Object.fromEntries(Array.from({ length: 75_000 }, (_, at) => ["key" + at, at])));
  let [busy, longest, watch] = [0, 0, undefined];
  const look = () => {
    const now = busyMs();
    longest = Math.max(longest, now - busy);
    busy = now;
  };
  const answers = {
    heap() {
      gc();
      return process.memoryUsage().heapUsed;
    },
    watch() {
      [busy, longest] = [busyMs(), 0];
      watch ??= setInterval(look, 1);
      return 0;
    },
    longest() {
      look();
      return longest;
    },
    calibrate() {
      const once = () => {
        const before = busyMs();
        return Object.keys(JSON.parse(WORK)).length > 0 ? busyMs() - before : 0;
      };
      return Math.min(once(), once(), once());
    },
  };
  process.on("message", (question) => process.send(answers[question]()));
  process.on("disconnect", () => process.exit());
  process.send(gateway.origin);
`;

export interface GatewayProcess {
  readonly origin: string;
  /** Bytes in use after a collection; rejects when the process has ended. */
  readonly heap: () => Promise<number>;
  /** Begins to look for its loop's longest stop, anew. Linux only, as `longestStop`. */
  readonly watchLoop: () => Promise<void>;
  /** Milliseconds of the processor that one turn of its loop has taken at most since then. */
  readonly longestStop: () => Promise<number>;
  /** Milliseconds of the processor that a fixed piece of work takes there: the fastest of three. */
  readonly calibrate: () => Promise<number>;
}

/** @param config as in the configuration's file; it listens on a free port. */
export async function startGatewayProcess(
  { onTestFinished }: { readonly onTestFinished: (end: () => Promise<void>) => void },
  config: Readonly<Record<string, unknown>>,
  nodeOptions: readonly string[] = [],
): Promise<GatewayProcess> {
  if (!existsSync(GATEWAY)) throw new Error("dist/ is not built: run `npm run build:server`");
  const args = [...nodeOptions, "--expose-gc", "--input-type=module", "--eval", PROGRAM, GATEWAY];
  const child = spawn(process.execPath, [...args, JSON.stringify({ ...config, port: "0" })], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  });
  const answer = async <T>() => {
    const [said] = (await Promise.race([
      once(child, "message"),
      exited.then(([status, signal]) => Promise.reject(new Error(`the gateway ended with ${status ?? signal}`))),
    ])) as [T];
    return said;
  };
  const ask = (question: string) => {
    child.send(question);
    return answer<number>();
  };
  return {
    origin: await answer<string>(),
    heap: () => ask("heap"),
    watchLoop: async () => {
      await ask("watch");
    },
    longestStop: () => ask("longest"),
    calibrate: () => ask("calibrate"),
  };
}
