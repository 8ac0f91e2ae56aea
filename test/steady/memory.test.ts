// The built gateway as a process of its own under a flood of events: it holds what its bounds allow, however many come.

import { createClient } from "graphql-ws";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { jobFile } from "../support/job-files.js";
import { postQuery } from "../support/gateway.js";
import { startGatewayProcess } from "../support/gateway-process.js";

const FIRST = 10_000;
const ALL = 100_000;
/** Sent before their arrival is waited for: a publisher drops what a slow reader does not fetch. */
const STEP = 500;
/** As many as are all named before the first measurement: of 30,000 names each is held with its last event. */
const WORKERS = 2_000;
/** Each event is held in half a kilobyte at least: 90,000 of them would be 45 MB. */
const GROWTH_MAX_BYTES = 16 * 1024 * 1024;

test("the heap after 100,000 events is where it was after 10,000", { timeout: 300_000 }, async (scope) => {
  const { onTestFinished } = scope;
  const lava = await createLavaSandbox({ jobs: 0 });
  onTestFinished(() => lava.close());
  const { origin, heap } = await startGatewayProcess(scope, { lava: [lava.url] });
  const url = `${origin}/graphql`;
  const received = async () => {
    const { data } = await postQuery<any>(url, `{ servers { events { received } } }`, {}, {});
    return data.servers[0].events.received as number;
  };

  const job = Number(lava.submit("alice", jobFile("queued"))[0]);
  await lava.advance(job, "Running");
  const client = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket });
  onTestFinished(() => client.dispose());
  let told = 0;
  for (const query of [
    `subscription { testJobUpdates { state cursor } }`,
    `subscription { testJobUpdates(jobIds: ["${job}"]) { state cursor } }`,
    `subscription { deviceUpdates { device { state } cursor } }`,
    `subscription { serverEvents { topic uuid cursor } }`,
  ]) {
    client.subscribe({ query }, { next: () => void (told += 1), error: () => undefined, complete: () => undefined });
  }

  let sent = 0;
  const send = async (count: number) => {
    for (const end = sent + count; sent < end;) {
      const before = await received();
      for (let at = 0; at < STEP; at += 1) await lava.publisher.sendRaw(eventOf((sent += 1), job));
      await expect.poll(received, { timeout: 60_000, interval: 5 }).toBeGreaterThanOrEqual(before + STEP);
    }
  };
  // The first ones may come before the gateway listens.
  await expect
    .poll(
      async () => {
        await lava.publisher.sendRaw(eventOf((sent += 1), job));
        return received();
      },
      { timeout: 20_000 },
    )
    .toBeGreaterThan(0);
  sent = 0;
  await send(FIRST);
  const first = await heap();
  await send(ALL - FIRST);
  const last = await heap();
  expect(told).toBeGreaterThan(ALL / 4);
  expect((last - first) / 1024 / 1024).toBeLessThan(GROWTH_MAX_BYTES / 1024 / 1024);
});

/** One of four kinds by turns, each with a uuid of its own. */
function eventOf(number: number, job: number): string[] {
  const kinds: readonly (readonly [string, Record<string, unknown>])[] = [
    ["testjob", { health: "Unknown", state: "Running", job, description: "waits", submitter: "alice" }],
    ["device", { health: "Good", state: number % 8 < 4 ? "Idle" : "Running", device: "bbb-02", worker: "worker-lab" }],
    ["worker", { hostname: `worker-${number % WORKERS}`, health: "Active", state: "Online" }],
    ["event", { message: `message ${number}`, job }],
  ];
  const [kind, data] = kinds[number % kinds.length] ?? ["event", {}];
  const time = new Date(Date.UTC(2030, 0, 1) + number).toISOString();
  return [`org.lavasoftware.${kind}`, crypto.randomUUID(), time, "lavaserver", JSON.stringify(data)];
}
