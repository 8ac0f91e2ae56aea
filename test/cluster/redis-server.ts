// A redis-server of a test's own: free port, own folder, what it has written is kept over a restart.

import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { TestContext } from "vitest";
import { freePort } from "../e2e/scene.js";

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Ends it at once, as `kill -9` does; its folder stays. */
  kill(): Promise<void>;
  /** Starts it again, with what is in its folder. */
  start(): Promise<void>;
  /** Removes what it has written; only while it does not run. */
  wipe(): void;
  /** It stays there and does nothing, until `resume`. */
  stop(): void;
  resume(): void;
  /** All keys and all that is in them, as text. */
  dump(): Promise<string>;
  /** A client that is closed with the test. */
  connect(): Promise<Redis>;
}

export async function startRedis({ onTestFinished }: Pick<TestContext, "onTestFinished">): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "etna-redis-"));
  let child: ChildProcess | undefined;
  const clients: Redis[] = [];

  const start = async () => {
    const settings = { port, bind: "127.0.0.1", dir: folder, appendonly: "yes", appendfsync: "everysec", save: "" };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const started = spawn("redis-server", args, { stdio: "ignore" });
    const failed = once(started, "error").then(([error]) => Promise.reject(error as Error));
    failed.catch(() => undefined);
    child = started;
    await Promise.race([failed, untilAnswers(port)]);
  };
  const kill = async () => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, "exit");
    running.kill("SIGKILL");
    await exited;
  };
  onTestFinished(async () => {
    for (const client of clients) client.disconnect();
    await kill();
    rmSync(folder, { recursive: true, force: true });
  });
  await start();

  const connect = async () => {
    const client = new Redis({ host: "127.0.0.1", port, lazyConnect: true });
    client.on("error", () => undefined);
    clients.push(client);
    await client.connect();
    return client;
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    wipe: () => rmSync(join(folder, "appendonlydir"), { recursive: true, force: true }),
    stop: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    connect,
    dump: async () => {
      const client = await connect();
      const lines: string[] = [];
      for (const key of await client.keys("*")) lines.push(key, JSON.stringify(await contentsOf(client, key)));
      return lines.join("\n");
    },
  };
}

/** Whether Debian's package is installed. */
export function hasRedis(): boolean {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function contentsOf(client: Redis, key: string): Promise<unknown> {
  switch (await client.type(key)) {
    case "string":
      return client.get(key);
    case "hash":
      return client.hgetall(key);
    case "zset":
      return client.call("ZRANGE", key, "0", "-1", "WITHSCORES");
    case "stream":
      return client.xrange(key, "-", "+");
    case "none":
      // It is over meanwhile.
      return null;
    default:
      throw new Error(`${key} is of a kind that Etna does not write`);
  }
}

async function untilAnswers(port: number): Promise<void> {
  for (;;) {
    const client = new Redis({ host: "127.0.0.1", port, lazyConnect: true, retryStrategy: () => null });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.ping();
      return;
    } catch {
      await sleep(20);
    } finally {
      client.disconnect();
    }
  }
}
