// A gateway process under mixed load for a long time, with 500 subscribers and upstreams that come and go: it does not
// end, what it answers is what its servers had, and its memory stays where it was after the warm-up.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { Fault, LavaSandbox } from "../../src/sandbox/lava/index.js";
import { Random } from "../../src/sandbox/random.js";
import { asUser } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { IS_LONG } from "./form.js";
import { startGatewayProcess } from "./soak-process.js";
import { BuildTruth, JobTruth } from "./soak-truth.js";

const SOAK_MS = IS_LONG ? 600_000 : 45_000;
const WARM_UP = 1 / 3;
const SUBSCRIBERS = 500;
const CLIENTS = 6;
/** LAVA's answers hold until an event, or for 2 s without events; the rest is the machine's slowness. */
const LAVA_AGE_MS = 2_000 + 3_000;
/** Cuirass tells nothing: 2 s for what changes often, up to a minute for the rest. */
const CUIRASS_AGE_MS = 60_000 + 5_000;
/** For so long after its end a trouble may still be felt: breakers probe every 15 s at the latest, and a reader may wait 10 s. */
const AFTERMATH_MS = 30_000;
const HEAP_GROWTH_MAX_BYTES = 24 * 1024 * 1024;

/** What a server's trouble may be called. */
const TROUBLES = ["UPSTREAM_UNREACHABLE", "UPSTREAM_TIMEOUT", "UPSTREAM_FAILED", "OVERLOADED"];

interface Answer {
  readonly data: Record<string, any>;
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
  readonly extensions?: { readonly etna?: { readonly stale?: readonly string[] } };
}

const UPDATES = [
  `subscription { testJobUpdates { state health testJob { jobId } } }`,
  `subscription { testJobUpdates(filter: { submitters: ["alice"] }) { state health testJob { jobId } } }`,
  `subscription { runUpdates(kinds: [TEST_JOB]) { phase run { ... on TestJob { jobId } } } }`,
  `subscription { deviceUpdates { device { hostname state } } }`,
  `subscription { serverEvents { topic uuid } }`,
];

