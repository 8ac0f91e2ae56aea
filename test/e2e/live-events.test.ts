// Live test jobs over a bus that lies, and over none: whatever the publisher does, a subscriber gets each state once
// and in order, and the end.

import { describe, expect, test, vi } from "vitest";
import type { TestContext } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox, LavaSandboxOptions } from "../../src/sandbox/lava/index.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway, TestGatewayOptions } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { FOLLOW, eventsOf, freePort, nextStep, restSteps, untilConnected } from "./scene.js";

/** Registers what is opened, so that it is closed when the test ends, the last first. */
type Scope = Pick<TestContext, "onTestFinished">;

async function startLava({ onTestFinished }: Scope, options: LavaSandboxOptions = {}): Promise<LavaSandbox> {
  const lava = await createLavaSandbox({ jobs: 0, ...options });
  onTestFinished(() => lava.close());
  return lava;
}

async function startEtna({ onTestFinished }: Scope, options: TestGatewayOptions): Promise<TestGateway> {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

/** Waits until what the publisher says reaches the gateway: the handshake alone does not prove it. */
async function untilHeard(lava: LavaSandbox, gateway: TestGateway): Promise<void> {
  await vi.waitFor(
    async () => {
      await lava.publisher.sendRaw(["org.lavasoftware.novelty", ...frames({}).slice(1)]);
      expect((await eventsOf(gateway)).received).toBeGreaterThan(0);
    },
    { timeout: 15_000, interval: 50 },
  );
}

/** A LAVA and a gateway that listens to it already. */
async function start(scope: Scope) {
  const lava = await startLava(scope);
  const gateway = await startEtna(scope, { lava: [{ url: lava.url }] });
  await untilHeard(lava, gateway);
  return { lava, gateway };
}

/** A job that waits in the queue until the test moves it. */
function submit(lava: LavaSandbox): number {
  return Number(lava.submit("alice", jobFile("queued"))[0]);
}

/** Follows a job; resolves when the subscriber has its snapshot. */
async function follow(gateway: TestGateway, jobId: number) {
  const updates = gateway.subscribe(FOLLOW, { jobId: String(jobId) });
  expect(await nextStep(updates)).toEqual({ change: "SUBMITTED UNKNOWN", source: "SNAPSHOT" });
  return updates;
}

const bus = (change: string) => ({ change, source: "BUS" });
const LIFE = [bus("SCHEDULED UNKNOWN"), bus("RUNNING UNKNOWN"), bus("FINISHED COMPLETE")];

let eventsMade = 0;

/** A testjob event as LAVA would send it, with a uuid of its own and every field of it open to lies. */
function frames(data: unknown, over: { readonly time?: string } = {}): string[] {
  return [
    "org.lavasoftware.testjob",
    `1b4e28ba-2fa1-11d2-883f-${String((eventsMade += 1)).padStart(12, "0")}`,
    over.time ?? "2026-01-01T00:00:00.000000",
    "alice",
    typeof data === "string" ? data : JSON.stringify(data),
  ];
}

function jobEvent(job: number, state: string, health = "Unknown") {
  return {
    health,
    state,
    job,
    description: "waits",
    priority: 50,
    submitter: "alice",
    device_type: "beaglebone-black",
  };
}

test("several states come over the bus, each once and in order, with the device and times of that moment", async (scope) => {
  const { lava, gateway } = await start(scope);
  const id = submit(lava);
  const updates = await follow(gateway, id);
  await lava.advance(id, "Finished", { health: "Incomplete" });
  const results = await updates.rest();
  expect(results.map(({ data }) => data?.testJobUpdates)).toMatchObject([
    { state: "SCHEDULED", source: "BUS", testJob: { device: { hostname: "bbb-01" }, finishedAt: null } },
    { state: "RUNNING", source: "BUS", testJob: { device: { hostname: "bbb-01" }, finishedAt: null } },
    { state: "FINISHED", health: "INCOMPLETE", source: "BUS", testJob: { finishedAt: expect.any(String) } },
  ]);
});

test("a subscriber to a job that has ended gets its snapshot and the end", async (scope) => {
  const { lava, gateway } = await start(scope);
  const id = submit(lava);
  await lava.advance(id, "Finished", { health: "Canceled" });
  expect(await restSteps(gateway.subscribe(FOLLOW, { jobId: String(id) }))).toEqual([
    { change: "FINISHED CANCELED", source: "SNAPSHOT" },
  ]);
});

test("fifty subscribers to one job all get the whole life", async (scope) => {
  const { lava, gateway } = await start(scope);
  const id = submit(lava);
  const all = await Promise.all(Array.from({ length: 50 }, () => follow(gateway, id)));
  await lava.advance(id, "Finished");
  for (const updates of all) expect(await restSteps(updates)).toEqual(LIFE);
});

describe("junk on the bus", () => {
  const good = (id: number) => frames(jobEvent(id, "Running"));
  const junk: Readonly<Record<string, (id: number) => (string | Buffer)[]>> = {
    "no frame but an empty one": () => [""],
    "too few frames": (id) => good(id).slice(0, 4),
    "too many frames": (id) => [...good(id), "more"],
    "a frame that is not UTF-8": (id) => [...good(id).slice(0, 4), Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    "data that is not JSON": () => frames("{'job': 1}"),
    "data that is no object": () => frames("[1, 2]"),
    "null for data": () => frames("null"),
    "a state that is no text": (id) => frames({ ...jobEvent(id, "Running"), state: 3 }),
    "a job that is no number": (id) => frames({ ...jobEvent(id, "Running"), job: { id } }),
    "a job beyond all numbers": (id) => frames({ ...jobEvent(id, "Running"), job: 1e308 }),
    "a time that is none": (id) => frames(jobEvent(id, "Running"), { time: "yesterday" }),
    "an empty topic": (id) => ["", ...good(id).slice(1)],
    "a frame of 2 MB": (id) => frames({ ...jobEvent(id, "Running"), description: "x".repeat(2_000_000) }),
  };

  test("each kind is counted and dropped, and the job is followed to its end all the same", async (scope) => {
    const { lava, gateway } = await start(scope);
    const id = submit(lava);
    const updates = await follow(gateway, id);
    const names = Object.keys(junk);
    for (const [at, name] of names.entries()) {
      await lava.publisher.sendRaw(junk[name]?.(id) ?? []);
      await vi.waitFor(async () => expect((await eventsOf(gateway)).dropped, name).toBe(at + 1), { timeout: 5_000 });
      expect(await eventsOf(gateway), name).toMatchObject({ source: "ZMQ", connected: true });
    }
    await lava.advance(id, "Finished");
    expect(await restSteps(updates)).toEqual(LIFE);
    expect(gateway.logLines.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  test("a message so large that ZeroMQ cuts the link costs the link, not the bus", async (scope) => {
    const { lava, gateway } = await start(scope);
    const id = submit(lava);
    const updates = await follow(gateway, id);
    const since = async () =>
      (await gateway.query(`{ servers { events { since connected } } }`)).data.servers[0].events as {
        since: string;
        connected: boolean;
      };
    const first = (await since()).since;
    await lava.publisher.sendRaw(frames({ ...jobEvent(id, "Running"), description: "x".repeat(20_000_000) }));
    await vi.waitFor(
      async () => {
        const { since: now, connected } = await since();
        expect([now !== first, connected]).toEqual([true, true]);
      },
      { timeout: 10_000 },
    );
    await lava.advance(id, "Finished");
    const steps = await restSteps(updates);
    expect(steps.at(-1)).toMatchObject({ change: "FINISHED COMPLETE" });
  });

  test("an event of a kind that nobody knows is received and moves nothing", async (scope) => {
    const { lava, gateway } = await start(scope);
    const id = submit(lava);
    const updates = await follow(gateway, id);
    const { received } = await eventsOf(gateway);
    const [, ...rest] = frames(jobEvent(id, "Running"));
    await lava.publisher.sendRaw(["org.lavasoftware.novelty", ...rest]);
    await vi.waitFor(async () => expect((await eventsOf(gateway)).received).toBeGreaterThan(received));
    expect((await eventsOf(gateway)).dropped).toBe(0);
    await lava.advance(id, "Finished");
    expect(await restSteps(updates)).toEqual(LIFE);
  });
});

test("doubled and swapped events tell nothing twice and nothing backward", async (scope) => {
  const { lava, gateway } = await start(scope);
  const id = submit(lava);
  const updates = await follow(gateway, id);
  await lava.advance(id, "Running");
  for (const state of ["Running", "Scheduled", "Submitted", "Running"]) {
    const event = frames(jobEvent(id, state));
    await lava.publisher.sendRaw(event);
    await lava.publisher.sendRaw(event);
  }
  await lava.advance(id, "Finished");
  expect(await restSteps(updates)).toEqual(LIFE);
});

test("an event that names another job moves only that job", async (scope) => {
  const { lava, gateway } = await start(scope);
  const [id, other] = [submit(lava), submit(lava)];
  const updates = await follow(gateway, id);
  await lava.publisher.sendRaw(frames(jobEvent(other, "Finished", "Complete")));
  await lava.advance(id, "Finished");
  expect(await restSteps(updates)).toEqual(LIFE);
});

test("the bus says that a job has ended which goes on: the end is not told until the server says so too", async (scope) => {
  const { lava, gateway } = await start(scope);
  const id = submit(lava);
  const updates = await follow(gateway, id);
  await lava.publisher.sendRaw(frames(jobEvent(id, "Finished", "Complete")));
  await lava.advance(id, "Running", { silent: true });
  await lava.advance(id, "Finished", { health: "Incomplete" });
  const steps = await restSteps(updates);
  expect(steps.filter(({ change }) => change.startsWith("FINISHED"))).toMatchObject([
    { change: "FINISHED INCOMPLETE" },
  ]);
  expect(steps.at(-1)).toMatchObject({ change: "FINISHED INCOMPLETE" });
});

test("events that are ahead of the database are told once, and the end waits until it can be read", async (scope) => {
  const { lava, gateway } = await start(scope);
  const id = submit(lava);
  const updates = gateway.subscribe(
    `subscription ($jobId: ID!) { testJobUpdates(jobIds: [$jobId]) { state health source testJob { state finishedAt } } }`,
    { jobId: String(id) },
  );
  expect(await nextStep(updates)).toMatchObject({ source: "SNAPSHOT" });
  await lava.advance(id, "Finished", { event: "early" });
  const results = (await updates.rest()).map(({ data }) => data?.testJobUpdates);
  expect(results).toMatchObject([
    { state: "SCHEDULED", source: "BUS", testJob: { state: "SCHEDULED" } },
    { state: "RUNNING", source: "BUS", testJob: { state: "RUNNING" } },
    { state: "FINISHED", health: "COMPLETE", source: "BUS", testJob: { finishedAt: expect.any(String) } },
  ]);
});

test("what the publisher's restart has swallowed is found by a look, marked as repaired", async (scope) => {
  const { lava, gateway } = await start(scope);
  const id = submit(lava);
  const updates = await follow(gateway, id);
  await lava.publisher.stop();
  await lava.advance(id, "Running", { silent: true });
  await lava.publisher.start();
  expect(await nextStep(updates)).toEqual({ change: "RUNNING UNKNOWN", source: "REPAIRED" });
  await lava.advance(id, "Finished");
  expect(await restSteps(updates)).toEqual([bus("FINISHED COMPLETE")]);
});

// These wait for polls and attempts that are seconds apart, so they wait together.
describe.concurrent("without the bus", () => {
  test("a publisher that goes in the middle of a job and never comes back: polling brings the end", async (scope) => {
    const { lava, gateway } = await start(scope);
    const id = submit(lava);
    const updates = await follow(gateway, id);
    await lava.advance(id, "Running");
    expect([await nextStep(updates), await nextStep(updates)]).toEqual(LIFE.slice(0, 2));
    await lava.publisher.stop();
    await untilConnected(gateway, false);
    await lava.advance(id, "Finished");
    expect(await restSteps(updates)).toEqual([{ change: "FINISHED COMPLETE", source: "POLL" }]);
    expect(await eventsOf(gateway)).toMatchObject({ source: "POLL", connected: false });
  });

  test("a server that publishes nothing at all is followed by polling", async (scope) => {
    const lava = await startLava(scope, { events: false });
    const gateway = await startEtna(scope, { lava: [{ url: lava.url }] });
    const id = submit(lava);
    const updates = await follow(gateway, id);
    await lava.advance(id, "Running");
    expect(await nextStep(updates)).toEqual({ change: "RUNNING UNKNOWN", source: "POLL" });
    await lava.advance(id, "Finished");
    expect(await restSteps(updates)).toEqual([{ change: "FINISHED COMPLETE", source: "POLL" }]);
  });

  test("polling asks once for all that is watched with the same rights", async (scope) => {
    const lava = await startLava(scope, { events: false });
    const gateway = await startEtna(scope, { lava: [{ url: lava.url, events: "poll" }] });
    const ids = Array.from({ length: 10 }, () => submit(lava));
    const all = await Promise.all(ids.map((id) => follow(gateway, id)));
    lava.requests.reset();
    for (const id of ids.slice(0, 2)) await lava.advance(id, "Running", { silent: true });
    expect(await Promise.all(all.slice(0, 2).map(nextStep))).toEqual([
      { change: "RUNNING UNKNOWN", source: "POLL" },
      { change: "RUNNING UNKNOWN", source: "POLL" },
    ]);
    expect(lava.requests.counts()["GET jobs/"]).toBe(1);
    for (const id of ids.slice(0, 2)) await lava.advance(id, "Finished");
  });

  test("a failing read delays what it would have told, and ends nothing", async (scope) => {
    const lava = await startLava(scope, { events: false });
    const gateway = await startEtna(scope, { lava: [{ url: lava.url, events: "poll" }] });
    const id = submit(lava);
    const updates = await follow(gateway, id);
    let failed = 0;
    lava.fault = ({ path }) => (path.includes("/jobs/") && ++failed <= 1 ? { kind: "html" } : undefined);
    await lava.advance(id, "Finished");
    expect(await restSteps(updates)).toEqual([{ change: "FINISHED COMPLETE", source: "POLL" }]);
    expect(failed).toBe(2);
  });

  test("a gateway that is up before its server finds it and its publisher", async (scope) => {
    const [port, eventPort] = [await freePort(), await freePort()];
    const gateway = await startEtna(scope, { lava: [{ url: `http://127.0.0.1:${port}` }] });
    const early = await gateway.query(`{ testJobs { nodes { jobId } } }`);
    expect(early).toMatchObject({
      data: { testJobs: null },
      errors: [{ extensions: { code: "UPSTREAM_UNREACHABLE" } }],
    });
    const refused = await gateway.subscribe(FOLLOW, { jobId: "1" }).rest();
    expect(refused).toMatchObject([{ errors: [{ extensions: { code: "UPSTREAM_UNREACHABLE" } }] }]);

    const lava = await startLava(scope, { port, eventPort });
    const id = submit(lava);
    const updates = await follow(gateway, id);
    await untilHeard(lava, gateway);
    await lava.advance(id, "Finished");
    expect(await restSteps(updates)).toEqual(LIFE);
  });

  test("a subscriber that leaves is forgotten, while it waits for a change and while its first read is under way", async (scope) => {
    // Nothing must come: two rounds of the poll, which is every 2 s, and a bit.
    const NOTHING_MS = 5_000;
    const lava = await startLava(scope, { events: false });
    const gateway = await startEtna(scope, { lava: [{ url: lava.url, events: "poll" }] });
    const id = submit(lava);
    const waiting = await follow(gateway, id);
    lava.fault = () => ({ kind: "delay", ms: 300 });
    // Another job: what is known of the first one needs no read.
    const reading = gateway.subscribe(FOLLOW, { jobId: String(submit(lava)) });
    await vi.waitFor(() => expect(lava.requests.inFlight).toBe(1), { interval: 5 });
    waiting.close();
    reading.close();
    await vi.waitFor(() => expect(lava.requests.inFlight).toBe(0), { interval: 5 });
    lava.fault = undefined;
    lava.requests.reset();
    await new Promise((resolve) => setTimeout(resolve, NOTHING_MS));
    expect(lava.requests.counts()).toEqual({});
  });
});
