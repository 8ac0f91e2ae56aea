// An event is executed once for all subscriptions with the same document, variables and viewer, whatever they follow. Each
// execution that selects `cursor` seals one anew, with a random part: the same text for all is one execution.

import { expect, test } from "vitest";
import type { TestContext } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { openSocket } from "../server/raw-socket.js";
import type { RawSocket } from "../server/raw-socket.js";
import { asUser, startGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { untilConnected } from "./scene.js";

const SUBSCRIBERS = 30;

interface Told {
  readonly source: string;
  readonly cursor: string;
}

/** A gateway over a LAVA with its bus, and a Cuirass that is looked at often. */
async function start({ onTestFinished }: Pick<TestContext, "onTestFinished">) {
  const cuirass = await createCuirassSandbox({ evaluations: 4 });
  onTestFinished(() => cuirass.close());
  const lava = await createLavaSandbox({ jobs: 0 });
  onTestFinished(() => lava.close());
  const gateway = await startGateway({
    lava: [{ url: lava.url }],
    cuirass: [{ url: cuirass.url, poll: 0.05 }],
  });
  onTestFinished(() => gateway.close());
  await untilConnected(gateway);
  const open = async (headers?: Record<string, string>) => {
    const socket = await openSocket(gateway.origin);
    onTestFinished(() => socket.terminate());
    await socket.init(headers);
    return socket;
  };
  return { lava, cuirass, open };
}

function follow(socket: RawSocket, query: string): void {
  for (let id = 0; id < SUBSCRIBERS; id += 1) socket.send({ type: "subscribe", id: String(id), payload: { query } });
}

/** What comes next, of each subscriber, until each has been told something that is no snapshot. */
async function firstChanges(socket: RawSocket): Promise<Map<string, Told>> {
  const changes = new Map<string, Told>();
  while (changes.size < SUBSCRIBERS) {
    const { id = "", payload } = await socket.next();
    expect(payload.errors).toBeUndefined();
    const told = Object.values(payload.data as Record<string, Told>)[0];
    if (told !== undefined && told.source !== "SNAPSHOT" && !changes.has(id)) changes.set(id, told);
  }
  return changes;
}

/** Waits until each has had its snapshot. */
async function snapshots(socket: RawSocket): Promise<void> {
  const had = new Set<string>();
  while (had.size < SUBSCRIBERS) {
    const { id = "", payload } = await socket.next();
    expect(payload.errors).toBeUndefined();
    had.add(id);
  }
}

const cursors = (...told: readonly Map<string, Told>[]) =>
  new Set(told.flatMap((changes) => [...changes.values()].map(({ cursor }) => cursor))).size;

test("of buildUpdates and evaluationUpdates each change is executed once", async (scope) => {
  const { cuirass, open } = await start(scope);
  const evaluation = cuirass.startEvaluation("images");
  const [build = 0] = cuirass.endEvaluation(evaluation, "succeeded");
  const next = cuirass.startEvaluation("images");
  const builds = await open();
  follow(builds, `subscription { buildUpdates(buildIds: [${build}]) { source cursor } }`);
  await snapshots(builds);
  cuirass.advance(build, "started");
  expect(cursors(await firstChanges(builds))).toBe(1);

  const all = await open();
  follow(all, `subscription { buildUpdates(filter: { specification: "images" }) { source cursor } }`);
  await snapshots(all);
  cuirass.advance(build, "succeeded");
  expect(cursors(await firstChanges(all))).toBe(1);

  const evaluations = await open();
  follow(evaluations, `subscription { evaluationUpdates(evaluationId: ${next}) { source cursor } }`);
  await snapshots(evaluations);
  cuirass.endEvaluation(next, "failed");
  expect(cursors(await firstChanges(evaluations))).toBe(1);
});

/** Sends an event of the bus, the later one with the higher second. */
function announce(lava: LavaSandbox, topic: "device" | "worker", second: number, body: Record<string, string>) {
  const time = `2030-01-01T00:00:0${second}`;
  const data = JSON.stringify(body);
  return lava.publisher.sendRaw([`org.lavasoftware.${topic}`, `${topic} ${second}`, time, "lavaserver", data]);
}

test("of deviceUpdates each change is executed once, also for those who came later than others", async (scope) => {
  const { lava, open } = await start(scope);
  const query = `subscription { deviceUpdates(hostname: "bbb-01") { source cursor } }`;
  const device = { health: "Good", device: "bbb-01", device_type: "beaglebone-black", worker: "worker-lab" };
  const [early, late] = [await open(), await open()];
  follow(early, query);
  await snapshots(early);
  await announce(lava, "device", 1, { ...device, state: "Reserved" });
  expect(cursors(await firstChanges(early))).toBe(1);
  follow(late, query);
  await snapshots(late);
  await announce(lava, "device", 2, { ...device, state: "Running" });
  expect(cursors(await firstChanges(early), await firstChanges(late))).toBe(1);
});

test("of workerUpdates each change is executed once, and for each viewer by itself", async (scope) => {
  const { lava, open } = await start(scope);
  const query = `subscription { workerUpdates(hostname: "worker-01") { source cursor } }`;
  const sockets = [await open(), await open(), await open(asUser(lava.users.bob.token))] as const;
  for (const socket of sockets) {
    follow(socket, query);
    await snapshots(socket);
  }
  await announce(lava, "worker", 1, { hostname: "worker-01", state: "Offline", health: "Active" });
  const [one, same, other] = sockets;
  const seen = [await firstChanges(one), await firstChanges(same), await firstChanges(other)] as const;
  expect(cursors(seen[0], seen[1])).toBe(1);
  expect(cursors(seen[2])).toBe(1);
  expect(cursors(...seen)).toBe(2);
});

test("of runUpdates each change is executed once, whichever system it comes from", async (scope) => {
  const { lava, cuirass, open } = await start(scope);
  const [build = 0] = cuirass.endEvaluation(cuirass.startEvaluation("images"), "succeeded");
  cuirass.advance(build, "started");
  const socket = await open();
  follow(socket, `subscription { runUpdates { source cursor run { __typename } } }`);
  // The build that runs is all there is to begin with.
  await snapshots(socket);
  lava.submit("alice", jobFile("queued"));
  expect(cursors(await firstChanges(socket))).toBe(1);
  cuirass.advance(build, "succeeded");
  expect(cursors(await firstChanges(socket))).toBe(1);
});
