// The measured LAVA: the sandbox's wire over the bench's lab, with a cost model before it and counters.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { RequestCounter } from "../../src/sandbox/lava/counter.js";
import { generationOf } from "../../src/sandbox/lava/generation.js";
import { json, notFoundPage, serve } from "../../src/sandbox/lava/http.js";
import type { Call, Handling, Reply } from "../../src/sandbox/lava/http.js";
import { USERS } from "../../src/sandbox/lava/lab.js";
import type { LavaServer } from "../../src/sandbox/lava/lava-server.js";
import { JobPlayer } from "../../src/sandbox/lava/player.js";
import { EventPublisher } from "../../src/sandbox/lava/publisher.js";
import { handleRest } from "../../src/sandbox/lava/rest.js";
import { handleRpc } from "../../src/sandbox/lava/rpc.js";
import { CostModel } from "./cost-model.js";
import type { Prices } from "./cost-model.js";
import { QUEUED_IDS, addQueued, createLab } from "./data.js";

export interface Counts {
  readonly total: number;
  readonly byRoute: Readonly<Record<string, number>>;
  /** Most requests that had come and were not answered, those being served included. */
  readonly peak: number;
  /** What they cost at real prices, in milliseconds of LAVA's CPU. */
  readonly spentMs: number;
}

export interface Upstream {
  readonly url: string;
  /** `tcp://127.0.0.1:PORT` of the publisher. */
  readonly eventUrl: string;
  /** Of a user who sees the whole lab. */
  readonly token: string;
  /** Of one who sees less. */
  readonly strangersToken: string;
  /** Requests since the last `reset`. */
  readonly counts: () => Counts;
  readonly reset: () => void;
  /** Moves a job on, with its events; resolves when the last has left. */
  readonly advance: (job: number, to: "Scheduled" | "Running" | "Finished") => Promise<void>;
  /** Ends a job that waits. */
  readonly cancel: (job: number) => void;
  /** So many new jobs, which wait; their numbers. */
  readonly submit: (count: number) => readonly number[];
  /** Jobs that wait and are on no screen. */
  readonly older: () => readonly number[];
  /** Makes every tenth job private, and every twentieth board restricted, to all but their owner. */
  readonly hide: () => void;
  /** Numbers of jobs that the stranger may not see. */
  readonly hidden: () => readonly number[];
  /** What each request takes from now on, in milliseconds. */
  readonly slow: (requestMs: number) => void;
  /** What requests cost from now on. */
  readonly charge: (prices: Prices) => void;
  readonly close: () => Promise<void>;
}

export async function createUpstream(): Promise<Upstream> {
  const store = createLab();
  const publisher = new EventPublisher(0);
  await publisher.start();
  const player = new JobPlayer(store, publisher, true);
  const eventSocket = () => publisher.address.replace("127.0.0.1", "*");
  const generation = generationOf("2023.01");
  const lava: LavaServer = {
    generation,
    store,
    player,
    requireLogin: false,
    events: true,
    jobsBeforeUpgrade: 0,
    eventSocket,
  };
  const cost = new CostModel();
  const requests = new RequestCounter();

  const handle = async (call: Call): Promise<Handling> => {
    const handling = handleRest(lava, call) ?? (await handleRpc(lava, call)) ?? unknown(call);
    const methods = [...call.body.matchAll(/<name>methodName<\/name>\s*<value>(?:<string>)?([\w.]+)/g)];
    const calls =
      handling.rpcMethod === "system.multicall"
        ? methods.map(([, method = ""]) => method)
        : handling.rpcMethod === undefined
          ? []
          : [handling.rpcMethod];
    const made = await cost.serve({ route: handling.route, calls }, () => {
      const reply = settled(handling.answer);
      return { reply, rows: rowsIn(reply) };
    });
    return { ...handling, answer: made.reply };
  };

  const server = createServer();
  server.on("upgrade", (request, socket, head) => publisher.upgrade(request, socket, head));
  serve(server, requests, handle, () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    player.close();
    await publisher.close();
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    eventUrl: publisher.address,
    token: USERS.find(({ name }) => name === "alice")?.token ?? "",
    strangersToken: USERS.find(({ name }) => name === "bob")?.token ?? "",
    submit: (count) => Array.from({ length: count }, () => addQueued(store).id),
    older: () => QUEUED_IDS.filter((id) => store.job(id)?.state === "Submitted"),
    hide: () => {
      for (const job of store.jobs()) if (job.id % 10 === 0) job.visibility = { kind: "personal" };
      for (const [at, device] of store.devices.entries()) if (at % 20 === 7) device.restrictedTo = ["kernel-team"];
    },
    hidden: () => {
      const bob = USERS.find(({ name }) => name === "bob");
      return store.jobs().flatMap((job) => (store.visible(job, bob) ? [] : [job.id]));
    },
    charge: (prices) => {
      cost.prices = prices;
    },
    counts: () => ({
      total: requests.total(),
      byRoute: requests.counts(),
      peak: requests.peakInFlight,
      spentMs: cost.spentMs,
    }),
    reset: () => {
      requests.reset();
      cost.spentMs = 0;
    },
    slow: (requestMs) => cost.slow(requestMs),
    advance: async (id, to) => {
      const job = store.job(id);
      if (job === undefined) throw new Error(`there is no job ${id}`);
      await player.advance(job, to);
    },
    cancel: (id) => {
      const job = store.job(id);
      if (job !== undefined) player.cancel(job);
    },
    close: () => (closing ??= close()),
  };
}

function unknown(call: Call): Handling {
  return { route: `${call.method} (unknown)`, lie: (value) => json(200, value), answer: notFoundPage };
}

/** Rows of a list of REST. */
function rowsIn(answer: () => Reply): number {
  try {
    return answer().body.match(/"(?:submit_time|worker_host|result)":/g)?.length ?? 0;
  } catch {
    return 0;
  }
}

/** Makes the answer, or the refusal, now; it is given when it is asked for. */
function settled(answer: () => Reply): () => Reply {
  try {
    const reply = answer();
    return () => reply;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