test(`for ${SOAK_MS / 1_000} s`, async ({ onTestFinished }) => {
  const random = new Random(3);
  const cuirass = await createCuirassSandbox({ evaluations: 8 });
  onTestFinished(() => cuirass.close());
  const lava = await createLavaSandbox({ jobs: 30 });
  onTestFinished(() => lava.close());
  const gateway = await startGatewayProcess(await configFile(onTestFinished, lava.url, cuirass.url));
  onTestFinished(() => gateway.kill());
  const url = `${gateway.origin}/graphql`;

  const jobs = new JobTruth(lava);
  const builds = new BuildTruth(cuirass);
  builds.begin(12);
  const trouble = { lava: -Infinity, cuirass: -Infinity };
  let fault: Fault | undefined;
  lava.fault = () => {
    jobs.sample();
    return fault;
  };
  const sampling = setInterval(() => jobs.sample(), 10);
  onTestFinished(() => clearInterval(sampling));
  jobs.sample();

  const wrong: string[] = [];
  const counts = { answers: 0, values: 0, refused: 0, stale: 0, updates: 0, jobs: 0, troubles: 0, mutations: 0 };
  const ending = performance.now() + SOAK_MS;
  const isOver = () => performance.now() >= ending;

  /** Whether a value was the server's at some time that the answer may tell of. */
  const check = (what: string, value: string, had: readonly string[]) => {
    counts.values += 1;
    if (!had.includes(value)) wrong.push(`${what} is ${value}, and was ${had.join(", ")}`);
  };

  const ask = async (viewer: Viewer, query: string, variables: Record<string, unknown> = {}) => {
    const began = performance.now();
    const reply = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headersOf(lava, viewer) },
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await reply.json()) as Answer;
    counts.answers += 1;
    const stale = answer.extensions?.etna?.stale ?? [];
    if (stale.length > 0) counts.stale += 1;
    for (const { extensions: told, message } of answer.errors ?? []) {
      counts.refused += 1;
      const server = told.server === "cuirass" ? "cuirass" : "lava";
      const inTrouble = began - trouble[server] < AFTERMATH_MS;
      if (!inTrouble || !TROUBLES.includes(String(told.code))) wrong.push(`${query}: ${String(told.code)}: ${message}`);
    }
    return { data: answer.data, errors: answer.errors ?? [], began, ended: performance.now(), stale };
  };
  type Asked = Awaited<ReturnType<typeof ask>>;

  const checkJobs = (nodes: readonly any[], { began, ended, stale }: Asked) => {
    for (const { jobId, state, health } of nodes) {
      const from = stale.includes("lava") ? null : began - LAVA_AGE_MS;
      check(`test job ${jobId}`, `${state} ${health}`, jobs.states.between(jobId, from, ended));
    }
  };
  const checkBuilds = (nodes: readonly any[], { began, ended, stale }: Asked) => {
    for (const { buildId, status } of nodes) {
      if (!builds.ids.includes(buildId)) continue;
      const from = stale.includes("cuirass") ? null : began - CUIRASS_AGE_MS;
      check(`build ${buildId}`, status, builds.statuses.between(String(buildId), from, ended));
    }
  };

  const questions: readonly ((viewer: Viewer) => Promise<void>)[] = [
    async (viewer) => {
      const first = random.pick([5, 20, 40]);
      const asked = await ask(
        viewer,
        `query ($first: Int!) { testJobs(first: $first) { nodes { jobId state health } } }`,
        { first },
      );
      checkJobs(asked.data.testJobs?.nodes ?? [], asked);
    },
    async (viewer) => {
      const id = String(random.between(Math.max(1, jobs.lastId - 20), jobs.lastId));
      const asked = await ask(
        viewer,
        `query ($id: ID!) { testJob(jobId: $id) { jobId state health device { hostname } } }`,
        { id },
      );
      if (asked.data.testJob !== null) checkJobs([asked.data.testJob], asked);
    },
    async (viewer) => {
      const asked = await ask(
        viewer,
        `{ runs(first: 15) { nodes { ... on TestJob { jobId state health } ... on Build { buildId status } } } }`,
      );
      const nodes: any[] = asked.data.runs?.nodes ?? [];
      checkJobs(
        nodes.filter(({ jobId }) => jobId !== undefined),
        asked,
      );
      checkBuilds(
        nodes.filter(({ buildId }) => buildId !== undefined),
        asked,
      );
    },
    async (viewer) => {
      const asked = await ask(
        viewer,
        `{ testJobs(first: 6, filter: { states: [FINISHED] }) { nodes {
        jobId state health resultCounts(internal: true) { total } log { lineCount } } } }`,
      );
      const nodes: any[] = asked.data.testJobs?.nodes ?? [];
      checkJobs(nodes, asked);
      for (const { jobId, resultCounts, log } of nodes) {
        const view = lava.job(Number(jobId));
        if (view === undefined) continue;
        if (resultCounts !== null) check(`results of ${jobId}`, String(resultCounts.total), [String(view.cases)]);
        if (log?.lineCount != null) check(`log of ${jobId}`, String(log.lineCount), [String(view.logLines)]);
      }
    },
    async (viewer) => {
      const asked = await ask(
        viewer,
        `{ devices(first: 50) { nodes { hostname } } workers(first: 20) { nodes { hostname } } }`,
      );
      const mine = viewer === "bob" || viewer === "admin" ? "14" : "12";
      if (asked.data.devices !== null) check(`devices of ${viewer}`, String(asked.data.devices.nodes.length), [mine]);
      if (asked.data.workers !== null) check("workers", String(asked.data.workers.nodes.length), ["6"]);
    },
    async (viewer) => {
      const asked = await ask(
        viewer,
        `query ($id: Int!) { build(buildId: $id) { buildId status log { lineCount } } }`,
        { id: random.pick(builds.ids) },
      );
      if (asked.data.build !== null) checkBuilds([asked.data.build], asked);
    },
    async (viewer) => {
      const asked = await ask(
        viewer,
        `{ builds(first: 20) { nodes { buildId status } } specifications { name } evaluations(first: 5) { nodes { evaluationId } } }`,
      );
      checkBuilds(asked.data.builds?.nodes ?? [], asked);
      if (asked.data.specifications !== null) check("specifications", String(asked.data.specifications.length), ["4"]);
    },
    async (viewer) => {
      await ask(viewer, `query ($text: String!) { search(text: $text) { matched node { id } } }`, {
        text: random.pick(["qemu", "hello", "kernel", "7"]),
      });
    },
  ];

  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!isOver()) await random.pick(questions)(random.pick(VIEWERS));
  });

  /** What was done through Etna is seen through Etna at once. */
  const changes = async () => {
    for (let turn = 0; !isOver(); turn += 1) {
      const submitted = await ask(
        "alice",
        `mutation ($definition: String!) { submitTestJob(definition: $definition) {
        ... on TestJobsSubmitted { jobIds } } }`,
        { definition: jobFile("played") },
      );
      const id: string | undefined = submitted.data.submitTestJob?.jobIds?.[0];
      if (id !== undefined) {
        counts.mutations += 1;
        const asked = await ask("alice", `query ($id: ID!) { testJob(jobId: $id) { jobId state health } }`, { id });
        if (asked.errors.length === 0)
          check(`test job ${id} after its submission`, String(asked.data.testJob !== null), ["true"]);
        if (asked.data.testJob !== null) checkJobs([asked.data.testJob], asked);
      }
      // Each ends all that is remembered: between them it is events that must do so.
      await sleep(12_000);
    }
  };

  /** Jobs of two boards go through their lives by hand, so that every kind of state lasts a while. */
  const lane = async () => {
    while (!isOver()) {
      const id = Number(lava.submit(random.chance(0.7) ? "alice" : "bob", jobFile("queued"))[0]);
      counts.jobs += 1;
      for (const step of ["Scheduled", "Running", "Finished"] as const) {
        await sleep(random.between(300, IS_LONG ? 3_000 : 1_200));
        await lava.advance(id, step, { health: random.pick(["Complete", "Incomplete"]) });
        jobs.sample();
      }
    }
  };
  const farm = async () => {
    while (!isOver()) {
      await sleep(700);
      builds.move();
    }
  };

  const comeAndGo = async () => {
    const within = async (server: keyof typeof trouble, ms: number, begin: () => unknown, end: () => unknown) => {
      if (isOver()) return;
      counts.troubles += 1;
      await begin();
      const until = performance.now() + ms;
      while (performance.now() < until) {
        trouble[server] = performance.now();
        await sleep(50);
      }
      await end();
      trouble[server] = performance.now();
      await sleep(IS_LONG ? 8_000 : 2_500);
    };
    const lavaFault = (ms: number, one: Fault) =>
      within(
        "lava",
        ms,
        () => (fault = one),
        () => (fault = undefined),
      );
    await sleep(3_000);
    while (!isOver()) {
      await within(
        "lava",
        4_000,
        () => lava.publisher.stop(),
        () => lava.publisher.start(),
      );
      await lavaFault(4_000, { kind: "reset" });
      await lavaFault(2_000, { kind: "status", status: 503 });
      await within(
        "cuirass",
        3_000,
        () => (cuirass.fault = () => ({ kind: "reset" })),
        () => (cuirass.fault = undefined),
      );
      await lavaFault(2_000, { kind: "delay", ms: 200 });
      await lavaFault(1_500, { kind: "cut" });
    }
  };

  const followers = Array.from({ length: SUBSCRIBERS }, (_, at) => follow(lava, url, at));
  onTestFinished(() => followers.forEach(({ socket }) => socket.terminate()));

  const work = Promise.all([...clients, changes(), lane(), lane(), farm(), comeAndGo()]);
  await Promise.race([work, sleep(SOAK_MS * WARM_UP)]);
  const warm = await gateway.heap();
  await work;
  // The last troubles are over, and looks have made up for what the bus has lost: by then all know the last states.
  fault = undefined;
  const last = jobs.lastId;
  jobs.sample();
  await vi.waitFor(
    () => {
      for (const { toldOf, wants } of followers.filter(({ wants }) => wants !== null)) {
        for (let id = last - 10; id <= last; id += 1) {
          const view = lava.job(id);
          if (view === undefined || !wants?.(view.submitter)) continue;
          expect([id, toldOf.get(String(id))]).toEqual([id, jobs.states.now(String(id))]);
        }
      }
    },
    { timeout: 90_000, interval: 250 },
  );
  for (const { updates, problems, socket } of followers) {
    counts.updates += updates();
    wrong.push(...problems);
    if (socket.readyState !== WebSocket.OPEN) wrong.push("a subscriber's socket was closed");
    socket.terminate();
  }
  const heap = await gateway.heap();

  console.log(JSON.stringify({ ...counts, wrong: wrong.length, warmMiB: inMiB(warm), endMiB: inMiB(heap) }));
  expect(wrong.slice(0, 20)).toEqual([]);
  expect(gateway.exitCode).toBeNull();
  // Only its own faults are logged as errors, an unhandled rejection among them.
  expect(gateway.printed.filter((line) => !line.startsWith("{") || Number(JSON.parse(line).level) >= 50)).toEqual([]);
  expect(heap - warm).toBeLessThan(HEAP_GROWTH_MAX_BYTES);
  expect(await gateway.stop()).toBe(0);
});

