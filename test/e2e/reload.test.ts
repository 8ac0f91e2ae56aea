// A running gateway that takes over another configuration: what has not changed goes on undisturbed, what has left says so.

import { describe, expect, test, vi } from "vitest";
import type { TestContext } from "vitest";
import { Secret } from "../../src/net/secret.js";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { sha256 } from "../../src/server/pipeline/documents.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway, TestGatewayOptions } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { FOLLOW, codesOf, nextStep, untilConnected } from "./scene.js";

async function startLava({ onTestFinished }: TestContext): Promise<LavaSandbox> {
  const lava = await createLavaSandbox({ jobs: 3 });
  onTestFinished(() => lava.close());
  return lava;
}

async function start(scope: TestContext, options: TestGatewayOptions): Promise<TestGateway> {
  const gateway = await startGateway(options);
  scope.onTestFinished(() => gateway.close());
  return gateway;
}

const QUEUED = "SUBMITTED UNKNOWN";
const NAMES = `{ servers { name } }`;
const DEVICES = `query ($server: String) { devices(first: 1, server: $server) { nodes { hostname } } }`;

/** A subscriber to a job that waits in the queue, who has heard of it. */
async function follower(gateway: TestGateway, lava: LavaSandbox, server: string) {
  const jobId = lava.submit("alice", jobFile("queued"))[0] ?? "";
  const updates = gateway.subscribe(FOLLOW, { jobId, server });
  expect(await nextStep(updates)).toMatchObject({ change: QUEUED });
  return { jobId, updates };
}

async function cancel(gateway: TestGateway, lava: LavaSandbox, server: string, jobId: string): Promise<void> {
  const mutation = `mutation ($jobId: ID!, $server: String) { cancelTestJob(testJob: { jobId: $jobId }, server: $server) { __typename } }`;
  const answer = await gateway.query(
    mutation,
    { jobId, server },
    { "X-Etna-Token": `${server}=${lava.users.alice.token}` },
  );
  expect(answer.errors).toEqual([]);
}

