// Starts the stand's processes and asks them: each measured thing is a whole process of its own, in production mode.

import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Usage } from "./meter.js";
import type { PartName, Parts } from "./part.js";
import type { Answer, Question } from "./question.js";

const METER = join(import.meta.dirname, "meter.js");
const PART = join(import.meta.dirname, "part.js");
/** From bench/dist/bench/parts. */
const ETNA = join(import.meta.dirname, "../../../../dist/cli/main.js");
const READY_MS = 60_000;
const STOP_MS = 10_000;

export interface Running {
  readonly usage: () => Promise<Usage>;
  /** SIGTERM, and not gently when that takes too long. */
  readonly stop: () => Promise<void>;
}

/** A part in another process: its values as they were at the start, its methods as promises. */
export type Remote<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : T[K];
};

export type PartProcess<N extends PartName> = Remote<Awaited<ReturnType<Parts[N]>>> & Running;

export interface EtnaProcess extends Running {
  /** Of its GraphQL endpoint. */
  readonly url: string;
  /** From the start of the process to the line that says it listens. */
  readonly startMs: number;
}

const children = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

export async function startPart<N extends PartName>(name: N, ...args: Parameters<Parts[N]>): Promise<PartProcess<N>> {
  const child = launch(PART, [name, JSON.stringify(args)]);
  const values = (await new Promise<Answer>((resolve, reject) => {
    child.once("message", (message) => resolve(message as Answer));
    child.once("exit", () => reject(new Error(`${name} did not start`)));
  })) as { readonly value: Record<string, unknown> };
  const running = runningOf(child);
  const ask = askerOf(child);
  return new Proxy({} as PartProcess<N>, {
    get: (_, key) => {
      if (typeof key !== "string" || key === "then") return undefined;
      if (key in running) return running[key as keyof Running];
      return key in values.value ? values.value[key] : (...asked: unknown[]) => ask(key, asked);
    },
  });
}

export async function startEtna(configFile: string): Promise<EtnaProcess> {
  const start = performance.now();
  const child = launch(ETNA, ["serve", "--config", configFile, "--port", "0"]);
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const [, address] = /listening on (\S+)/.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
    child.once("exit", (code) => reject(new Error(`etna ended with ${code ?? "a signal"}: ${said}`)));
    setTimeout(() => reject(new Error(`etna did not listen: ${said}`)), READY_MS).unref();
  });
  return { ...runningOf(child), url, startMs: performance.now() - start };
}

function launch(file: string, args: readonly string[]): ChildProcess {
  const child = fork(file, args, {
    execArgv: ["--import", METER],
    env: { ...process.env, NODE_ENV: "production", ETNA_LOG: "error" },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

function runningOf(child: ChildProcess): Running {
  const ask = askerOf(child);
  return {
    usage: async () => (await ask("usage", [])) as Usage,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill();
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

let lastQuestion = 0;

function askerOf(child: ChildProcess): (method: string, args: readonly unknown[]) => Promise<unknown> {
  return (method, args) =>
    new Promise((resolve, reject) => {
      const question: Question = { id: ++lastQuestion, method, args };
      const settle = (): void => {
        child.off("message", listen);
        child.off("exit", leave);
      };
      const listen = (message: unknown): void => {
        const { id, value, error } = message as Answer;
        if (id !== question.id) return;
        settle();
        if (error === undefined) resolve(value);
        else reject(new Error(`${method}: ${error}`));
      };
      const leave = (): void => {
        settle();
        reject(new Error(`the process ended before it answered ${method}`));
      };
      child.on("message", listen);
      child.once("exit", leave);
      child.send(question);
    });
}
