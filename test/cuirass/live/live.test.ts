// Live builds and evaluations, over the sandbox, which has no events either: polls find everything.

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { BuildStep, CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { startGateway } from "../../support/gateway.js";
import type { Subscribed, TestGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";

const POLL_SECONDS = 0.05;

let cuirass: CuirassSandbox;
let gateway: TestGateway;

beforeEach(async () => {
  cuirass = await createCuirassSandbox();
  gateway = await startGateway({ cuirass: [{ url: cuirass.url, poll: POLL_SECONDS }] });
});
afterEach(async () => {
  await gateway.close();
  await cuirass.close();
});

const BUILD = `subscription ($ids: [Int!], $filter: BuildUpdatesFilter) {
  buildUpdates(buildIds: $ids, filter: $filter) { status source build { buildId phase } } }`;
const EVALUATION = `subscription ($id: Int, $specification: String) {
  evaluationUpdates(evaluationId: $id, specification: $specification) { status source evaluation { evaluationId } } }`;

/** `364 STARTED`, or `364 STARTED SNAPSHOT`; undefined at the end. */
async function next(following: Subscribed<Record<string, any>>): Promise<string | undefined> {
  const result = await following.next();
  if (result === undefined) return undefined;
  expect(result.errors).toBeUndefined();
  const { status, source, build, evaluation } = Object.values(result.data ?? {})[0];
  const said = `${build?.buildId ?? evaluation.evaluationId} ${status}`;
  return source === "POLL" ? said : `${said} ${source}`;
}

async function nextOf(following: Subscribed<Record<string, any>>, count: number): Promise<(string | undefined)[]> {
  const all = [];
  for (let at = 0; at < count; at += 1) all.push(await next(following));
  return all;
}

async function rest(following: Subscribed<Record<string, any>>): Promise<string[]> {
  const all = [];
  for (let one = await next(following); one !== undefined; one = await next(following)) all.push(one);
  return all;
}

async function queue(parameters = ""): Promise<{ id: number; buildstatus: number; evaluation: number }[]> {
  return (await (await fetch(`${cuirass.url}/api/queue?nr=1000${parameters}`)).json()) as never;
}

/** Waits until all of so many more regular polls of this kind have been answered. */
async function polls(route: string, count = 2): Promise<void> {
  const enough = (cuirass.requests.counts()[route] ?? 0) + count;
  await vi.waitFor(() => expect(cuirass.requests.counts()[route]).toBeGreaterThanOrEqual(enough), {
    timeout: 10_000,
    interval: 5,
  });
}

/** Moves a build on step by step, each seen before the next. */
async function live(following: Subscribed<Record<string, any>>, id: number, steps: readonly BuildStep[]) {
  const seen = [];
  for (const step of steps) {
    cuirass.advance(id, step);
    seen.push(await next(following));
  }
  return seen;
}

describe("buildUpdates of builds that are named", () => {
  test("tells a build's life in order and completes at its end", async () => {
    const id = (await queue("&jobset=images"))[0]?.id ?? 0;
    const following = gateway.subscribe(BUILD, { ids: [id] });
    expect(await next(following)).toBe(`${id} SCHEDULED SNAPSHOT`);
    expect(await live(following, id, ["submitted", "started", "failed"])).toEqual([
      `${id} SUBMITTED`,
      `${id} STARTED`,
      `${id} FAILED`,
    ]);
    expect(await rest(following)).toEqual([]);
    expect(Object.keys(cuirass.requests.counts()).sort()).toEqual(["GET /api/queue", "GET /build/ID"]);
  });

  test("tells only the end of a build that has ended, and follows it no further", async () => {
    const [build] = cuirass.builds();
    const following = gateway.subscribe(BUILD, { ids: [build?.buildId] });
    expect(await rest(following)).toEqual([`${build?.buildId} SUCCEEDED SNAPSHOT`]);
  });

  test("tells of a cancellation, which leaves no end in Cuirass' lists", async () => {
    const [build] = await queue();
    const following = gateway.subscribe(BUILD, { ids: [build?.id] });
    await next(following);
    await fetch(`${cuirass.url}/admin/evaluation/${build?.evaluation}/cancel`, { redirect: "manual" });
    expect(await rest(following)).toEqual([`${build?.id} CANCELED`]);
  });

  test("completes when the last of a set has ended; a large set costs two lists a poll", async () => {
    const ids = (await queue()).map(({ id }) => id).slice(0, 25);
    const following = gateway.subscribe(BUILD, { ids });
    const snapshot = await nextOf(following, ids.length);
    expect(snapshot.map((said) => Number(said?.split(" ")[0]))).toEqual(ids);
    await polls("GET /api/latestbuilds");
    cuirass.requests.reset();
    await polls("GET /api/latestbuilds", 4);
    expect(cuirass.requests.counts()["GET /build/ID"]).toBeUndefined();
    for (const [at, id] of ids.entries()) cuirass.advance(id, at % 2 === 0 ? "succeeded" : "canceled");
    const ends = await rest(following);
    expect(ends.toSorted()).toEqual(ids.map((id, at) => `${id} ${at % 2 === 0 ? "SUCCEEDED" : "CANCELED"}`).toSorted());
  });

  test("refuses what does not exist, and more than one way of naming", async () => {
    const refusal = async (variables: Record<string, unknown>) =>
      (await gateway.subscribe(BUILD, variables).next())?.errors?.[0];
    expect(await refusal({ ids: [999_999] })).toMatchObject({
      message: "buildIds: there is no build 999999",
      extensions: { code: "BAD_USER_INPUT" },
    });
    expect((await refusal({ ids: [] }))?.message).toBe("buildIds: 0 builds are named; allowed is 1 to 100");
    expect((await refusal({ ids: [1], filter: {} }))?.message).toMatch(/^filter: goes without `buildIds`/);
    expect((await refusal({ filter: { job: "a&b" } }))?.message).toMatch(/^filter\.job: holds "&"/);
  });
});

describe("buildUpdates of a filter", () => {
  test.each(["id", "buildstatus"])("tells of all builds beside one whose %s can't be read", async (name) => {
    const rows: Record<string, unknown>[] = await queue("&jobset=master");
    const waiting = rows.filter(({ buildstatus }) => buildstatus === -2);
    const [odd, other] = waiting;
    const body = () => rows.map((row) => (row === odd ? { ...row, [name]: null } : row));
    cuirass.fault = ({ path }) => (path.startsWith("/api/queue") ? { kind: "json", body: body() } : undefined);
    const following = gateway.subscribe(BUILD, { filter: { specification: "master" } });
    const running = rows
      .filter(({ buildstatus }) => buildstatus === -1)
      .map(({ id }) => `${String(id)} STARTED SNAPSHOT`);
    expect((await nextOf(following, running.length)).toSorted()).toEqual(running.toSorted());
    Object.assign(other ?? {}, { buildstatus: -1, starttime: 1_700_000_000 });
    expect(await next(following)).toBe(`${String(other?.id)} STARTED`);
    cuirass.fault = undefined;
    following.close();
  });

  test("begins with what runs and tells of starts, ends, cancellations and restarts that match", async () => {
    const waiting = (await queue("&jobset=master")).filter(({ buildstatus }) => buildstatus === -2).map(({ id }) => id);
    const running = (await queue("&jobset=master")).filter(({ buildstatus }) => buildstatus === -1).map(({ id }) => id);
    const [one = 0, two = 0, three = 0] = waiting;
    const following = gateway.subscribe(BUILD, { filter: { specification: "master" } });
    const snapshot = await nextOf(following, running.length);
    expect(snapshot.toSorted()).toEqual(running.map((id) => `${id} STARTED SNAPSHOT`).toSorted());
    // Of another specification: never told of.
    cuirass.advance((await queue("&jobset=guix"))[0]?.id ?? 0, "succeeded");
    expect(await live(following, one, ["submitted", "started", "succeeded"])).toEqual([
      `${one} SUBMITTED`,
      `${one} STARTED`,
      `${one} SUCCEEDED`,
    ]);
    expect(await live(following, two, ["canceled", "restarted", "started", "failed"])).toEqual([
      `${two} CANCELED`,
      `${two} SCHEDULED`,
      `${two} STARTED`,
      `${two} FAILED`,
    ]);
    await fetch(`${cuirass.url}/admin/build/${two}/restart`, { redirect: "manual" });
    expect(await next(following)).toBe(`${two} SCHEDULED`);
    // It starts and ends between two polls.
    cuirass.advance(three, "started");
    cuirass.advance(three, "failed");
    expect(await next(following)).toBe(`${three} FAILED`);
    const old = cuirass.builds().find(({ evaluation }) => evaluation === 17)?.buildId ?? 0;
    expect(await live(following, old, ["restarted", "started"])).toEqual([`${old} SCHEDULED`, `${old} STARTED`]);
  });

  test("tells of the builds that a new evaluation brings", async () => {
    const evaluation = cuirass.startEvaluation("images");
    const following = gateway.subscribe(BUILD, { filter: { evaluationId: evaluation } });
    await polls("GET /api/latestbuilds", 1);
    const ids = cuirass.endEvaluation(evaluation, "succeeded");
    const told = await nextOf(following, ids.length);
    expect(told.toSorted()).toEqual(ids.map((id) => `${id} SCHEDULED`).toSorted());
  });

  test("a second filter widens what the lists are asked for, and loses nothing of the first", async () => {
    const paths: string[] = [];
    cuirass.fault = ({ path }) => {
      if (path.startsWith("/api/queue")) paths.push(path);
      return undefined;
    };
    const [image] = await queue("&jobset=images");
    const [running = 0, ...others] = (await queue("&jobset=guix"))
      .filter(({ buildstatus }) => buildstatus === -1)
      .map(({ id }) => id);
    const images = gateway.subscribe(BUILD, { filter: { specification: "images" } });
    await polls("GET /api/latestbuilds");
    expect(paths.at(-1)).toBe("/api/queue?nr=200&jobset=images");
    cuirass.advance(image?.id ?? 0, "started");
    cuirass.advance(image?.id ?? 0, "succeeded");
    const guix = gateway.subscribe(BUILD, { filter: { specification: "guix" } });
    expect(await next(images)).toBe(`${image?.id} SUCCEEDED`);
    const snapshot = await nextOf(guix, 1 + others.length);
    expect(snapshot.toSorted()).toEqual([running, ...others].map((id) => `${id} STARTED SNAPSHOT`).toSorted());
    expect(paths.at(-1)).toBe("/api/queue?nr=200");
    cuirass.advance(running, "succeeded");
    expect(await next(guix)).toBe(`${running} SUCCEEDED`);
    guix.close();
    await vi.waitFor(() => expect(paths.at(-1)).toBe("/api/queue?nr=200&jobset=images"));
    cuirass.advance(image?.id ?? 0, "restarted");
    expect(await next(images)).toBe(`${image?.id} SCHEDULED`);
  });

  test("finds every end of a thousand and more that end between two polls", async () => {
    const ids: number[] = [];
    while (ids.length < 1_100) {
      const evaluation = cuirass.startEvaluation("master");
      ids.push(...cuirass.endEvaluation(evaluation, "succeeded"));
    }
    for (const id of ids) cuirass.advance(id, "started");
    const following = gateway.subscribe(BUILD, { filter: { specification: "master" } });
    expect((await nextOf(following, 100)).every((said) => said?.endsWith("STARTED SNAPSHOT"))).toBe(true);
    for (const id of ids) cuirass.advance(id, "succeeded");
    const told = await nextOf(following, ids.length);
    expect(told.toSorted()).toEqual(ids.map((id) => `${id} SUCCEEDED`).toSorted());
  }, 30_000);

  test("in a queue that Cuirass does not show whole, tells of what moves and not of what comes into sight", async () => {
    const ids: number[] = [];
    while (ids.length < 1_300) {
      const evaluation = cuirass.startEvaluation("master");
      ids.push(...cuirass.endEvaluation(evaluation, "succeeded"));
    }
    const order = (await queue("&jobset=master")).filter(({ buildstatus }) => buildstatus === -2).map(({ id }) => id);
    const last = ids.find((id) => !order.includes(id)) ?? 0;
    const running = (await queue("&jobset=master")).filter(({ buildstatus }) => buildstatus === -1);
    const following = gateway.subscribe(BUILD, { filter: { specification: "master" } });
    await nextOf(following, running.length);
    // Those behind move up by as many, and some of them into sight.
    const ahead = order.slice(0, 900);
    for (const id of ahead) cuirass.advance(id, "succeeded");
    const told = await nextOf(following, ahead.length);
    expect(told.toSorted()).toEqual(ahead.map((id) => `${id} SUCCEEDED`).toSorted());
    expect(await live(following, last, ["started", "succeeded"])).toEqual([`${last} STARTED`, `${last} SUCCEEDED`]);
  }, 30_000);

  test("in such a queue, tells of cancels and restarts wherever the build stands, once each", async () => {
    const ids: number[] = [];
    while (ids.length < 1_300) {
      ids.push(...cuirass.endEvaluation(cuirass.startEvaluation("master"), "succeeded"));
    }
    const shown = new Set((await queue("&jobset=master")).map(({ id }) => id));
    const hidden = ids.filter((id) => !shown.has(id));
    const running = (await queue("&jobset=master")).filter(({ buildstatus }) => buildstatus === -1);
    const following = gateway.subscribe(BUILD, { filter: { specification: "master" } });
    const many = gateway.subscribe(BUILD, { ids: [...hidden.slice(-30), ids.find((id) => shown.has(id)) ?? 0] });
    await Promise.all([nextOf(following, running.length), nextOf(many, 31)]);
    await polls("GET /api/jobs", 40);
    // One by one, then more than are read by id.
    const [one = 0, ...others] = hidden.slice(-30);
    cuirass.advance(one, "canceled");
    expect([await next(following), await next(many)]).toEqual([`${one} CANCELED`, `${one} CANCELED`]);
    for (const id of others) cuirass.advance(id, "canceled");
    const canceled = others.map((id) => `${id} CANCELED`).toSorted();
    expect((await nextOf(following, others.length)).toSorted()).toEqual(canceled);
    expect((await nextOf(many, others.length)).toSorted()).toEqual(canceled);
    // Of an evaluation of which nothing is left to do.
    const old = cuirass
      .states()
      .find(({ jobset, status, id }) => jobset === "master" && status === 0 && !ids.includes(id));
    cuirass.advance(old?.id ?? 0, "restarted");
    cuirass.advance(one, "restarted");
    const restarted = [`${old?.id ?? 0} SCHEDULED`, `${one} SCHEDULED`].toSorted();
    expect((await nextOf(following, 2)).toSorted()).toEqual(restarted);
    cuirass.advance(one, "started");
    expect(await next(following)).toBe(`${one} STARTED`);
    following.close();
    many.close();
  }, 60_000);

  test("a failed dependency ends a set only when nothing of it runs", async () => {
    const [one, other] = (await queue("&jobset=master"))
      .filter(({ buildstatus }) => buildstatus === -2)
      .map(({ id }) => id);
    const ids = [one ?? 0, other ?? 0];
    const set = gateway.subscribe(BUILD, { ids });
    const alone = gateway.subscribe(BUILD, { ids: [one] });
    await Promise.all([nextOf(set, 2), next(alone)]);
    cuirass.advance(ids[0] ?? 0, "failedDependency");
    expect(await rest(alone)).toEqual([`${one} FAILED_DEPENDENCY`]);
    expect(await next(set)).toBe(`${one} FAILED_DEPENDENCY`);
    const late = gateway.subscribe(BUILD, { ids });
    expect((await nextOf(late, 2)).toSorted()).toEqual(
      [`${one} FAILED_DEPENDENCY SNAPSHOT`, `${other} SCHEDULED SNAPSHOT`].toSorted(),
    );
    for (const step of ["mended", "started"] as const) {
      cuirass.advance(ids[0] ?? 0, step);
      const told = `${one} ${step === "mended" ? "SCHEDULED" : "STARTED"}`;
      expect([await next(set), await next(late)]).toEqual([told, told]);
    }
    cuirass.advance(ids[1] ?? 0, "failedDependency");
    expect(await next(set)).toBe(`${other} FAILED_DEPENDENCY`);
    cuirass.advance(ids[0] ?? 0, "failed");
    expect(await rest(set)).toEqual([`${one} FAILED`]);
    expect(await rest(late)).toEqual([`${other} FAILED_DEPENDENCY`, `${one} FAILED`]);
  });
});

describe("evaluationUpdates", () => {
  test("tells of an evaluation's end and completes", async () => {
    const id = cuirass.startEvaluation("guix");
    const following = gateway.subscribe(EVALUATION, { id });
    expect(await next(following)).toBe(`${id} STARTED SNAPSHOT`);
    cuirass.endEvaluation(id, "failed");
    expect(await rest(following)).toEqual([`${id} FAILED`]);
    expect(await rest(gateway.subscribe(EVALUATION, { id }))).toEqual([`${id} FAILED SNAPSHOT`]);
    expect((await gateway.subscribe(EVALUATION, { id: 999_999 }).next())?.errors?.[0]?.message).toBe(
      "evaluationId: there is no evaluation 999999 that Cuirass can show",
    );
  });

  test("with `builds` tells each change of the counts, and completes when all builds have ended", async () => {
    const id = cuirass.startEvaluation("images");
    const document = `subscription { evaluationUpdates(evaluationId: ${id}, builds: true) {
      status source counts { pending succeeded failed total } evaluation { evaluationId } } }`;
    const following = gateway.subscribe(document);
    const counts = async () => ((await following.next())?.data as any)?.evaluationUpdates;
    expect(await counts()).toMatchObject({ status: "STARTED", source: "SNAPSHOT", counts: { total: 0 } });
    cuirass.endEvaluation(id, "succeeded");
    const jobs = (await (await fetch(`${cuirass.url}/api/jobs?evaluation=${id}`)).json()) as {
      build: number;
      status: number;
    }[];
    const left = jobs.filter(({ status }) => status < 0);
    expect(await counts()).toMatchObject({ status: "SUCCEEDED", counts: { total: jobs.length, pending: left.length } });
    expect(left.length).toBeGreaterThan(1);
    for (const [at, { build }] of left.entries()) {
      cuirass.advance(build, at === 0 ? "failed" : "succeeded");
      expect((await counts()).counts.pending).toBe(left.length - at - 1);
    }
    expect(await following.next()).toBeUndefined();
  });

  test("begins with those under way and tells of new ones, however many come at once, and of their end", async () => {
    const underWay = cuirass.startEvaluation("images");
    const all = gateway.subscribe(EVALUATION);
    const images = gateway.subscribe(EVALUATION, { specification: "images" });
    // The sandbox's history ends with an evaluation of master under way.
    expect(await nextOf(all, 2)).toEqual([`${underWay - 1} STARTED SNAPSHOT`, `${underWay} STARTED SNAPSHOT`]);
    expect(await next(images)).toBe(`${underWay} STARTED SNAPSHOT`);
    const ids = ["guix", "master", "guix", "images", "guix", "master", "guix"].map((name) =>
      cuirass.startEvaluation(name),
    );
    expect(await nextOf(all, ids.length)).toEqual(ids.map((id) => `${id} STARTED`));
    const image = ids[3] ?? 0;
    expect(await next(images)).toBe(`${image} STARTED`);
    cuirass.endEvaluation(underWay, "succeeded");
    expect([await next(all), await next(images)]).toEqual([`${underWay} SUCCEEDED`, `${underWay} SUCCEEDED`]);
    all.close();
    await polls("GET /api/evaluations");
    cuirass.endEvaluation(image, "aborted");
    expect(await next(images)).toBe(`${image} ABORTED`);
  });

  test.each(["master", null])(
    "goes on where evaluations that Cuirass can't show spoil the lists (%s)",
    async (name) => {
      const following = gateway.subscribe(EVALUATION, { specification: name });
      expect(await next(following)).toBe("20 STARTED SNAPSHOT");
      cuirass.addChannel("master");
      await polls("GET /api/evaluations", 4);
      const id = cuirass.startEvaluation("master");
      const later = cuirass.startEvaluation("master");
      expect([await next(following), await next(following)]).toEqual([`${id} STARTED`, `${later} STARTED`]);
      cuirass.endEvaluation(id, "succeeded");
      expect(await next(following)).toBe(`${id} SUCCEEDED`);
      // One that comes while nobody has seen any that can be shown.
      cuirass.addChannel("master");
      const other = gateway.subscribe(EVALUATION, { specification: "master" });
      await polls("GET /api/evaluations", 8);
      const newest = cuirass.startEvaluation("master");
      expect([await next(following), await next(other)]).toEqual([`${newest} STARTED`, `${newest} STARTED`]);
    },
  );
});

describe("polls", () => {
  test("cost the same for 200 subscribers as for one, and nothing when nobody subscribes", async () => {
    const id = (await queue("&jobset=images"))[0]?.id ?? 0;
    const cost = async (subscribers: number) => {
      cuirass.requests.reset();
      const following = Array.from({ length: subscribers }, () => gateway.subscribe(BUILD, { filter: {} }));
      const named = Array.from({ length: subscribers }, () => gateway.subscribe(BUILD, { ids: [id] }));
      const snapshots = await Promise.all([...following, ...named].map(next));
      expect(new Set(snapshots).size).toBe(2);
      cuirass.requests.reset();
      await polls("GET /api/latestbuilds", 5);
      const { "GET /api/latestbuilds": finished = 0, "GET /api/queue": queued = 0 } = cuirass.requests.counts();
      // The poll under way may have asked one of the two.
      expect(queued - finished).toBeLessThanOrEqual(1);
      for (const one of [...following, ...named]) one.close();
      return Object.keys(cuirass.requests.counts()).sort();
    };
    const routes = await cost(1);
    expect(routes).toEqual(["GET /api/latestbuilds", "GET /api/queue"]);
    expect(await cost(200)).toEqual(routes);
    await vi.waitFor(
      async () => {
        cuirass.requests.reset();
        // Ten regular polls would take as long.
        await sleep(10 * POLL_SECONDS * 1_000);
        expect(cuirass.requests.total()).toBe(0);
      },
      { timeout: 10_000 },
    );
  }, 30_000);

  test("miss nothing and keep the order while the server is down in between", async () => {
    const waiting = (await queue("&jobset=master")).filter(({ buildstatus }) => buildstatus === -2).map(({ id }) => id);
    const [one = 0, two = 0, three = 0] = waiting;
    const following = gateway.subscribe(BUILD, { filter: { specification: "master" } });
    const named = gateway.subscribe(BUILD, { ids: [one, three] });
    const running = (await queue("&jobset=master")).filter(({ buildstatus }) => buildstatus === -1);
    await nextOf(following, running.length);
    await nextOf(named, 2);
    expect(await live(following, one, ["started"])).toEqual([`${one} STARTED`]);
    for (const down of [{ kind: "reset" }, { kind: "status", status: 502 }, { kind: "status", status: 500 }] as const) {
      cuirass.fault = () => down;
      // The breaker asks its own question when it has opened meanwhile.
      const asked = () =>
        ["GET /api/queue", "GET /specifications"].map((route) => cuirass.requests.counts()[route] ?? 0);
      const before = asked().reduce((sum, count) => sum + count);
      const more = () => asked().reduce((sum, count) => sum + count) - before;
      await vi.waitFor(() => expect(more()).toBeGreaterThanOrEqual(2), { timeout: 10_000, interval: 5 });
    }
    cuirass.advance(one, "failed");
    cuirass.advance(two, "started");
    cuirass.advance(three, "canceled");
    cuirass.fault = undefined;
    const told = await nextOf(following, 3);
    expect(told.toSorted()).toEqual([`${one} FAILED`, `${two} STARTED`, `${three} CANCELED`].toSorted());
    expect((await rest(named)).toSorted()).toEqual([`${one} STARTED`, `${one} FAILED`, `${three} CANCELED`].toSorted());
    expect(await live(following, two, ["succeeded"])).toEqual([`${two} SUCCEEDED`]);
  }, 30_000);

  test("are made at once when a server answers again, and tell meanwhile that it is away", async () => {
    await gateway.close();
    // Nothing but the followers' own questions finds out that it is back.
    const limits = { retryDelayMs: 1, probeDelayMs: 600_000, probeDelayMaxMs: 600_000 };
    gateway = await startGateway({ cuirass: [{ url: cuirass.url, poll: POLL_SECONDS, limits }] });
    const metrics = async () => (await fetch(`${gateway.origin}/metrics`)).text();
    const source = async () => (await gateway.query(`{ servers { events { source } } }`)).data.servers[0].events.source;
    const [id = 0] = (await queue("&jobset=master"))
      .filter(({ buildstatus }) => buildstatus === -2)
      .map((one) => one.id);
    const named = gateway.subscribe(BUILD, { ids: [id] });
    const evaluations = gateway.subscribe(EVALUATION, { specification: "guix" });
    expect(await next(named)).toBe(`${id} SCHEDULED SNAPSHOT`);
    await polls("GET /api/evaluations");
    expect(await source()).toBe("POLL");
    cuirass.fault = () => ({ kind: "reset" });
    await vi.waitFor(async () => expect(await source()).toBe("AWAY"), { timeout: 15_000 });
    // Until it is not asked any more.
    await vi.waitFor(async () => expect(await metrics()).toMatch(/etna_upstream_breaker.*open.* 1/), {
      timeout: 15_000,
    });
    cuirass.advance(id, "started");
    const evaluation = cuirass.startEvaluation("guix");
    cuirass.fault = undefined;
    expect(await Promise.all([next(named), next(evaluations)])).toEqual([`${id} STARTED`, `${evaluation} STARTED`]);
    expect(await source()).toBe("POLL");
  }, 60_000);

  test("are not misled by a proxy's old answer", async () => {
    const builds = await queue("&jobset=master");
    const [running, other] = builds.map(({ id }) => id);
    const following = gateway.subscribe(BUILD, { filter: { specification: "master" } });
    await nextOf(following, builds.filter(({ buildstatus }) => buildstatus === -1).length);
    expect(await live(following, running ?? 0, ["succeeded"])).toEqual([`${running} SUCCEEDED`]);
    cuirass.fault = ({ path }) => (path.startsWith("/api/queue") ? { kind: "json", body: builds } : undefined);
    await polls("GET /api/latestbuilds");
    cuirass.fault = undefined;
    expect(await live(following, other ?? 0, ["failed"])).toEqual([`${other} FAILED`]);
  });

  test("are counted in the server's events", async () => {
    const events = async () =>
      (await gateway.query(`{ servers { events { source connected since lastEventAt received } } }`)).data.servers[0]
        .events;
    expect(await events()).toEqual({ source: "POLL", connected: false, since: null, lastEventAt: null, received: 0 });
    const id = (await queue("&jobset=images"))[0]?.id ?? 0;
    const before = Date.now();
    const following = gateway.subscribe(BUILD, { ids: [id] });
    await next(following);
    await live(following, id, ["started", "succeeded"]);
    const { since, lastEventAt, ...others } = await events();
    expect(others).toEqual({ source: "POLL", connected: false, received: 2 });
    // The poller may have come to rest since the last change: its subscription has completed with it.
    for (const time of [since, lastEventAt]) {
      expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(time)).toBeLessThanOrEqual(Date.now());
    }
  });

  test("that fail at the beginning answer the subscription", async () => {
    cuirass.fault = () => ({ kind: "status", status: 500 });
    for (const variables of [{ ids: [1] }, { filter: {} }]) {
      const following = gateway.subscribe(BUILD, variables);
      expect((await following.next())?.errors?.[0]?.extensions.code).toBe("UPSTREAM_FAILED");
      expect(await following.next()).toBeUndefined();
    }
  });
});

describe("runUpdates", () => {
  const RUNS = `subscription ($kinds: [RunKind!], $server: String) {
    runUpdates(kinds: $kinds, server: $server) { phase source run { __typename server { name } ... on Build { buildId } ... on TestJob { jobId } } } }`;
  let lava: LavaSandbox;
  let both: TestGateway;

  beforeEach(async () => {
    lava = await createLavaSandbox();
    both = await startGateway({ lava: [{ url: lava.url }], cuirass: [{ url: cuirass.url, poll: POLL_SECONDS }] });
  });
  afterEach(async () => {
    await both.close();
    await lava.close();
  });

  /** `Build 364 RUNNING` of what is no snapshot. */
  async function nextRun(following: Subscribed<Record<string, any>>): Promise<string> {
    for (;;) {
      const result = await following.next();
      expect(result?.errors).toBeUndefined();
      const { phase, source, run } = result?.data?.runUpdates ?? {};
      if (source !== "SNAPSHOT") return `${run.__typename} ${run.buildId ?? run.jobId} ${phase}`;
    }
  }

  test("tells of test jobs and builds in one stream", async () => {
    const following = both.subscribe(RUNS);
    await polls("GET /api/latestbuilds");
    const id = (await queue("&jobset=images"))[0]?.id ?? 0;
    cuirass.advance(id, "started");
    expect(await nextRun(following)).toBe(`Build ${id} RUNNING`);
    const [jobId] = lava.submit("alice", jobFile("played"));
    const told: string[] = [];
    while (!told.includes(`TestJob ${jobId} FINISHED`)) told.push(await nextRun(following));
    expect([...new Set(told)]).toEqual(["QUEUED", "RUNNING", "FINISHED"].map((phase) => `TestJob ${jobId} ${phase}`));
    cuirass.advance(id, "failed");
    expect(await nextRun(following)).toBe(`Build ${id} FINISHED`);
  });

  test("tells only of the wanted kind or server, and refuses where there is none", async () => {
    const first = async (variables: Record<string, unknown>) => {
      const following = both.subscribe(RUNS, variables);
      const result = await following.next();
      following.close();
      return result;
    };
    expect((await first({ kinds: ["BUILD"] }))?.data?.runUpdates.run.__typename).toBe("Build");
    expect((await first({ kinds: ["TEST_JOB"] }))?.data?.runUpdates.run.__typename).toBe("TestJob");
    expect((await first({ server: "cuirass" }))?.data?.runUpdates.run.server.name).toBe("cuirass");
    const message = async (variables: Record<string, unknown>) => (await first(variables))?.errors?.[0]?.message;
    expect(await message({ server: "moon" })).toMatch(/^server: no server is called "moon"/);
    expect(await message({ server: "lava", kinds: ["BUILD"] })).toBe("server: lava has no runs of this kind");
  });

  test("names a server that fails once, goes on with the others, and takes it up again", async () => {
    cuirass.fault = () => ({ kind: "status", status: 500 });
    const following = both.subscribe(RUNS, {});
    const results = [];
    // Those of LAVA's snapshot may come first.
    do results.push(await following.next());
    while (results.at(-1)?.errors === undefined);
    expect(results.at(-1)).toMatchObject({ data: null, errors: [{ extensions: { code: "UPSTREAM_FAILED" } }] });
    const [jobId] = lava.submit("alice", jobFile("played"));
    while ((await nextRun(following)) !== `TestJob ${jobId} FINISHED`);
    cuirass.fault = undefined;
    const result = await following.next();
    expect(result?.data?.runUpdates).toMatchObject({ source: "SNAPSHOT", run: { __typename: "Build" } });
  }, 20_000);
});

describe("what is deleted with its specification", () => {
  const codesOf = async (following: Subscribed<Record<string, any>>) => {
    const ends = (await following.rest()).at(-1)?.errors?.map(({ extensions }) => extensions["code"]);
    return ends ?? [];
  };

  test("ends what follows it by its number with GONE, builds one by one as well as many", async () => {
    const evaluation = cuirass.startEvaluation("images");
    const waiting = (await queue()).filter(({ buildstatus }) => buildstatus === -2);
    const of = (jobset: string) => waiting.filter((build: any) => build.jobset === jobset).map(({ id }) => id);
    const named = gateway.subscribe(EVALUATION, { id: evaluation });
    const one = gateway.subscribe(BUILD, { ids: [of("master")[0]] });
    const many = gateway.subscribe(BUILD, { ids: of("master").slice(0, 30) });
    expect(await next(named)).toBe(`${evaluation} STARTED SNAPSHOT`);
    await Promise.all([next(one), next(many)]);
    cuirass.deleteSpecification("master");
    expect(await Promise.all([codesOf(one), codesOf(many)])).toEqual([["GONE"], ["GONE"]]);
    cuirass.deleteSpecification("images");
    expect(await codesOf(named)).toEqual(["GONE"]);
  });

  test("ends what follows the specification, or its evaluation, with GONE, and nothing else", async () => {
    const evaluations = gateway.subscribe(EVALUATION, { specification: "master" });
    const others = gateway.subscribe(EVALUATION, { specification: "guix" });
    const builds = gateway.subscribe(BUILD, { filter: { specification: "master" } });
    const running = (await queue("&jobset=master")).find(({ buildstatus }) => buildstatus === -1);
    const own = gateway.subscribe(BUILD, { filter: { evaluationId: running?.evaluation } });
    const all = gateway.subscribe(BUILD, { filter: {} });
    await Promise.all([next(evaluations), next(builds), next(own), next(all), polls("GET /specifications", 4)]);
    cuirass.deleteSpecification("master");
    expect(await Promise.all([evaluations, builds, own].map(codesOf))).toEqual([["GONE"], ["GONE"], ["GONE"]]);
    const id = cuirass.startEvaluation("guix");
    expect(await next(others)).toBe(`${id} STARTED`);
    all.close();
  });
});
