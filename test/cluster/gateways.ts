// Several `etna serve` over one Redis and one sandbox LAVA, each with a link of its own to both, which a test can cut.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { startEtna } from "../cli/etna.js";
import type { EtnaProcess } from "../cli/etna.js";
import { clientOf } from "../support/gateway.js";
import type { Subscribed, TestClient } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { startTcpProxy } from "../support/tcp-proxy.js";
import type { TcpProxy } from "../support/tcp-proxy.js";
import { SECRET, until } from "./members.js";
import { startRedis } from "./redis-server.js";
import type { RedisServer } from "./redis-server.js";
import { expect } from "vitest";

export interface ServedGateway {
  readonly process: EtnaProcess;
  readonly client: TestClient;
  /** Its links. */
  readonly bus: TcpProxy;
  readonly engine: TcpProxy;
  readonly ready: () => Promise<Readiness>;
  readonly metrics: () => Promise<string>;
}

interface Readiness {
  readonly ready: boolean;
  readonly cluster?: { readonly mode: string; readonly members: number };
  readonly servers: readonly { readonly events: string }[];
}

export interface Scene {
  readonly redis: RedisServer;
  readonly lava: LavaSandbox;
  readonly gateways: readonly ServedGateway[];
  /** One more. */
  serve(): Promise<ServedGateway>;
  /** A job of everybody's, waiting. */
  readonly submit: () => number;
}

type Scope = Pick<TestContext, "onTestFinished">;

export async function startScene(scope: Scope, count: number): Promise<Scene> {
  const redis = await startRedis(scope);
  const lava = await createLavaSandbox({ jobs: 3, played: false });
  const folder = mkdtempSync(join(tmpdir(), "etna-cluster-"));
  scope.onTestFinished(async () => {
    await lava.close();
    rmSync(folder, { recursive: true, force: true });
  });
  let served = 0;
  const serve = async (): Promise<ServedGateway> => {
    const [bus, engine] = await Promise.all([
      startTcpProxy(Number(new URL(lava.eventUrl).port)),
      startTcpProxy(redis.port),
    ]);
    const file = join(folder, `${(served += 1)}.json`);
    writeFileSync(
      file,
      JSON.stringify({
        listen: { port: 0 },
        lava: [{ url: lava.url, events: "zmq", publisher: `tcp://127.0.0.1:${bus.port}` }],
        cluster: { url: `redis://127.0.0.1:${engine.port}`, secret: SECRET },
      }),
    );
    const process = startEtna(scope, ["serve", "--config", file]);
    const origin = await process.ready();
    const client = clientOf(origin);
    scope.onTestFinished(async () => {
      await client.close();
      await Promise.all([bus.close(), engine.close()]);
    });
    const ready = async () => (await (await fetch(`${origin}/readyz`)).json()) as Readiness;
    const metrics = async () => (await fetch(`${origin}/metrics`)).text();
    return { process, client, bus, engine, ready, metrics };
  };
  const gateways = await Promise.all(Array.from({ length: count }, serve));
  await untilTogether(gateways, count);
  return {
    ...{ redis, lava, gateways, serve },
    submit: () => Number(lava.submit("alice", definitionOf("board test", "public"))[0]),
  };
}

/** @param visibility as a definition has it. */
export function definitionOf(name: string, visibility: "public" | "personal"): string {
  const definition = jobFile("qemu-shell").replace(/^visibility:.*$/m, `visibility: ${visibility}`);
  return definition.replace(/^job_name:.*$/m, `job_name: ${name}`);
}

/** Waits until these know of each other, and all hear the bus. */
export async function untilTogether(gateways: readonly ServedGateway[], count = gateways.length): Promise<void> {
  for (const { ready, metrics } of gateways) {
    await untilHolds(async () => {
      expect((await ready()).cluster).toEqual({ mode: "shared", members: count });
      expect(await metrics()).toContain(`etna_cluster_hearers{server="lava"} ${count}\n`);
    });
  }
}

export async function untilHolds(assertion: () => Promise<void>): Promise<void> {
  let last: unknown = new Error("not asked yet");
  const ask = () =>
    assertion().then(
      () => (last = undefined),
      (error: unknown) => (last = error),
    );
  await until(() => {
    void ask();
    if (last !== undefined) throw last as Error;
  }, 60_000);
}

export interface Told {
  readonly state: string;
  readonly source: string;
  readonly cursor: string;
  readonly cursorExpired: boolean;
}

/** One subscriber to some jobs, or to all; what it was told so far is in `told`. */
export interface JobFollower {
  readonly told: readonly Told[];
  /** Resolves when the subscription has ended, however that was. */
  readonly ended: Promise<void>;
  close(): void;
}

const FOLLOW = `subscription ($jobIds: [ID!], $after: String) { testJobUpdates(jobIds: $jobIds, after: $after) {
  state source cursor cursorExpired testJob { jobId } } }`;

export function followJobs(client: TestClient, jobIds: readonly number[] | null, after?: string): JobFollower {
  const updates = client.subscribe(FOLLOW, { jobIds: jobIds?.map(String) ?? null, after: after ?? null });
  const told: Told[] = [];
  return { told, ended: readAll(updates, told), close: () => updates.close() };
}

async function readAll(updates: Subscribed<Record<string, any>>, told: Told[]): Promise<void> {
  try {
    for (;;) {
      const result = await updates.next();
      if (result === undefined) return;
      const update = result.data?.testJobUpdates as Told | undefined;
      if (update !== undefined) told.push(update);
    }
  } catch {
    // Its gateway was killed.
  }
}

export const statesOf = ({ told }: JobFollower): string[] => told.map(({ state }) => state);
