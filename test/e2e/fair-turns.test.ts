// Whoever keeps a server busy waits for himself: a subscriber is told in its turn, however many questions of others wait.

import { expect, test } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { nextStep, untilConnected } from "./scene.js";

const CLIENTS = 24;
const JOBS = 6;

test("a subscriber is told in its turn while many ask for much", async ({ onTestFinished }) => {
  const lava = await createLavaSandbox({ jobs: 3 });
  onTestFinished(() => lava.close());
  const gateway = await startGateway({ lava: [{ url: lava.url, publisher: lava.eventUrl }], remembers: false });
  onTestFinished(() => gateway.close());
  await untilConnected(gateway);
  lava.fault = () => ({ kind: "delay", ms: 20 });

  let busy = true;
  let answered = 0;
  const alice = asUser(lava.users.alice.token);
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let turn = 0; busy; turn += 1) {
      await gateway.query(`{ testJobs(first: 1, filter: { text: "${client} ${turn}" }) { nodes { id } } }`, {}, alice);
      answered += 1;
    }
  });
  const told: number[] = [];
  for (let job = 0; job < JOBS; job += 1) {
    const [id = ""] = lava.submit("bob", jobFile("queued"));
    const updates = gateway.subscribe(
      `subscription ($id: ID!) { testJobUpdates(jobIds: [$id]) { state health source } }`,
      { id },
      asUser(lava.users.bob.token),
    );
    expect((await nextStep(updates))?.change).toBe("SUBMITTED UNKNOWN");
    const before = answered;
    await lava.advance(Number(id), "Running");
    for (let step = await nextStep(updates); step?.change !== "RUNNING UNKNOWN"; step = await nextStep(updates));
    await lava.advance(Number(id), "Finished");
    for (let step = await nextStep(updates); step?.change !== "FINISHED COMPLETE"; step = await nextStep(updates));
    told.push(answered - before);
  }
  busy = false;
  await Promise.all(clients);
  // In turn with alice's line, each of its few reads waits for a handful of hers at most.
  expect(Math.max(...told)).toBeLessThan(16);
});
