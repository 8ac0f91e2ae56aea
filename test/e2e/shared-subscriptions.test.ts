// Thousands of subscribers to the same test jobs cost their server what one costs, and each is told as if it were alone.

import { expect, test } from "vitest";
import type { TestContext } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { openSocket } from "../server/raw-socket.js";
import { asUser, startGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { FOLLOW, nextStep, restSteps, untilConnected } from "./scene.js";

/** A LAVA, and a gateway that listens to it. */
async function start({ onTestFinished }: Pick<TestContext, "onTestFinished">) {
  const lava = await createLavaSandbox({ jobs: 0 });
  onTestFinished(() => lava.close());
  const gateway = await startGateway({ lava: [{ url: lava.url }] });
  onTestFinished(() => gateway.close());
  await untilConnected(gateway);
  return { lava, gateway };
}

function submit(lava: LavaSandbox, user = "alice", visibility = "public"): number {
  return Number(lava.submit(user, jobFile("queued").replace("visibility: public", `visibility: ${visibility}`))[0]);
}

const reads = (lava: LavaSandbox) => lava.requests.counts()["GET jobs/"] ?? 0;
const LIFE = ["SCHEDULED UNKNOWN", "RUNNING UNKNOWN", "FINISHED COMPLETE"];
const told = (changes: readonly string[]) => changes.map((change) => ({ change, source: "BUS" }));

test("5,000 subscribers on 50 sockets: one read at the beginning, one at the end, and each is told each state once and in order", async (scope) => {
  const SOCKETS = 50;
  const OPERATIONS = 100;
  const { lava, gateway } = await start(scope);
  const jobId = String(submit(lava));
  lava.requests.reset();
  const sockets = await Promise.all(Array.from({ length: SOCKETS }, () => openSocket(gateway.origin)));
  scope.onTestFinished(() => sockets.forEach((socket) => socket.terminate()));
  await Promise.all(sockets.map((socket) => socket.init()));
  const query = `subscription ($jobId: ID!) { testJobUpdates(jobIds: [$jobId]) { state health source } }`;
  for (const socket of sockets) {
    for (let id = 0; id < OPERATIONS; id += 1)
      socket.send({ type: "subscribe", id: String(id), payload: { query, variables: { jobId } } });
  }
  /** Each socket's next messages, one of each operation. */
  const round = async () => {
    const all = await Promise.all(
      sockets.map(async (socket) => {
        const messages = [];
        for (let at = 0; at < OPERATIONS; at += 1) messages.push(await socket.next());
        expect(new Set(messages.map(({ id }) => id)).size).toBe(OPERATIONS);
        return messages;
      }),
    );
    return [...new Set(all.flat().map(({ type, payload }) => JSON.stringify([type, payload?.data?.testJobUpdates])))];
  };
  const next = (state: string, health: string, source = "BUS") => [JSON.stringify(["next", { state, health, source }])];
  expect(await round()).toEqual(next("SUBMITTED", "UNKNOWN", "SNAPSHOT"));
  expect(lava.requests.counts()).toEqual({ "GET jobs/": 1 });

  lava.requests.reset();
  await lava.advance(Number(jobId), "Running");
  expect(await round()).toEqual(next("SCHEDULED", "UNKNOWN"));
  expect(await round()).toEqual(next("RUNNING", "UNKNOWN"));
  expect(lava.requests.counts()).toEqual({});
  await lava.advance(Number(jobId), "Finished");
  expect(await round()).toEqual(next("FINISHED", "COMPLETE"));
  expect(await round()).toEqual([JSON.stringify(["complete", undefined])]);
  expect(lava.requests.counts()).toEqual({ "GET jobs/": 1 });
});

test("one that joins late gets the job as it is, without a read, then only what comes later, and the end", async (scope) => {
  const { lava, gateway } = await start(scope);
  const id = submit(lava);
  const variables = { jobId: String(id) };
  const early = gateway.subscribe(FOLLOW, variables);
  expect(await nextStep(early)).toEqual({ change: "SUBMITTED UNKNOWN", source: "SNAPSHOT" });
  await lava.advance(id, "Running");
  expect([await nextStep(early), await nextStep(early)]).toEqual(told(LIFE.slice(0, 2)));
  lava.requests.reset();
  const late = gateway.subscribe(FOLLOW, variables);
  expect(await nextStep(late)).toEqual({ change: "RUNNING UNKNOWN", source: "SNAPSHOT" });
  expect(reads(lava)).toBe(0);
  await lava.advance(id, "Finished");
  expect(await restSteps(late)).toEqual(told(LIFE.slice(2)));
  expect(await restSteps(early)).toEqual(told(LIFE.slice(2)));
  // Those who shared it are gone: what is told now is read anew.
  expect(await restSteps(gateway.subscribe(FOLLOW, variables))).toEqual([
    { change: "FINISHED COMPLETE", source: "SNAPSHOT" },
  ]);
});

test("one of a set has ended: who joins late gets all of them as they are, and the end with the last", async (scope) => {
  const { lava, gateway } = await start(scope);
  const [first, second] = [submit(lava), submit(lava)];
  const follow = (...jobIds: number[]) =>
    gateway.subscribe(
      `subscription ($jobIds: [ID!]) { testJobUpdates(jobIds: $jobIds) { state health source testJob { jobId } } }`,
      { jobIds: jobIds.map(String) },
    );
  const early = follow(first, second);
  expect([await nextStep(early), await nextStep(early)]).toMatchObject([
    { source: "SNAPSHOT" },
    { source: "SNAPSHOT" },
  ]);
  await lava.advance(first, "Finished");
  for (const change of LIFE) expect(await nextStep(early)).toEqual({ change, source: "BUS" });
  // In another order, and twice the same: still the same jobs.
  const late = follow(second, first, second);
  expect([await nextStep(late), await nextStep(late)]).toEqual([
    { change: "SUBMITTED UNKNOWN", source: "SNAPSHOT" },
    { change: "FINISHED COMPLETE", source: "SNAPSHOT" },
  ]);
  await lava.advance(second, "Finished");
  expect(await restSteps(late)).toEqual(told(LIFE));
  expect(await restSteps(early)).toEqual(told(LIFE));
});

test("viewers of different rights never share: each is read with his own, and a private job's updates reach its owner alone", async (scope) => {
  const { lava, gateway } = await start(scope);
  const [open, secret] = [submit(lava), submit(lava, "bob", "personal")];
  const [alice, bob] = [asUser(lava.users.alice.token), asUser(lava.users.bob.token)];
  const follow = (jobId: number, who: Record<string, string>) =>
    gateway.subscribe(FOLLOW, { jobId: String(jobId) }, who);
  lava.requests.reset();
  const all = [];
  for (const who of [{}, alice, bob, {}, alice, bob]) {
    const updates = follow(open, who);
    expect(await nextStep(updates)).toEqual({ change: "SUBMITTED UNKNOWN", source: "SNAPSHOT" });
    all.push(updates);
  }
  expect(reads(lava)).toBe(3);
  const owner = follow(secret, bob);
  expect(await nextStep(owner)).toEqual({ change: "SUBMITTED UNKNOWN", source: "SNAPSHOT" });
  // While somebody who may see it follows it already.
  for (const who of [{}, alice]) {
    expect((await follow(secret, who).next())?.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  }
  await lava.advance(secret, "Finished");
  expect(await restSteps(owner)).toEqual(told(LIFE));
  await lava.advance(open, "Finished");
  for (const updates of all) expect(await restSteps(updates)).toEqual(told(LIFE));
});

test("subscribers come and go while the job moves: each is told of every state from the one that it began with", async (scope) => {
  const { lava, gateway } = await start(scope);
  const states = ["SUBMITTED", "SCHEDULED", "RUNNING", "FINISHED"];
  for (let turn = 0; turn < 5; turn += 1) {
    const id = submit(lava);
    const following: Promise<(string | undefined)[]>[] = [];
    const join = () => {
      const updates = gateway.subscribe(FOLLOW, { jobId: String(id) });
      following.push(restSteps(updates).then((steps) => steps.map(({ change }) => change.split(" ")[0])));
    };
    for (const to of ["Scheduled", "Running", "Finished"] as const) {
      for (let count = 0; count < 5; count += 1) join();
      const leaves = gateway.subscribe(FOLLOW, { jobId: String(id) });
      await nextStep(leaves);
      for (let count = 0; count < 5; count += 1) join();
      const moved = lava.advance(id, to, turn % 2 === 0 ? {} : { event: "early" });
      for (let count = 0; count < 5; count += 1) join();
      leaves.close();
      await moved;
    }
    for (const steps of await Promise.all(following))
      expect(steps).toEqual(states.slice(states.indexOf(steps[0] ?? "")));
  }
});

test("fifty who listen to the bus, and fifty who follow every device, cost a read or two, not fifty each", async (scope) => {
  const { lava, gateway } = await start(scope);
  const socket = await openSocket(gateway.origin);
  scope.onTestFinished(() => socket.terminate());
  await socket.init(asUser(lava.users.alice.token));
  const query = "subscription { serverEvents(topics: [TEST_JOB]) { topic state } }";
  for (let id = 0; id < 50; id += 1) socket.send({ type: "subscribe", id: String(id), payload: { query } });
  // Taken up before it is answered.
  socket.send({ type: "ping" });
  expect(await socket.next()).toEqual({ type: "pong" });
  lava.requests.reset();
  submit(lava);
  const told = new Map<string, number>();
  for (let at = 0; at < 50; at += 1) {
    const { id = "", payload } = await socket.next();
    expect(payload).toEqual({ data: { serverEvents: { topic: "TEST_JOB", state: "Submitted" } } });
    told.set(id, (told.get(id) ?? 0) + 1);
  }
  expect([...told.values()]).toEqual(Array(50).fill(1));
  expect(reads(lava)).toBeLessThan(3);

  lava.requests.reset();
  for (let id = 0; id < 50; id += 1)
    socket.send({ type: "subscribe", id: `d${id}`, payload: { query: "subscription { deviceUpdates { source } }" } });
  const devices = new Set<string>();
  while (devices.size < 50) {
    const { id = "", payload } = await socket.next();
    if (id.startsWith("d")) expect(payload).toEqual({ data: { deviceUpdates: { source: "SNAPSHOT" } } });
    if (id.startsWith("d")) devices.add(id);
  }
  expect(lava.requests.counts()["GET devices/"]).toBeLessThan(4);
});