describe.concurrent("a gateway that takes over another configuration", () => {
  test("asks a server that has been added, and one that went on keeps its subscriber, connection and memory", async (scope) => {
    const [near, far] = await Promise.all([startLava(scope), startLava(scope)]);
    const gateway = await start(scope, { lava: [{ name: "near", url: near.url }] });
    await untilConnected(gateway);
    const { jobId, updates } = await follower(gateway, near, "near");
    await gateway.query(DEVICES, { server: "near" });
    await gateway.query(`{ workers(server: "near") { totalCount } deviceTypes(server: "near") { totalCount } }`);
    const hitsAndMisses = async () => {
      const metrics = await (await fetch(`${gateway.origin}/metrics`)).text();
      const counts = metrics.matchAll(/^etna_reads_total\{server="near",result="(?:hit|miss)"\} (\d+)$/gm);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    near.requests.reset();
    const before = await hitsAndMisses();
    // More than one that began anew could have by its one list.
    expect(before).toBeGreaterThan(2);

    const reloaded = await gateway.reload({
      lava: [
        { name: "far", url: far.url },
        { name: "near", url: near.url },
      ],
    });
    expect(reloaded).toEqual({ added: ["far"], adopted: [], replaced: [], removed: [], needRestart: [] });
    expect((await gateway.query(NAMES)).data).toEqual({ servers: [{ name: "far" }, { name: "near" }] });
    expect((await gateway.query(DEVICES, { server: "far" })).errors).toEqual([]);
    expect((await gateway.query(DEVICES, { server: "near" })).errors).toEqual([]);
    // Its feed is not looked for anew: nothing but the list of devices can have been asked for, and that only where it
    // had to be read again anyway, since the bus had just come up.
    expect(Object.keys(near.requests.counts()).filter((route) => route !== "GET devices/")).toEqual([]);
    expect(await hitsAndMisses()).toBeGreaterThanOrEqual(before);
    await cancel(gateway, near, "near", jobId);
    expect(await nextStep(updates)).toMatchObject({ source: "BUS" });
  });

  test("ends with a reason who follows a server that has left, and tells no viewer of it any more", async (scope) => {
    const [near, far] = await Promise.all([startLava(scope), startLava(scope)]);
    const gateway = await start(scope, {
      lava: [
        { name: "near", url: near.url },
        { name: "far", url: far.url },
      ],
    });
    const [stays, leaves] = await Promise.all([follower(gateway, near, "near"), follower(gateway, far, "far")]);
    const before = await gateway.query(DEVICES, { server: "far" });
    expect(before.errors).toEqual([]);
    expect(await gateway.reload({ lava: [{ name: "near", url: near.url }] })).toMatchObject({ removed: ["far"] });

    const end = await leaves.updates.next();
    expect(end?.errors).toMatchObject([
      {
        message: "far: events: the gateway's configuration does not have this server any more",
        extensions: { code: "UPSTREAM_UNREACHABLE", server: "far" },
      },
    ]);
    expect(await leaves.updates.next()).toBeUndefined();
    expect((await gateway.query(NAMES)).data).toEqual({ servers: [{ name: "near" }] });
    expect(codesOf(await gateway.query(DEVICES, { server: "far" }))).toEqual(["devices: BAD_USER_INPUT"]);
    await cancel(gateway, near, "near", stays.jobId);
    expect((await stays.updates.next())?.errors).toBeUndefined();
  });

  test("answers what was begun before on a server that has left", async (scope) => {
    const lava = await startLava(scope);
    const gateway = await start(scope, { lava: [{ name: "lab", url: lava.url }] });
    let arrived = false;
    lava.fault = ({ path }) => {
      if (!path.includes("/devices/")) return undefined;
      arrived = true;
      return { kind: "delay", ms: 500 };
    };
    const answer = gateway.query(DEVICES);
    await vi.waitFor(() => expect(arrived).toBe(true), { timeout: 15_000 });
    expect(await gateway.reload({})).toMatchObject({ removed: ["lab"] });
    expect((await answer).errors).toEqual([]);
    expect((await gateway.query(NAMES)).data).toEqual({ servers: [] });
  });

  test("takes another address of a server for another server: nothing of the old one is remembered", async (scope) => {
    const [old, other] = await Promise.all([startLava(scope), startLava(scope)]);
    const jobs = `{ testJobs(first: 1) { nodes { jobId } } }`;
    const gateway = await start(scope, { lava: [{ name: "lab", url: old.url }] });
    const { updates } = await follower(gateway, old, "lab");
    const before = await gateway.query(jobs);
    for (let at = 0; at < 3; at += 1) other.submit("alice", jobFile("queued"));
    expect(await gateway.reload({ lava: [{ name: "lab", url: other.url }] })).toMatchObject({ replaced: ["lab"] });
    const after = await gateway.query(jobs);
    expect(after.errors).toEqual([]);
    expect(after.data).not.toEqual(before.data);
    expect((await updates.next())?.errors?.[0]?.message).toMatch(/has changed; subscribe again$/);
  });

  test("takes over other tokens and limits, and ends who followed with the token that was replaced", async (scope) => {
    const lava = await startLava(scope);
    const { alice, bob } = lava.users;
    const entry = { name: "lab", url: lava.url, share: true };
    const gateway = await start(scope, { lava: [{ ...entry, token: new Secret(alice.token) }] });
    await untilConnected(gateway);
    const { updates } = await follower(gateway, lava, "lab");
    expect(await gateway.reload({ lava: [{ ...entry, token: new Secret(alice.token) }] })).toMatchObject({
      adopted: [],
    });
    expect(
      await gateway.reload({ lava: [{ ...entry, token: new Secret(bob.token), limits: { concurrency: 1 } }] }),
    ).toMatchObject({ adopted: ["lab"], replaced: [] });
    const mostAtOnce = await mostRequests(lava, () =>
      Promise.all(
        ["devices", "deviceTypes", "workers", "testJobs"].map((list) =>
          gateway.query(`{ ${list}(first: 1) { nodes { __typename } } }`),
        ),
      ),
    );
    expect(mostAtOnce).toBe(1);
    expect((await updates.next())?.errors?.[0]?.message).toMatch(/has changed; subscribe again$/);
  });

  test("follows a Cuirass on, and ends with a reason who follows one that has changed", async (scope) => {
    const cuirass = await createCuirassSandbox({});
    scope.onTestFinished(() => cuirass.close());
    const entry = { name: "guix", url: cuirass.url, poll: 1 };
    const gateway = await start(scope, { cuirass: [entry] });
    const updates = gateway.subscribe(`subscription { evaluationUpdates { evaluation { evaluationId } } }`);
    await vi.waitFor(async () => {
      const metrics = await (await fetch(`${gateway.origin}/metrics`)).text();
      expect(metrics).toContain('etna_subscribers{field="evaluationUpdates"} 1');
    });
    expect(await gateway.reload({ cuirass: [{ ...entry, limits: { concurrency: 2 } }] })).toMatchObject({
      adopted: ["guix"],
    });
    expect(await gateway.reload({ cuirass: [{ ...entry, poll: 2 }] })).toMatchObject({ replaced: ["guix"] });
    const rest = await updates.rest();
    expect(rest.at(-1)?.errors?.[0]?.message).toMatch(/guix: events: .* has changed; subscribe again$/);
  });

  test("runs other documents and limits from now on, also where the answer was remembered", async (scope) => {
    const lava = await startLava(scope);
    // Without the bus, whose coming up would end the life of what is remembered.
    const servers = { lava: [{ name: "lab", url: lava.url, events: "poll" as const }] };
    const gateway = await start(scope, servers);
    await gateway.query(DEVICES);
    expect((await gateway.query(DEVICES)).errors).toEqual([]);
    await gateway.reload({ ...servers, clients: { trustedDocuments: new Map([[sha256(NAMES), NAMES]]) } });
    expect((await gateway.query(NAMES)).errors).toEqual([]);
    expect(codesOf(await gateway.query(DEVICES))).toEqual(["(no path) undefined: DOCUMENT_NOT_TRUSTED"]);
    await gateway.reload({ ...servers, clients: { limits: { query: { depth: 2 } } } });
    expect(codesOf(await gateway.query(DEVICES))).toEqual(["(no path) undefined: LIMIT_EXCEEDED"]);
    expect((await gateway.query(NAMES)).errors).toEqual([]);
  });

  test("keeps everything as it was when a trusted document is none", async (scope) => {
    const lava = await startLava(scope);
    const gateway = await start(scope, { lava: [{ name: "lab", url: lava.url }] });
    const broken = { clients: { trustedDocuments: new Map([[sha256("{"), "{"]]) } };
    await expect(gateway.reload(broken)).rejects.toThrow(/Syntax Error/);
    expect((await gateway.query(NAMES)).data).toEqual({ servers: [{ name: "lab" }] });
  });

  test("says what only a restart takes over", async (scope) => {
    const gateway = await start(scope, {});
    expect(await gateway.reload({ cacheDir: "/elsewhere", telemetry: { metrics: false } })).toMatchObject({
      needRestart: ["data", "metrics"],
    });
  });
});

/** How many requests the server had at the same time. */
async function mostRequests(lava: LavaSandbox, work: () => Promise<unknown>): Promise<number> {
  let [now, most] = [0, 0];
  lava.fault = () => {
    now += 1;
    most = Math.max(most, now);
    setTimeout(() => (now -= 1), 45);
    return { kind: "delay", ms: 50 };
  };
  await work();
  lava.fault = undefined;
  return most;
}
