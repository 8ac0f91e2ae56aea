// `serverEvents` and `events`: the bus as each viewer may hear it.

import { afterAll, beforeAll, expect, test } from "vitest";
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
async function followed(params: Record<string, string>, topics: string[]): Promise<Subscribed<Record<string, any>>> {
  const following = gateway.subscribe(FOLLOW, { topics: [...topics, "WORKER"] }, params);
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
