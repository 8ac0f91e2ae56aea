// Subscribers to devices and workers that come back with the cursor of their last update.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { eventsOf, untilConnected } from "../../e2e/scene.js";
import { startGateway } from "../../support/gateway.js";
import type { Subscribed, TestGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";

let lava: LavaSandbox;
let gateway: TestGateway;

beforeEach(async () => {
  lava = await createLavaSandbox();
  gateway = await startGateway({ lava: [{ url: lava.url }] });
  await untilConnected(gateway);
});
afterEach(async () => {
  await gateway.close();
  await lava.close();
});

const DEVICE = `subscription ($hostname: String, $after: String) { deviceUpdates(hostname: $hostname, after: $after) {
  source cursor cursorExpired device { hostname state } } }`;

async function next(following: Subscribed<Record<string, any>>) {
  const result = await following.next();
  expect(result?.errors).toBeUndefined();
  const { device, source, cursor, cursorExpired } = result?.data?.deviceUpdates ?? {};
  return {
    said: `${device.hostname} ${device.state} ${source}${cursorExpired === true ? " EXPIRED" : ""}`,
    cursor: cursor as string,
  };
}

/** The cursor of a device's snapshot. */
async function begin(hostname: string): Promise<string> {
  const following = gateway.subscribe(DEVICE, { hostname });
  const { said, cursor } = await next(following);
  expect(said).toBe(`${hostname} IDLE SNAPSHOT`);
  following.close();
  return cursor;
}

/** A job that has run on bbb-01 as far as this, when Etna has heard of it all. */
async function play(...states: readonly ("Scheduled" | "Running" | "Finished")[]): Promise<number> {
  const { received } = await eventsOf(gateway);
  const jobId = Number(lava.submit("alice", jobFile("queued"))[0]);
  for (const state of states) await lava.advance(jobId, state);
  expect(lava.job(jobId)?.device).toBe("bbb-01");
  await vi.waitFor(async () =>
    expect((await eventsOf(gateway)).received).toBeGreaterThanOrEqual(received + 1 + 2 * states.length),
  );
  return jobId;
}

test("a device's states of meanwhile are told in order, and then what comes", async () => {
  const cursor = await begin("bbb-01");
  const jobId = await play("Scheduled", "Running");
  const again = gateway.subscribe(DEVICE, { hostname: "bbb-01", after: cursor });
  const reserved = await next(again);
  expect(reserved.said).toBe("bbb-01 RESERVED BUS");
  expect((await next(again)).said).toBe("bbb-01 RUNNING BUS");
  await lava.advance(jobId, "Finished");
  expect((await next(again)).said).toBe("bbb-01 IDLE BUS");
  again.close();
  const fromThere = gateway.subscribe(DEVICE, { hostname: "bbb-01", after: reserved.cursor });
  expect([(await next(fromThere)).said, (await next(fromThere)).said]).toEqual([
    "bbb-01 RUNNING BUS",
    "bbb-01 IDLE BUS",
  ]);
  fromThere.close();
});

test("a follower of all devices hears of those that changed, and of no others", async () => {
  const all = gateway.subscribe(DEVICE);
  const { data } = await gateway.query(`{ devices(first: 1) { totalCount } }`);
  let cursor = "";
  for (let at = 0; at < data.devices.totalCount; at += 1) {
    const update = await next(all);
    expect(update.said).toMatch(/SNAPSHOT$/);
    cursor = update.cursor;
  }
  all.close();
  await play("Scheduled", "Running", "Finished");
  const again = gateway.subscribe(DEVICE, { after: cursor });
  expect([(await next(again)).said, (await next(again)).said, (await next(again)).said]).toEqual([
    "bbb-01 RESERVED BUS",
    "bbb-01 RUNNING BUS",
    "bbb-01 IDLE BUS",
  ]);
  again.close();
});

test("a cursor from inside a snapshot, from before a gap, or made up leads to a snapshot and says so", async () => {
  const all = gateway.subscribe(DEVICE);
  const inside = (await next(all)).cursor;
  all.close();
  const before = await begin("bbb-01");
  await lava.publisher.stop();
  await lava.publisher.start();
  await untilConnected(gateway);
  for (const after of [inside, before, "made-up"]) {
    const following = gateway.subscribe(DEVICE, { hostname: "bbb-01", after });
    expect((await next(following)).said).toBe("bbb-01 IDLE SNAPSHOT EXPIRED");
    following.close();
  }
});

test("without the bus no cursor leads on: what is read now is told, and said to be a snapshot", async () => {
  const cursor = await begin("bbb-01");
  await lava.publisher.stop();
  await untilConnected(gateway, false);
  const following = gateway.subscribe(DEVICE, { hostname: "bbb-01", after: cursor });
  expect((await next(following)).said).toBe("bbb-01 IDLE SNAPSHOT EXPIRED");
  following.close();
});

test("workers have the same cursors", async () => {
  const document = `subscription ($after: String) { workerUpdates(hostname: "worker-01", after: $after) {
    source cursor cursorExpired worker { state } } }`;
  const following = gateway.subscribe(document);
  const { cursor } = (await following.next())?.data?.workerUpdates ?? {};
  following.close();
  const { received } = await eventsOf(gateway);
  await lava.publisher.sendRaw([
    "org.lavasoftware.worker",
    crypto.randomUUID(),
    new Date().toISOString(),
    "lavaserver",
    JSON.stringify({ hostname: "worker-01", health: "Active", state: "Offline" }),
  ]);
  await vi.waitFor(async () => expect((await eventsOf(gateway)).received).toBeGreaterThan(received));
  const again = gateway.subscribe(document, { after: cursor });
  // The event is not true: what was told is set right by what is read.
  const told = [await again.next(), await again.next()].map((result) => result?.data?.workerUpdates);
  expect(told).toMatchObject([
    { source: "BUS", cursorExpired: false, worker: { state: "OFFLINE" } },
    { source: "REPAIRED", cursorExpired: false, worker: { state: "ONLINE" } },
  ]);
  again.close();
});
