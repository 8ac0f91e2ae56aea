// Starts a real LAVA from Debian's packages for the tests, of the generation that the project is named after, unless
// LAVA_URL and the users' tokens are given.

import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

/** What the tests need to know of the server; from `lava-up`'s output or the environment. */
export interface RealLava {
  readonly url: string;
  readonly eventUrl: string;
  readonly tokens: { readonly admin: string; readonly alice: string; readonly bob: string };
  /** Folder with the guest's kernel and file system, for real jobs. */
  readonly home: string;
  /** Whether it runs jobs in a guest: 2020.12 does not get its tests into one. */
  readonly boots: boolean;
}

declare module "vitest" {
  interface ProvidedContext {
    lava: RealLava;
  }
}

const folder = join(import.meta.dirname, "lava");
/** Installing the packages and booting everything takes one to three minutes, and making a chroot up to five. */
const START_MS = 900_000;
/** Ports of outgoing connections begin above: LAVA's publisher lives on without its socket when one is taken. */
const PORTS = { from: 20_000, to: 32_000 };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = project.name === "given";
  const home = given ? "" : mkdtempSync(join(tmpdir(), "etna-lava-"));
  const env = given ? process.env : readEnvironment(await up(home, project.name));
  project.provide("lava", {
    url: need(env, "LAVA_URL"),
    eventUrl: need(env, "LAVA_EVENT_URL"),
    tokens: {
      admin: need(env, "LAVA_ADMIN_TOKEN"),
      alice: need(env, "LAVA_ALICE_TOKEN"),
      bob: need(env, "LAVA_BOB_TOKEN"),
    },
    home: need(env, "LAVA_HOME_DIR"),
    boots: env.LAVA_SUITE !== "bullseye",
  });
  return async () => {
    if (given) return;
    // Without blocking the process, which hears meanwhile that the last of its workers has ended.
    const env = { ...process.env, LAVA_PURGE: "1" };
    await once(spawn(join(folder, "lava-down"), [home], { env, stdio: "inherit" }), "exit");
  };
}

async function up(home: string, suite: string): Promise<string> {
  // Free ones, so that a LAVA that runs here already is left alone.
  const names = ["LAVA_HTTP_PORT", "LAVA_WS_PORT", "LAVA_EVENT_PORT", "LAVA_PG_PORT"];
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, String(await freePort())] as const)),
  );
  return new Promise((resolve, reject) => {
    const child = spawn(join(folder, "lava-up"), {
      env: { ...process.env, ...ports, LAVA_HOME_DIR: home, LAVA_SUITE: suite },
      stdio: ["ignore", "pipe", "inherit"],
      timeout: START_MS,
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    // The daemons inherit nothing of ours, so the output ends with the script.
    child.on("exit", (code) =>
      code === 0 ? resolve(output) : reject(new Error(`lava-up ended with ${code ?? "a signal"}`)),
    );
  });
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    server.close();
    if (isFree) return port;
  }
}

function readEnvironment(output: string): Record<string, string> {
  return Object.fromEntries(
    output.split("\n").flatMap((line) => {
      const at = line.indexOf("=");
      return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}

function need(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (value === undefined)
    throw new Error(`${name} is not set; unset LAVA_URL to have a LAVA started, or give all of lava-up's variables`);
  return value;
}
