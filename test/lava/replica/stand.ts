// A client with a replica over a living sandbox, beside one without anything between; time that can be moved; and what may
// happen in a lab: jobs come and go on, and rights change without a word.

import { expect, onTestFinished, vi } from "vitest";
import { OperationScope, NOBODY_LEAVES } from "../../../src/cache/operation-scope.js";
import { Memory } from "../../../src/cache/memory.js";
import { Upstream } from "../../../src/cache/upstream.js";
import { clock } from "../../../src/ci/live/clock.js";
import { LavaClient } from "../../../src/lava/client/client.js";
import { LavaFeed } from "../../../src/lava/live/feed.js";
import { createAsk } from "../../../src/net/ask.js";
import type { Ask } from "../../../src/net/ask.js";
import { HttpClient } from "../../../src/net/http.js";
import { Secret } from "../../../src/net/secret.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox, LavaSandboxOptions } from "../../../src/sandbox/lava/index.js";
import type { Random } from "../../../src/sandbox/random.js";
import { jobFile } from "../../support/job-files.js";

export const RIGHTS_MS = 30_000;

export interface Stand {
  readonly lava: LavaSandbox;
  readonly client: LavaClient;
  /** The server without anything between. */
  readonly plain: LavaClient;
  readonly ask: (user: "alice" | "bob" | "admin" | null) => Ask;
  /** Resolves when all events until now have come. */
  readonly heard: () => Promise<void>;
  /** Time goes by. */
  readonly later: (ms: number) => void;
}

export async function start(options: LavaSandboxOptions): Promise<Stand> {
  const lava = await createLavaSandbox(options);
  let offset = 0;
  const now = vi.spyOn(clock, "now").mockImplementation(() => performance.now() + offset);
  const http = () =>
    new HttpClient({ server: "lava", baseUrl: new URL(lava.url), limits: { concurrency: 8 }, insecure: false });
  const clients = [http(), http()] as const;
  const client: LavaClient = new LavaClient(new Upstream(clients[0]), RIGHTS_MS, {
    memory: new Memory(),
    eventsMs: () => RIGHTS_MS,
    hearsAll: () => true,
    rightsMs: RIGHTS_MS,
    isEager: false,
    isBusy: () => true,
  });
  const plain = new LavaClient(new Upstream(clients[1]));
  const uuids = new Set<string>();
  const feed = new LavaFeed({
    ...{ client, url: new URL(lava.url), events: "zmq" as const, publisher: lava.eventUrl, websocket: null },
    ...{ ask: () => createAsk(null), insecure: false },
    onEvent: (event) => {
      client.replica?.heard(event);
      uuids.add(event.uuid);
    },
    onGap: () => client.replica?.forgetProofs(),
  });
  feed.start();
  const heard = async () => {
    const uuid = crypto.randomUUID();
    const worker = JSON.stringify({ hostname: "worker-01", health: "Active", state: "Online" });
    await vi.waitFor(
      async () => {
        const time = new Date().toISOString();
        await lava.publisher.sendRaw(["org.lavasoftware.worker", uuid, time, "lavaserver", worker]);
        expect(uuids.has(uuid)).toBe(true);
      },
      { timeout: 15_000, interval: 10 },
    );
  };
  onTestFinished(async () => {
    now.mockRestore();
    await feed.close();
    await Promise.all(clients.map((one) => one.close()));
    await lava.close();
  });
  await heard();
  const secrets = { alice: lava.users.alice, bob: lava.users.bob, admin: lava.users.admin };
  const ask = (user: keyof typeof secrets | null) =>
    createAsk(user === null ? null : new Secret(secrets[user].token), { scope: new OperationScope(NOBODY_LEAVES) });
  return { lava, client, plain, ask, heard, later: (ms) => void (offset += ms) };
}

export const USERS = [null, "alice", "bob", "admin"] as const;
const VISIBILITIES = [
  { kind: "public" },
  { kind: "public" },
  { kind: "public" },
  { kind: "personal" },
  { kind: "group", groups: ["secret-team"] },
  { kind: "group", groups: ["kernel-team"] },
  { kind: "group", groups: ["kernel-team", "secret-team"] },
] as const;
const STATES = ["Scheduled", "Running", "Finished"] as const;
const HEALTHS = ["Complete", "Incomplete", "Canceled"] as const;
export const BOARDS = ["board-01", "board-02", "qemu-01", "bbb-01", "rpi4-01", "fvp-02"];

/**
 * Something happens in the lab. Returns whether rights were moved without a word.
 * @param more what a definition that is submitted ends with.
 */
export async function happen({ lava }: Stand, random: Random, ids: number[], more = ""): Promise<boolean> {
  const id = random.pick(ids.slice(-60));
  const job = lava.job(id);
  switch (random.int(0, 6)) {
    case 0: {
      const visibility = random.pick(["public", "public", "personal", "{group: [secret-team]}"]);
      const definition = jobFile("queued").replace("visibility: public", `visibility: ${visibility}`);
      ids.push(
        ...lava.submit(random.pick(["alice", "bob"]), definition + more).map((text) => Math.trunc(Number(text))),
      );
      return false;
    }
    case 1:
      lava.setVisibility(id, random.pick(VISIBILITIES));
      return true;
    case 2:
      lava.restrict(random.pick(BOARDS), random.chance(0.5) ? ["secret-team"] : []);
      return true;
    default: {
      const next = job === undefined ? undefined : STATES[STATES.findIndex((state) => state === job.state) + 1];
      if (job === undefined || next === undefined || job.state === "Finished") return false;
      // There may be no board for it yet.
      const moving = lava.advance(id, next, next === "Finished" ? { health: random.pick(HEALTHS) } : {});
      await moving.catch((error: unknown) => expect(String(error)).toMatch(/no free device/));
      return false;
    }
  }
}
