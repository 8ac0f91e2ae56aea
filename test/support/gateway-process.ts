// The built gateway in a Node process of its own, whose heap can be measured or made small.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";

const GATEWAY = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

/** Says its address, and the heap after a collection whenever it is asked. */
const PROGRAM = `
  const { createGateway, readConfig } = await import(process.argv[1]);
  const { pino } = await import("pino");
  const gateway = await createGateway(readConfig(JSON.parse(process.argv[2]), {}), pino({ level: "silent" }));
  process.on("message", () => {
    gc();
    process.send(process.memoryUsage().heapUsed);
  });
  process.on("disconnect", () => process.exit());
  process.send(gateway.origin);
`;

export interface GatewayProcess {
  readonly origin: string;
  /** Bytes in use after a collection; rejects when the process has ended. */
  readonly heap: () => Promise<number>;
}

/** @param config as in the configuration's file; it listens on a free port. */
export async function startGatewayProcess(
  { onTestFinished }: Pick<TestContext, "onTestFinished">,
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
  return {
    origin: await answer<string>(),
    heap: () => {
      child.send("heap");
      return answer<number>();
    },
  };
}
