// The network between Etna and LAVA breaks while jobs run: whatever the link does, each subscriber is told each state
// that can still be told, once and in order, and its wait ends.

import { describe, expect, test, vi } from "vitest";
import type { TestContext } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { startTcpProxy } from "../support/tcp-proxy.js";
import { FOLLOW, eventsOf, nextStep, restSteps, untilConnected } from "./scene.js";
import type { Step } from "./scene.js";

/** A half-dead link is noticed by the heartbeat, after 15 s. */
const TIMEOUT_MS = 60_000;

/** A LAVA, a gateway that reaches it over two links only, and a job with three subscribers that have their snapshots. */
async function start({ onTestFinished }: Pick<TestContext, "onTestFinished">) {
  const lava = await createLavaSandbox({ jobs: 0 });
  onTestFinished(() => lava.close());
  const [http, events] = [
    await startTcpProxy(Number(new URL(lava.url).port)),
    await startTcpProxy(Number(new URL(lava.eventUrl).port)),
  ];
  onTestFinished(() => http.close());
  onTestFinished(() => events.close());
  const gateway = await startGateway({
    lava: [
      {
        url: `http://127.0.0.1:${http.port}`,
        publisher: `tcp://127.0.0.1:${events.port}`,
        limits: { headersTimeoutMs: 1_000, totalTimeoutMs: 3_000 },
      },
    ],
  });
  onTestFinished(() => gateway.close());
  await untilConnected(gateway);
  const id = Number(lava.submit("alice", jobFile("queued"))[0]);
  const everything = gateway.subscribe(`subscription { testJobUpdates { state health source testJob { jobId } } }`);
  const followers = [
    gateway.subscribe(FOLLOW, { jobId: String(id) }),
    gateway.subscribe(FOLLOW, { jobId: String(id) }, asUser(lava.users.bob.token)),
  ];
  for (const one of [...followers, everything]) {
    expect((await nextStep(one))?.change).toBe("SUBMITTED UNKNOWN");
  }
  /** What each subscriber is told until the job's end; that of the scope goes on. */
  const ends = async (): Promise<Step[][]> => {
    const all: Step[] = [];
    while (all.at(-1)?.change.startsWith("FINISHED") !== true) all.push((await nextStep(everything)) as Step);
    return [...(await Promise.all(followers.map(restSteps))), all];
  };
  return { lava, http, events, gateway, id, ends };
}

const bus = (change: string): Step => ({ change, source: "BUS" });

describe.concurrent("while a job runs", { timeout: TIMEOUT_MS }, () => {
  test("a cut that is shorter than the job's life costs no state that lasts, and the end comes over the bus", async (scope) => {
    const { lava, http, events, gateway, id, ends } = await start(scope);
    for (const link of [http, events]) link.cut();
    await untilConnected(gateway, false);
    await lava.advance(id, "Running");
    for (const link of [http, events]) link.mend();
    await untilConnected(gateway);
    await vi.waitFor(async () => expect(await repaired(gateway)).toBeGreaterThan(0), { timeout: 20_000 });
    await lava.advance(id, "Finished");
    for (const steps of await ends()) {
      expect(steps.map(({ change }) => change)).toEqual(["RUNNING UNKNOWN", "FINISHED COMPLETE"]);
      expect(["REPAIRED", "POLL"]).toContain(steps[0]?.source);
      expect(steps[1]).toEqual(bus("FINISHED COMPLETE"));
    }
  });

  test("a cut that is longer than the rest of the job's life brings its end, once, by a read", async (scope) => {
    const { lava, http, events, gateway, id, ends } = await start(scope);
    const { received } = await eventsOf(gateway);
    await lava.advance(id, "Scheduled");
    await vi.waitFor(async () => expect((await eventsOf(gateway)).received).toBeGreaterThanOrEqual(received + 2));
    for (const link of [http, events]) link.cut();
    await untilConnected(gateway, false);
    await lava.advance(id, "Finished", { health: "Incomplete" });
    for (const link of [http, events]) link.mend();
    for (const steps of await ends()) {
      expect(steps.map(({ change }) => change)).toEqual(["SCHEDULED UNKNOWN", "FINISHED INCOMPLETE"]);
      expect(["REPAIRED", "POLL"]).toContain(steps[1]?.source);
    }
  });

  test("without the bus only, polling goes on at once", async (scope) => {
    const { lava, events, gateway, id, ends } = await start(scope);
    events.cut();
    await untilConnected(gateway, false);
    await lava.advance(id, "Finished");
    for (const steps of await ends()) {
      expect(steps).toHaveLength(1);
      expect(steps[0]?.change).toBe("FINISHED COMPLETE");
    }
  });

  test("a link that swallows the bus' bytes is noticed by its heartbeat, and what it swallowed is told", async (scope) => {
    const { lava, events, gateway, id, ends } = await start(scope);
    events.swallow();
    await lava.advance(id, "Finished");
    expect(await eventsOf(gateway)).toMatchObject({ source: "ZMQ", connected: true });
    for (const steps of await ends()) {
      expect(steps).toHaveLength(1);
      expect(steps[0]).toMatchObject({ change: "FINISHED COMPLETE" });
      expect(["REPAIRED", "POLL"]).toContain(steps[0]?.source);
    }
  });

  test("requests that are swallowed delay the end that the bus has told, and do not lose it", async (scope) => {
    const { lava, http, gateway, id, ends } = await start(scope);
    http.swallow();
    const { received } = await eventsOf(gateway);
    await lava.advance(id, "Finished");
    await vi.waitFor(async () => expect((await eventsOf(gateway)).received).toBeGreaterThanOrEqual(received + 6));
    http.mend();
    for (const steps of await ends()) {
      expect(steps.map(({ change }) => change)).toEqual(["SCHEDULED UNKNOWN", "RUNNING UNKNOWN", "FINISHED COMPLETE"]);
    }
  });
});

async function repaired(gateway: Awaited<ReturnType<typeof startGateway>>): Promise<number> {
  const { data } = await gateway.query(`{ servers { events { repaired } } }`);
  return data.servers[0].events.repaired as number;
}
