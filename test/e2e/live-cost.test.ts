// What followers cost LAVA: several viewers with several subscriptions each, over the same jobs and boards.

import { expect, test, vi } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { untilConnected } from "./scene.js";

const JOBS = `subscription { testJobUpdates { state health testJob { jobId name device { hostname } } } }`;
const DEVICES = `subscription { deviceUpdates { source device { hostname state health deviceType { name } } } }`;
const EVENTS = `subscription { serverEvents { topic testJob { jobId state } device { hostname } } }`;

test("an event costs at most one request a viewer, however many subscriptions and fields tell of it", async ({
  onTestFinished,
}) => {
  const lava = await createLavaSandbox({ jobs: 0 });
  onTestFinished(() => lava.close());
  const gateway = await startGateway({ lava: [{ url: lava.url, publisher: lava.eventUrl, events: "zmq" }] });
  onTestFinished(() => gateway.close());
  await untilConnected(gateway);
  const { admin, alice, bob } = lava.users;
  const viewers = [{}, asUser(admin.token), asUser(alice.token), asUser(bob.token)];
  const ids = Array.from({ length: 2 }, () => Number(lava.submit("alice", jobFile("queued"))[0]));
  let told = 0;
  /** By viewer. */
  const ended = viewers.map(() => 0);
  const follow = async (document: string, viewer: number) => {
    const updates = gateway.subscribe(document, {}, viewers[viewer]);
    for (let result = await updates.next(); result !== undefined; result = await updates.next()) {
      told += 1;
      if (result.data?.testJobUpdates?.state === "FINISHED") ended[viewer] = (ended[viewer] ?? 0) + 1;
    }
  };
  const all = viewers.flatMap((_, viewer) => [JOBS, DEVICES, EVENTS].map((document) => follow(document, viewer)));
  /** Until nothing more is told. */
  const untilQuiet = async () => {
    let [last, since] = [-1, performance.now()];
    await vi.waitFor(
      () => {
        if (told !== last) [last, since] = [told, performance.now()];
        expect(performance.now() - since).toBeGreaterThan(1_000);
      },
      { timeout: 15_000, interval: 50 },
    );
  };
  const received = async () =>
    (await gateway.query(`{ servers { events { received } } }`)).data.servers[0].events.received as number;
  await untilQuiet();
  const before = await received();
  lava.requests.reset();
  for (const id of ids) await lava.advance(id, "Finished");
  await untilQuiet();
  const events = (await received()) - before;
  expect(ended).toEqual([2, 2, 2, 2]);
  expect(lava.requests.total()).toBeLessThanOrEqual(events * viewers.length);
  await gateway.close();
  await Promise.allSettled(all);
});
