// Puts the sandbox LAVA together: one HTTP server for REST, XML-RPC and the websocket, one publisher, one lab.
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RequestCounter } from "./counter.js";
import { generationOf } from "./generation.js";
import { addHistory, addQueue, type PastJob } from "./history.js";
import { ImageTests } from "./image-tests.js";
import { addLargeJob } from "./large-job.js";
import { type Call, type Handling, json, notFoundPage, serve } from "./http.js";
import { USERS } from "./lab.js";
import { LabLife } from "./lab-life.js";
import type { LavaServer } from "./lava-server.js";
import { displayId, type Job } from "./model.js";
import type { JobView, LavaSandbox, LavaSandboxOptions, SandboxBuild, SandboxUser } from "./options.js";
import { JobPlayer } from "./player.js";
import { EventPublisher } from "./publisher.js";
import { handleRest } from "./rest.js";
import { handleRpc } from "./rpc.js";
import { LavaStore } from "./store.js";

const HOST = "127.0.0.1";
const HISTORY_JOBS = 60;
const TESTED_AFTER_SECONDS = 5;

/** Starts a LAVA of its own on 127.0.0.1. Rejects when a wanted port is taken. */
export async function createLavaSandbox(options: LavaSandboxOptions = {}): Promise<LavaSandbox> {
  const generation = generationOf(options.version ?? "2023.01");
  const store = new LavaStore(generation.version, undefined, options.jobsMax);
  const publisher = new EventPublisher(options.eventPort ?? 0);
  const player = new JobPlayer(store, publisher, options.played ?? true);
  const requests = new RequestCounter();
  const builds = options.builds?.() ?? [];
  const imageTests = new ImageTests();
  const jobs = options.jobs ?? HISTORY_JOBS;
  addHistory(store, jobs, builds, options.live === true ? pastTests(imageTests, builds) : []);
  if (options.largeJob !== undefined) addLargeJob(store, options.largeJob);
  if (jobs > 0) addQueue(store);

  await publisher.start();
  const eventUrl = publisher.address;
  const events = options.events ?? true;
  // lava-publisher ends at once when notifications are off; the port stays reserved for a later start.
  if (!events) await publisher.stop();

  const lava: LavaServer = {
    generation,
    store,
    player,
    requireLogin: options.requireLogin ?? false,
    events,
    jobsBeforeUpgrade: options.jobsBeforeUpgrade ?? 0,
    eventSocket: () => eventUrl.replace(HOST, "*"),
  };
  const server = createServer();
  if (options.closing !== undefined) closeAfterEach(server, options.closing);
  server.on("upgrade", (request, socket, head) => publisher.upgrade(request, socket, head));
  let fault: LavaSandbox["fault"];
  serve(
    server,
    requests,
    (call) => handle(lava, call),
    (request) => fault?.(request),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const life = new LabLife(store, player, imageTests);
  if (options.live === true) life.start();
  let closing: Promise<void> | undefined;

  return {
    url: `http://${HOST}:${port}`,
    eventUrl,
    users: { admin: login("admin"), alice: login("alice"), bob: login("bob") },
    requests,
    get fault() {
      return fault;
    },
    set fault(next) {
      fault = next;
    },
    publisher,
    submit: (user, definition) => player.submit(user, definition).map((job) => String(displayId(job))),
    test: (build) => life.test(build),
    job: (id) => {
      const job = store.job(id);
      return job === undefined ? undefined : view(job);
    },
    advance: async (id, to, how) => {
      const job = store.job(id);
      if (job === undefined) throw new Error(`no job ${id}`);
      await player.advance(job, to, how);
    },
    setVisibility: (id, visibility) => {
      const job = store.job(id);
      if (job === undefined) throw new Error(`no job ${id}`);
      job.visibility = visibility;
    },
    restrict: (hostname, groups) => {
      const device = store.device(hostname);
      if (device === undefined) throw new Error(`no device ${hostname}`);
      device.restrictedTo = groups;
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };

  async function close(): Promise<void> {
    life.stop();
    player.close();
    await publisher.close();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

/** The tests of the images that are there at the start. */
function pastTests(imageTests: ImageTests, builds: readonly SandboxBuild[]): readonly PastJob[] {
  return [...builds]
    .sort((a, b) => a.finishedAt - b.finishedAt)
    .flatMap((build, at) =>
      imageTests.of(build, at + 1).map((job) => ({ at: (build.finishedAt + TESTED_AFTER_SECONDS) * 1_000_000, job })),
    );
}

function closeAfterEach(server: Server, closing: "silent" | "announced"): void {
  server.prependListener("request", (_, response) => {
    const { socket } = response;
    // Both directions at once: what the client would send next meets a closed door.
    if (closing === "announced") response.setHeader("connection", "close");
    else response.once("finish", () => socket?.end(() => socket.destroy()));
  });
}

async function handle(lava: LavaServer, call: Call): Promise<Handling> {
  return (
    handleRest(lava, call) ??
    (await handleRpc(lava, call)) ?? {
      route: `${call.method} (unknown)`,
      lie: (value) => json(200, value),
      answer: notFoundPage,
    }
  );
}

function login(name: string): SandboxUser {
  return { name, token: USERS.find((user) => user.name === name)?.token ?? "" };
}

function view(job: Job): JobView {
  return {
    id: job.id,
    displayId: String(displayId(job)),
    submitter: job.submitter,
    description: job.description,
    state: job.state,
    health: job.health,
    deviceType: job.deviceType,
    device: job.device,
    visibility: job.visibility.kind,
    logLines: job.log.length,
    cases: job.suites.reduce((sum, suite) => sum + suite.cases.length, 0),
  };
}
