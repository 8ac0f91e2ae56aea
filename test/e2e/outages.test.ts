// LAVA's web server goes away, or denies a token, while somebody follows: an outage is waited out, a denial ends what
// follows, at once and once.

import { expect, test, vi } from "vitest";
import type { TestContext } from "vitest";
import { Secret } from "../../src/net/secret.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway, TestGatewayOptions } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { FOLLOW, nextStep, restSteps, untilConnected } from "./scene.js";

type Scope = Pick<TestContext, "onTestFinished">;

async function start({ onTestFinished }: Scope, entry: Partial<NonNullable<TestGatewayOptions["lava"]>[number]> = {}) {
  const lava = await createLavaSandbox({ jobs: 0 });
  onTestFinished(() => lava.close());
  const gateway = await startGateway({ lava: [{ name: "lab", url: lava.url, ...entry }] });
  onTestFinished(() => gateway.close());
  // It runs for some seconds, and writes its log.
  const id = Number(lava.submit("alice", jobFile("played").replace("play-seconds: '1'", "play-seconds: '12'"))[0]);
  return { lava, gateway, id };
}

const TAIL = `subscription ($run: ID!) { logLines(run: $run) { lines { number } nextLine finished } }`;

async function globalId(gateway: TestGateway, jobId: number): Promise<string> {
  const { data } = await gateway.query(`query ($jobId: ID!) { testJob(jobId: $jobId) { id } }`, {
    jobId: String(jobId),
  });
  return data.testJob.id as string;
}

/** Until as many requests have failed. */
async function away(lava: LavaSandbox, count: number): Promise<void> {
  let failed = 0;
  lava.fault = () => {
    failed += 1;
    return { kind: "reset" };
  };
  await vi.waitFor(() => expect(failed).toBeGreaterThanOrEqual(count), { timeout: 30_000, interval: 10 });
}

test("the web away: log lines and states wait, and are delivered to the end when it is back", async (scope) => {
  const { lava, gateway, id } = await start(scope, { events: "poll" });
  const jobs = gateway.subscribe(FOLLOW, { jobId: String(id) });
  expect(await nextStep(jobs)).toMatchObject({ source: "SNAPSHOT" });
  const log = gateway.subscribe(TAIL, { run: await globalId(gateway, id) });
  const first = (await log.next())?.data?.logLines as { readonly nextLine: number };
  await away(lava, 6);
  lava.fault = undefined;
  const results = await log.rest();
  expect(results.flatMap(({ errors }) => errors ?? [])).toEqual([]);
  expect(results.at(-1)?.data?.logLines.finished).toBe(true);
  const numbers = results.flatMap(({ data }) =>
    (data?.logLines.lines as { number: number }[]).map(({ number }) => number),
  );
  expect(numbers).toEqual(numbers.map((_, at) => first.nextLine + at));
  expect((await restSteps(jobs)).at(-1)).toMatchObject({ change: "FINISHED COMPLETE" });
}, 60_000);

test("a denied token ends what follows with UPSTREAM_DENIED, once, and is not asked with again", async (scope) => {
  const { lava, gateway, id } = await start(scope, { events: "poll" });
  const who = asUser(lava.users.alice.token);
  const run = await globalId(gateway, id);
  const all = [
    gateway.subscribe(FOLLOW, { jobId: String(id) }, who),
    gateway.subscribe("subscription { testJobUpdates { state } }", {}, who),
    gateway.subscribe('subscription { deviceUpdates(hostname: "bbb-01") { source } }', {}, who),
    gateway.subscribe(TAIL, { run }, who),
  ];
  for (const one of all) expect((await one.next())?.errors).toBeUndefined();
  let denied = 0;
  lava.fault = () => {
    denied += 1;
    return {
      kind: "status",
      status: 401,
      body: JSON.stringify({ detail: "Invalid token." }),
      contentType: "application/json",
    };
  };
  for (const one of all) {
    const results = await one.rest();
    expect(results.at(-1)?.errors).toMatchObject([{ extensions: { code: "UPSTREAM_DENIED" } }]);
    expect(results.filter(({ errors }) => errors !== undefined)).toHaveLength(1);
  }
  // Longer than a poll, which comes every 2 s: nobody asks any more.
  denied = 0;
  await new Promise((resolve) => setTimeout(resolve, 4_500));
  expect(denied).toBe(0);
}, 60_000);

test("a gateway's token that is not shared any more, or replaced, ends what followed with it, and nothing else", async (scope) => {
  const lava = await createLavaSandbox({ jobs: 0 });
  scope.onTestFinished(() => lava.close());
  const entry = { name: "lab", url: lava.url, share: true };
  const gateway = await startGateway({ lava: [{ ...entry, token: new Secret(lava.users.bob.token) }] });
  scope.onTestFinished(() => gateway.close());
  await untilConnected(gateway);
  const id = Number(lava.submit("bob", jobFile("queued"))[0]);
  const own = gateway.subscribe(FOLLOW, { jobId: String(id) }, asUser(lava.users.bob.token));
  expect((await own.next())?.errors).toBeUndefined();
  const documents = [
    "subscription { testJobUpdates { state } }",
    "subscription { serverEvents { topic } }",
    "subscription { runUpdates { phase } }",
  ];
  for (const change of [
    { token: new Secret(lava.users.alice.token) },
    { token: new Secret(lava.users.bob.token), share: false },
  ]) {
    const following = documents.map((document) => gateway.subscribe(document));
    const first = await following[0]?.next();
    expect(first?.errors).toBeUndefined();
    await gateway.reload({ lava: [{ ...entry, ...change }] });
    for (const one of following) {
      const results = await one.rest();
      expect(results.at(-1)?.errors?.[0]?.message).toMatch(/subscribe again$/);
    }
  }
  await lava.advance(id, "Finished");
  expect((await restSteps(own)).at(-1)?.change).toMatch(/^FINISHED/);
}, 60_000);
