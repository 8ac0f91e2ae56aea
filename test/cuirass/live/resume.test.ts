// Subscribers to builds and evaluations that come back with the cursor of their last update. Cuirass is looked at only
// while somebody follows: of the time between, what can still be read is told.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import { untilConnected } from "../../e2e/scene.js";
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

const BUILD = `subscription ($ids: [Int!], $filter: BuildUpdatesFilter, $after: String) {
  buildUpdates(buildIds: $ids, filter: $filter, after: $after) { status source cursor cursorExpired build { buildId } } }`;
const EVALUATION = `subscription ($after: String) {
  evaluationUpdates(after: $after) { status source cursor cursorExpired evaluation { evaluationId } } }`;

interface Told {
  /** `364 STARTED POLL`, and `EXPIRED` where it says so. */
  readonly said: string;
  readonly cursor: string;
}

async function next(following: Subscribed<Record<string, any>>): Promise<Told | undefined> {
  const result = await following.next();
  if (result === undefined) return undefined;
  expect(result.errors).toBeUndefined();
  const { status, source, build, evaluation, cursor, cursorExpired } = Object.values(result.data ?? {})[0];
  const said = `${build?.buildId ?? evaluation.evaluationId} ${status} ${source}${cursorExpired === true ? " EXPIRED" : ""}`;
  return { said, cursor };
}

async function saidOf(following: Subscribed<Record<string, any>>, count: number): Promise<(string | undefined)[]> {
  const all = [];
  while (all.length < count) all.push((await next(following))?.said);
  return all;
}

/** Its builds that wait. */
async function queue(jobset: string): Promise<number[]> {
  const builds = (await (await fetch(`${cuirass.url}/api/queue?nr=1000&jobset=${jobset}`)).json()) as {
    id: number;
    buildstatus: number;
  }[];
  return builds.filter(({ buildstatus }) => buildstatus === -2).map(({ id }) => id);
}

/** Follows the builds of `master` until one of them has started, and leaves: that update's cursor. */
async function leaveAtStart(id: number): Promise<string> {
  const following = gateway.subscribe(BUILD, { filter: { specification: "master" } });
  // Until a build that is started comes, the follower may not have begun: then it is in its snapshot.
  cuirass.advance(id, "started");
  for (;;) {
    const told = await next(following);
    if (told?.said.startsWith(`${id} STARTED`) !== true) continue;
    following.close();
    return told.cursor;
  }
}

/** The cursor as another process reads it: what this one has sealed means nothing to it. */
const foreign = (cursor = "") => cursor.replace(/^[^.]*/, (sealed) => "x".repeat(sealed.length));

test("a build that ended while nobody followed is told to who comes back, and then what comes", async () => {
  const [id = 0, other = 0] = await queue("master");
  const following = gateway.subscribe(BUILD, { ids: [id, other] });
  await saidOf(following, 2);
  cuirass.advance(id, "started");
  const started = await next(following);
  expect(started?.said).toBe(`${id} STARTED POLL`);
  following.close();
  cuirass.advance(id, "succeeded");
  const again = gateway.subscribe(BUILD, { ids: [id, other], after: started?.cursor });
  expect((await saidOf(again, 2)).toSorted()).toEqual(
    [`${id} SUCCEEDED POLL`, `${other} SCHEDULED SNAPSHOT`].toSorted(),
  );
  cuirass.advance(other, "failed");
  expect((await next(again))?.said).toBe(`${other} FAILED POLL`);
  expect(await next(again)).toBeUndefined();
});

test("a filter's follower that comes back hears of the end of a build that ended meanwhile, and of nothing twice", async () => {
  const [id = 0, other = 0] = await queue("master");
  const cursor = await leaveAtStart(id);
  cuirass.advance(id, "failed");
  cuirass.advance(other, "started");
  const again = gateway.subscribe(BUILD, { filter: { specification: "master" }, after: cursor });
  expect((await saidOf(again, 2)).toSorted()).toEqual([`${id} FAILED POLL`, `${other} STARTED POLL`].toSorted());
  cuirass.advance(other, "succeeded");
  expect((await next(again))?.said).toBe(`${other} SUCCEEDED POLL`);
  again.close();
});

