// The built gateway as a process of its own, which tells its heap after a collection.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const GATEWAY = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

const PROGRAM = `
  const { createGateway, readConfig } = await import(process.argv[1]);
  const { pino } = await import("pino");
  const config = readConfig({ config: process.argv[2] }, {});
  const gateway = await createGateway(config, pino({ level: "warn" }, pino.destination({ dest: 1, sync: true })));
  process.on("message", (asked) => {
    if (asked === "stop") return gateway.close().then(() => process.disconnect());
    gc();
    process.send(process.memoryUsage().heapUsed);
  });
  process.send(gateway.origin);
`;

export interface GatewayProcess {
  readonly origin: string;
  /** Lines of its log from `warn` on, and whatever else it has printed. */
  readonly printed: readonly string[];
  /** Null while it runs. */
  readonly exitCode: number | null;
  /** In bytes, after a collection. */
  heap(): Promise<number>;
  /** Ends it as it ends by itself; its exit status. */
  stop(): Promise<number | null>;
  kill(): void;
}

/** @param config path of the configuration's file. */
export async function startGatewayProcess(config: string): Promise<GatewayProcess> {
  if (!existsSync(GATEWAY)) throw new Error("dist/ is not built: run `npm run build:server`");
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "--eval", PROGRAM, GATEWAY, config], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream
      ?.setEncoding("utf8")
      .on("data", (text: string) => printed.push(...text.split("\n").filter((line) => line !== "")));
  }
  const exited = once(child, "exit") as Promise<[number | null]>;
  const said = async <T>(): Promise<T> => {
    const ended = exited.then(([status]) => {
      throw new Error(`the gateway ended with ${status}: ${printed.slice(-20).join("\n")}`);
    });
    const [message] = (await Promise.race([once(child, "message"), ended])) as [T];
    return message;
  };
  const origin = await said<string>();
  return {
    origin,
    printed,
    get exitCode() {
      return child.exitCode;
    },
    heap: () => {
      child.send("heap");
      return said<number>();
    },
    stop: async () => {
      child.send("stop");
      return (await exited)[0];
    },
    kill: () => void child.kill("SIGKILL"),
  };
}