const VIEWERS = ["anonymous", "alice", "bob", "admin"] as const;
type Viewer = (typeof VIEWERS)[number];

function headersOf(lava: LavaSandbox, viewer: Viewer): Record<string, string> {
  return viewer === "anonymous" ? {} : asUser(lava.users[viewer].token);
}

function inMiB(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

/** One subscriber on a socket of its own, which notes the last state of each test job that it was told. */
function follow(lava: LavaSandbox, url: string, at: number) {
  const document = UPDATES[at % UPDATES.length] ?? "";
  const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws");
  const toldOf = new Map<string, string>();
  const problems: string[] = [];
  let updates = 0;
  socket.on("open", () => {
    const viewer = VIEWERS[Math.floor(at / UPDATES.length) % VIEWERS.length] ?? "anonymous";
    socket.send(JSON.stringify({ type: "connection_init", payload: headersOf(lava, viewer) }));
  });
  socket.on("error", (error) => problems.push(String(error)));
  socket.on("message", (data: Buffer) => {
    const message = JSON.parse(data.toString());
    if (message.type === "connection_ack") {
      socket.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query: document } }));
    }
    if (message.type === "error" || message.type === "complete") problems.push(data.toString());
    if (message.type !== "next") return;
    updates += 1;
    const { testJobUpdates: update } = message.payload.data ?? {};
    if (update === undefined) return;
    const { state, health, testJob } = update;
    const before = toldOf.get(testJob.jobId);
    if (before?.startsWith("FINISHED") === true) problems.push(`${testJob.jobId} went on to ${state} after ${before}`);
    toldOf.set(testJob.jobId, `${state} ${health}`);
  });
  const wants = document.includes("testJobUpdates")
    ? (submitter: string) => !document.includes("alice") || submitter === "alice"
    : null;
  return { socket, toldOf, problems, wants, updates: () => updates };
}

async function configFile(onEnd: (end: () => Promise<void>) => void, lava: string, cuirass: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "etna-soak-"));
  onEnd(() => rm(folder, { recursive: true }));
  const path = join(folder, "etna.yaml");
  // A small memory is full after the warm-up.
  await writeFile(
    path,
    `listen: { host: 127.0.0.1, port: 0 }
lava: [{ url: "${lava}" }]
cuirass: [{ url: "${cuirass}" }]
cache: { megabytes: 8 }
`,
  );
  return path;
}