test("what somebody else's follower had found meanwhile is told in order, with the states between", async () => {
  const [id = 0, other = 0] = await queue("master");
  const staying = gateway.subscribe(BUILD, { filter: { specification: "master" } });
  const cursor = await leaveAtStart(id);
  while ((await next(staying))?.said.startsWith(`${id} STARTED`) !== true);
  for (const step of ["submitted", "started", "succeeded"] as const) {
    cuirass.advance(other, step);
    await next(staying);
  }
  const again = gateway.subscribe(BUILD, { filter: { specification: "master" }, after: cursor });
  expect(await saidOf(again, 3)).toEqual([
    `${other} SUBMITTED POLL`,
    `${other} STARTED POLL`,
    `${other} SUCCEEDED POLL`,
  ]);
  again.close();
  staying.close();
});

test("a cursor over a time in which only other builds were looked at tells what has ended, and then what runs", async () => {
  const [id = 0, other = 0] = await queue("master");
  const [elsewhere = 0] = await queue("images");
  const cursor = await leaveAtStart(id);
  const others = gateway.subscribe(BUILD, { filter: { specification: "images" } });
  cuirass.advance(elsewhere, "started");
  while ((await next(others))?.said.startsWith(`${elsewhere} STARTED`) !== true);
  cuirass.advance(other, "failed");
  const again = gateway.subscribe(BUILD, { filter: { specification: "master" }, after: cursor });
  expect((await next(again))?.said).toBe(`${other} FAILED REPAIRED`);
  const running = new Set<string | undefined>();
  while (!running.has(String(id))) running.add((await next(again))?.said.replace(/ STARTED SNAPSHOT$/, ""));
  again.close();
  others.close();
});

test("a made-up cursor, and one of another field, lead to a snapshot and say so", async () => {
  const [id = 0] = await queue("master");
  const evaluations = gateway.subscribe(EVALUATION);
  const foreign = (await next(evaluations))?.cursor;
  evaluations.close();
  for (const after of ["made-up", foreign]) {
    const following = gateway.subscribe(BUILD, { ids: [id], after });
    expect((await next(following))?.said).toBe(`${id} SCHEDULED SNAPSHOT EXPIRED`);
    following.close();
  }
});

test("an evaluation that came while nobody followed is told to who comes back", async () => {
  const following = gateway.subscribe(EVALUATION);
  const first = await next(following);
  const [, under = ""] = /^(\d+) STARTED SNAPSHOT$/.exec(first?.said ?? "") ?? [];
  following.close();
  const evaluation = cuirass.startEvaluation("master");
  cuirass.endEvaluation(Number(under), "failed");
  const again = gateway.subscribe(EVALUATION, { after: first?.cursor });
  expect((await saidOf(again, 2)).toSorted()).toEqual(
    [`${under} FAILED POLL`, `${evaluation} STARTED POLL`].toSorted(),
  );
  again.close();
});

test("runs go on on every server from one cursor, in another process too", async ({ onTestFinished }) => {
  const lava = await createLavaSandbox();
  onTestFinished(() => lava.close());
  const servers = { lava: [{ url: lava.url }], cuirass: [{ url: cuirass.url, poll: POLL_SECONDS }] };
  const both = await startGateway(servers);
  onTestFinished(() => both.close());
  await untilConnected(both);
  const document = `subscription ($after: String) { runUpdates(after: $after) {
    source cursor cursorExpired run { ... on Build { buildId status } ... on TestJob { jobId state } } } }`;
  const told = async (following: Subscribed<Record<string, any>>) => {
    const { source, cursor, cursorExpired, run } = (await following.next())?.data?.runUpdates ?? {};
    return { said: `${run.buildId ?? run.jobId} ${run.status ?? run.state} ${source}`, cursor, cursorExpired };
  };
  const [id = 0] = await queue("master");
  const [jobId = ""] = lava.submit("alice", jobFile("queued"));
  const following = both.subscribe(document);
  cuirass.advance(id, "started");
  let cursor = "";
  const seen = new Set<string>();
  while (![`${id} STARTED`, `${jobId} SUBMITTED`].every((wanted) => seen.has(wanted))) {
    const update = await told(following);
    cursor = update.cursor;
    seen.add(update.said.split(" ").slice(0, 2).join(" "));
  }
  following.close();
  cuirass.advance(id, "failed");
  await lava.advance(Number(jobId), "Finished");
  const again = both.subscribe(document, { after: cursor });
  const missed = new Set<string>();
  while (![`${id} FAILED POLL`, `${jobId} FINISHED BUS`].every((wanted) => missed.has(wanted))) {
    const update = await told(again);
    expect(update.cursorExpired).toBe(false);
    expect(missed.has(update.said)).toBe(false);
    missed.add(update.said);
  }
  again.close();
  // Another process knows no position of this one, but reads how far that subscriber was at each server.
  const other = await startGateway(servers);
  onTestFinished(() => other.close());
  const elsewhere = other.subscribe(document, { after: foreign(cursor) });
  const repaired = new Set<string>();
  while (![`${id} FAILED REPAIRED`, `${jobId} FINISHED REPAIRED`].every((wanted) => repaired.has(wanted))) {
    const update = await told(elsewhere);
    expect([update.said, update.cursorExpired]).toEqual([update.said, false]);
    expect(repaired.has(update.said)).toBe(false);
    repaired.add(update.said);
    cursor = update.cursor;
  }
  elsewhere.close();
  // Neither what has been told of one server nor what is yet to be told of the other is lost by a second restart.
  const [nextId = 0] = await queue("master");
  cuirass.advance(nextId, "started");
  cuirass.advance(nextId, "failed");
  const third = await startGateway(servers);
  onTestFinished(() => third.close());
  const last = third.subscribe(document, { after: foreign(cursor) });
  for (let said = ""; said !== `${nextId} FAILED REPAIRED`;) {
    const update = await told(last);
    expect([update.said, update.cursorExpired]).toEqual([update.said, false]);
    said = update.said;
  }
  last.close();
  const expired = both.subscribe(document, { after: "made-up" });
  expect((await told(expired)).cursorExpired).toBe(true);
  expired.close();
});

