// `serverEvents` and `events`: the bus as each viewer may hear it.

import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { clock } from "../../../src/ci/live/clock.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { untilConnected } from "../../e2e/scene.js";
import { asUser, startGateway } from "../../support/gateway.js";
import type { Subscribed, TestGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";

let lava: LavaSandbox;
let gateway: TestGateway;

beforeAll(async () => {
  lava = await createLavaSandbox();
  gateway = await startGateway({ lava: [{ url: lava.url }] });
  await untilConnected(gateway);
});
afterAll(async () => {
  await gateway.close();
  await lava.close();
});

const FOLLOW = `subscription ($topics: [ServerEventTopic!], $after: String) {
  serverEvents(topics: $topics, after: $after) { topic uuid user state message cursor testJob { jobId } device { hostname } } }`;

/** Follows once the gateway has subscribed: an event that it certainly hears comes through. */
async function followed(
  params: Record<string, string>,
  topics: string[],
  of = gateway,
): Promise<Subscribed<Record<string, any>>> {
  const following = of.subscribe(FOLLOW, { topics: [...topics, "WORKER"] }, params);
  const ping = setInterval(() => {
    void lava.publisher.sendRaw([
      "org.lavasoftware.worker",
      crypto.randomUUID(),
      new Date().toISOString(),
      "lavaserver",
      JSON.stringify({ hostname: "worker-01", health: "Active", state: "Online" }),
    ]);
  }, 20);
  await following.next();
  clearInterval(ping);
  return following;
}

async function untilFinished(following: Subscribed<Record<string, any>>, jobId: string | undefined) {
  const events: any[] = [];
  for (;;) {
    const event = (await following.next())?.data?.serverEvents;
    if (event.topic === "WORKER") continue;
    events.push(event);
    if (event.state === "Finished" && event.testJob?.jobId === jobId) break;
  }
  following.close();
  return events;
}

test("a viewer hears of what they may see, and of nothing else", async () => {
  const [anonymous, bob] = await Promise.all([
    followed({}, ["TEST_JOB", "MESSAGE"]),
    followed(asUser(lava.users.bob.token), ["TEST_JOB", "MESSAGE"]),
  ]);
  const [secret] = lava.submit("bob", jobFile("played-private"));
  const [open] = lava.submit("alice", jobFile("played"));
  const toBob = Promise.all([untilFinished(bob, secret)]);
  const toAnonymous = await untilFinished(anonymous, open);
  expect(new Set(toAnonymous.map((event) => event.testJob?.jobId))).toEqual(new Set([open]));
  expect(toAnonymous.map((event) => event.state).filter((state) => state !== null)).toEqual([
    "Submitted",
    "Scheduled",
    "Running",
    "Finished",
  ]);
  expect(toAnonymous).toContainEqual(expect.objectContaining({ topic: "MESSAGE", message: "half way" }));
  const [events] = await toBob;
  expect(events.map((event) => event.testJob?.jobId)).toContain(secret);

  const query = `query ($topics: [ServerEventTopic!]) { events(last: 200, topics: $topics) { topic state testJob { jobId } } }`;
  const kept = await gateway.query(query, { topics: ["TEST_JOB"] });
  expect(kept.errors).toEqual([]);
  expect(new Set(kept.data.events.map((event: any) => event.testJob.jobId))).toEqual(new Set([open]));
});

test("one who comes back hears what came meanwhile", async () => {
  const first = await followed({}, ["TEST_JOB"]);
  const [before] = lava.submit("alice", jobFile("queued"));
  const { cursor } = (await untilState(first, before, "Submitted")) as { cursor: string };
  first.close();
  const [meanwhile] = lava.submit("alice", jobFile("queued"));
  const again = gateway.subscribe(FOLLOW, { topics: ["TEST_JOB"], after: cursor });
  expect((await again.next())?.data?.serverEvents).toMatchObject({ state: "Submitted", testJob: { jobId: meanwhile } });
  again.close();
  const expired = await gateway.subscribe(FOLLOW, { after: "junk" }).rest();
  expect(expired).toMatchObject([{ errors: [{ message: expect.stringMatching(/CURSOR_EXPIRED/) }] }]);
});

/** Publishes a device's event, with a uuid of its own unless one is given; resolves with the uuid. */
async function publishDevice(device: string, uuid: string = crypto.randomUUID()): Promise<string> {
  const payload = { health: "Good", state: "Idle", device, device_type: "some-type", worker: "worker-lab" };
  const time = new Date().toISOString();
  await lava.publisher.sendRaw(["org.lavasoftware.device", uuid, time, "lavaserver", JSON.stringify(payload)]);
  return uuid;
}

/** Uuids of the device events that are told, up to the one that ends the list. */
async function heardUntil(following: Subscribed<Record<string, any>>, last: string): Promise<string[]> {
  const uuids: string[] = [];
  while (uuids.at(-1) !== last) {
    const event = (await following.next())?.data?.serverEvents;
    if (event.topic === "DEVICE") uuids.push(event.uuid as string);
  }
  return uuids;
}

/** Of a device that only bob's team may see. */
const HIDDEN = "fvp-01";
const OPEN = "bbb-01";

test("events of a device go to those who may see the device, each once", async () => {
  const [anonymous, bob] = await Promise.all([
    followed({}, ["DEVICE"]),
    followed(asUser(lava.users.bob.token), ["DEVICE"]),
  ]);
  const hidden = await publishDevice(HIDDEN);
  const open = await publishDevice(OPEN);
  // LAVA's bus sends an event again now and then.
  await publishDevice(HIDDEN, hidden);
  await publishDevice(OPEN, open);
  const last = await publishDevice(OPEN);
  expect(await heardUntil(anonymous, last)).toEqual([open, last]);
  expect(await heardUntil(bob, last)).toEqual([hidden, open, last]);
  anonymous.close();
  bob.close();
});

test("one who comes back hears an event once that the bus has sent twice", async () => {
  const first = await followed({}, ["DEVICE"]);
  const before = await publishDevice(OPEN);
  let cursor: string | null = null;
  while (cursor === null) {
    const event = (await first.next())?.data?.serverEvents;
    if (event.uuid === before) cursor = event.cursor as string;
  }
  const twice = await publishDevice(OPEN);
  await publishDevice(OPEN, twice);
  const last = await publishDevice(OPEN);
  expect(await heardUntil(first, last)).toEqual([twice, last]);
  first.close();
  const again = gateway.subscribe(FOLLOW, { topics: ["DEVICE"], after: cursor });
  expect(await heardUntil(again, last)).toEqual([twice, last]);
  again.close();
});

test("an event of what can't be a device goes to nobody, and nothing is asked for it", async () => {
  const following = await followed({}, ["DEVICE"]);
  const asked: string[] = [];
  lava.fault = ({ path }) => void asked.push(decodeURIComponent(path));
  onTestFinished(() => (lava.fault = undefined));
  const last = await publishDevice(OPEN);
  await publishDevice("bbb-01/../../system");
  const after = await publishDevice(OPEN);
  expect(await heardUntil(following, after)).toEqual([last, after]);
  // Nor does it take the others with it.
  const { data, errors } = await gateway.query(`{ events(last: 2, topics: [DEVICE]) { uuid } }`);
  expect([errors, data]).toEqual([[], { events: [{ uuid: last }, { uuid: after }] }]);
  expect(asked.filter((path) => path.includes("system"))).toEqual([]);
  following.close();
});

test.each([
  ["30 seconds", {}, 30_000],
  ["as configured", { rightsMs: 5_000 }, 5_000],
])("the right to a device's events is proved again after a while: %s", async (_, options, rightsMs) => {
  const own = await startGateway({ lava: [{ url: lava.url, publisher: lava.eventUrl }], ...options });
  onTestFinished(() => own.close());
  await untilConnected(own);
  const bob = await followed(asUser(lava.users.bob.token), ["DEVICE"], own);
  const before = await publishDevice(HIDDEN);
  expect(await heardUntil(bob, before)).toEqual([before]);
  // Bob has left the team.
  const nobody = { count: 0, next: null, previous: null, results: [] };
  lava.fault = ({ path }) =>
    path.includes("/devices/") && path.includes(HIDDEN) ? { kind: "json", body: nobody } : undefined;
  onTestFinished(() => (lava.fault = undefined));
  const later = vi.spyOn(clock, "now");
  // The machine's own time, which may be set anew, plays no part.
  vi.spyOn(Date, "now").mockReturnValue(0);
  onTestFinished(() => void vi.restoreAllMocks());
  const proved = performance.now();
  later.mockImplementation(() => proved + rightsMs / 2);
  const within = await publishDevice(HIDDEN);
  expect(await heardUntil(bob, within)).toEqual([within]);
  later.mockImplementation(() => proved + rightsMs + 1);
  await publishDevice(HIDDEN);
  const last = await publishDevice(OPEN);
  expect(await heardUntil(bob, last)).toEqual([last]);
  bob.close();
});

async function untilState(
  following: Subscribed<Record<string, any>>,
  jobId: string | undefined,
  state: string,
): Promise<unknown> {
  for (;;) {
    const event = (await following.next())?.data?.serverEvents;
    if (event.testJob?.jobId === jobId && event.state === state) return event;
  }
}