describe("over a restart of Etna,", () => {
  const restart = async () => {
    await gateway.close();
    gateway = await startGateway({ cuirass: [{ url: cuirass.url, poll: POLL_SECONDS }] });
  };

  test("all ends of the gap are told, each once and in order, then what runs, and then what comes", async () => {
    const waiting = await queue("master");
    const [before = 0, running = 0, next1 = 0, ...others] = waiting;
    cuirass.advance(before, "started");
    const cursor = await leaveAtStart(running);
    const again = gateway.subscribe(BUILD, { filter: { specification: "master" }, after: cursor });
    cuirass.advance(before, "succeeded");
    const told = await next(again);
    expect(told?.said).toBe(`${before} SUCCEEDED POLL`);
    again.close();
    await restart();
    const ended = others.slice(0, 38);
    for (const [at, id] of ended.entries()) cuirass.advance(id, at % 3 === 0 ? "failed" : "succeeded");
    const back = gateway.subscribe(BUILD, { filter: { specification: "master" }, after: foreign(told?.cursor) });
    const gap: Told[] = [];
    while (gap.length < ended.length) gap.push((await next(back)) as Told);
    const said = cuirass
      .states()
      .filter(({ id }) => ended.includes(id))
      .toSorted((a, b) => a.stoptime - b.stoptime || a.id - b.id)
      .map(({ id, status }) => `${id} ${status === 1 ? "FAILED" : "SUCCEEDED"} REPAIRED`);
    expect(gap.map((one) => one.said)).toEqual(said);
    for (;;) {
      const one = (await next(back))?.said;
      expect(one).toMatch(/ STARTED SNAPSHOT$/);
      if (one?.startsWith(`${running} `) === true) break;
    }
    cuirass.advance(next1, "failed");
    while ((await next(back))?.said !== `${next1} FAILED POLL`);
    back.close();
    // Once more, from the middle of what was told of the gap.
    await restart();
    const middle = gateway.subscribe(BUILD, { filter: { specification: "master" }, after: foreign(gap[6]?.cursor) });
    const left = [...said.slice(7), `${next1} FAILED REPAIRED`];
    // Those of the last second come by their number.
    expect((await saidOf(middle, left.length)).toSorted()).toEqual(left.toSorted());
    middle.close();
  });

  test("a cursor whose place was made up begins with a snapshot, and says so", async () => {
    const cursor = await leaveAtStart((await queue("master"))[0] ?? 0);
    await restart();
    for (const place of ["", ".", ".x", ".99999999999", ".1.2.x"]) {
      const made = gateway.subscribe(BUILD, {
        filter: { specification: "master" },
        after: `${foreign(cursor).split(".")[0]}${place}`,
      });
      expect((await next(made))?.said).toMatch(/ STARTED SNAPSHOT EXPIRED$/);
      made.close();
    }
  });
});
