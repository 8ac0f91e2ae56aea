// How long what Cuirass has said is remembered, and what a poll's find ends the life of.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Memory } from "../../../src/cache/memory.js";
import { NOBODY_LEAVES, OperationScope } from "../../../src/cache/operation-scope.js";
import { ReadCache } from "../../../src/cache/read-cache.js";
import { Upstream } from "../../../src/cache/upstream.js";
import { createAsk } from "../../../src/net/ask.js";
import { CuirassClient } from "../../../src/cuirass/client/client.js";
import { parseQueryText, parseStoreItem, toBuildId, toEvaluationId } from "../../../src/cuirass/protocol/ids.js";
import type { QueryText, StoreItem } from "../../../src/cuirass/protocol/ids.js";
import { touchedByBuilds, touchedByEvaluations } from "../../../src/cuirass/client/keep.js";
import type { HttpReply } from "../../../src/net/http.js";
import type { HttpClient } from "../../../src/net/http.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { startGateway } from "../../support/gateway.js";

const SPEC = parseQueryText("master") as QueryText;
const ITEM = parseStoreItem("/gnu/store/00000000000000000000000000000000-hello") as StoreItem;

let now = 10_000;
let buildStatus: number;
let evaluationStatus: number;
let jobStatuses: readonly number[];
/** When the evaluation's jobs were known, in Unix seconds. */
let evaluatedAt: number;
/** Paths of the requests that went out. */
let asked: string[];
let cache: ReadCache;
let client: CuirassClient;

function answer(path: string): unknown {
  const [times, names] = [
    { timestamp: 5, starttime: 5, stoptime: 5 },
    { jobset: "master", job: "hello.x86_64-linux" },
  ];
  const build = {
    ...{ id: 7, evaluation: 3, ...names, ...times, derivation: "/gnu/store/x.drv", buildoutputs: {} },
    ...{ system: "x86_64-linux", nixname: "hello-1", buildstatus: buildStatus, weather: 0, priority: 1 },
    buildproducts: [],
  };
  const evaluation = {
    ...{ id: 3, specification: "master", status: evaluationStatus },
    ...{ timestamp: 1, checkouttime: 1, evaltime: 1, checkouts: [] },
  };
  if (path.startsWith("/build/")) return build;
  if (path.startsWith("/output/")) return { name: "out", derivation: "x.drv", build };
  if (path.startsWith("/api/evaluation?")) return evaluation;
  if (path.startsWith("/api/evaluations")) return [evaluation];
  if (path.startsWith("/api/jobs?"))
    return jobStatuses.map((status, at) => ({ build: at + 1, status, name: `j${at}` }));
  return [];
}

beforeEach(() => {
  now = 10_000;
  [buildStatus, evaluationStatus, jobStatuses, asked] = [0, 0, [0, 1], []];
  evaluatedAt = secondsAgo(60);
  const direct = {
    server: "guix",
    request: ({ path }: { readonly path: string }): Promise<HttpReply> => {
      asked.push(path);
      const body = Buffer.from(JSON.stringify(answer(path)));
      return Promise.resolve({ status: 200, headers: { "content-type": "application/json" }, body });
    },
    stream: ({ path }: { readonly path: string }) => {
      asked.push(path);
      return Promise.resolve({ status: 404, headers: {}, body: [], discard: () => undefined });
    },
  } as unknown as HttpClient;
  cache = new ReadCache({ server: "guix", url: "http://guix", memory: new Memory(1e6), eventsMs: () => 0 });
  client = new CuirassClient(
    new Upstream(direct, cache),
    createAsk(null, { scope: new OperationScope(NOBODY_LEAVES) }),
  );
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

function secondsAgo(seconds: number): number {
  return Math.floor(Date.now() / 1_000) - seconds;
}

/** Whether a question is asked again so many milliseconds later. */
async function isAskedAgain(ask: () => Promise<unknown>, laterMs: number): Promise<boolean> {
  await ask();
  now += laterMs;
  asked = [];
  await ask();
  return asked.length > 0;
}

const build = () => client.build(toBuildId(7));
const output = () => client.buildByOutput(ITEM);
const evaluation = () => client.shownEvaluation(toEvaluationId(3));
const jobs = () => client.jobs(toEvaluationId(3), {}, evaluatedAt);
/** The log, which is missing, of a build that ended so long ago. */
const log = (buildstatus: number, ago: number) =>
  client.buildLog(toBuildId(7), { buildstatus, starttime: 1, stoptime: buildstatus === 4 ? 0 : secondsAgo(ago) });
const evaluations = () => client.evaluations(3);
const builds = () => client.latestBuilds({}, 10);
const queue = () => client.queue({}, 10);
const history = () => client.jobHistory(SPEC, [SPEC], 5);

describe("a minute long", () => {
  test.each([
    ["a build that has ended", build],
    ["the same, found by its output", output],
    ["an evaluation that has ended", evaluation],
    ["jobs whose builds have all ended", jobs],
    [
      "jobs of an old evaluation, of which one was canceled and one's dependency failed",
      () => ((jobStatuses = [0, 2, 4]), (evaluatedAt = secondsAgo(4_000)), jobs()),
    ],
    ["that a finished build has no log", () => log(0, 100)],
    ["that a build whose dependency failed has none", () => log(2, 100)],
    ["that a canceled build has none", () => log(4, 0)],
    ["that an evaluation has none", () => client.evaluationLog(toEvaluationId(3), 2)],
    ["the specifications", () => client.specifications()],
  ])("%s", async (_, ask) => {
    expect(await isAskedAgain(ask, 59_000)).toBe(false);
    expect(await isAskedAgain(ask, 61_000)).toBe(true);
  });
});

describe("two seconds long", () => {
  const cases: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["a build that waits or runs", () => ((buildStatus = -1), build())],
    // Scheduled again by itself, when what it depends on has been built.
    ["a build whose dependency has failed", () => ((buildStatus = 2), output())],
    // Its worker may still finish it.
    ["a canceled build", () => ((buildStatus = 4), build())],
    ["an evaluation under way", () => ((evaluationStatus = -1), evaluation())],
    ["jobs of which one waits", () => ((jobStatuses = [0, -2]), (evaluatedAt = secondsAgo(4_000)), jobs())],
    ["jobs of a young evaluation, of which one was canceled", () => ((jobStatuses = [0, 4]), jobs())],
    [
      "jobs of an evaluation of unknown age, of which one's dependency failed",
      () => ((jobStatuses = [0, 2]), (evaluatedAt = 0), jobs()),
    ],
    ["that a build that runs has no log", () => log(-1, 0)],
    ["that a build that has just ended has none", () => log(0, 10)],
    ["that an evaluation under way has none", () => client.evaluationLog(toEvaluationId(3), -1)],
    ["jobs of an evaluation that has none yet", () => ((jobStatuses = []), jobs())],
    ["finished builds", builds],
    ["the queue", queue],
    ["the newest evaluations", evaluations],
    ["a history of jobs", history],
  ];
  test.each(cases)("%s", async (_, ask) => {
    expect(await isAskedAgain(ask, 1_900)).toBe(false);
    expect(await isAskedAgain(ask, 2_100)).toBe(true);
  });
});

describe("until a poll finds more about", () => {
  test.each([
    ["that build", build, touchedByBuilds([7]), true],
    ["the build that was found by its output", output, touchedByBuilds([7]), true],
    ["another build", build, touchedByBuilds([8]), false],
    ["any build, for jobs: it may be theirs", jobs, touchedByBuilds([8]), true],
    ["any build, for lists", queue, touchedByBuilds([8]), true],
    ["that evaluation", evaluation, touchedByEvaluations([3]), true],
    ["another evaluation", evaluation, touchedByEvaluations([4]), false],
    ["any evaluation, for lists", evaluations, touchedByEvaluations([4]), true],
  ])("%s", async (_, ask, touched, again) => {
    await ask();
    now += 500;
    asked = [];
    cache.drop(touched);
    await ask();
    expect(asked.length > 0).toBe(again);
  });

  test("anything, when something is changed through Etna", async () => {
    await Promise.all([build(), jobs(), client.specifications()]);
    cache.dropAll();
    asked = [];
    await Promise.all([build(), jobs(), client.specifications()]);
    expect(asked).toHaveLength(3);
  });
});

test("what a subscriber reads with an update is never older than the update", async ({ onTestFinished }) => {
  vi.restoreAllMocks();
  const cuirass = await createCuirassSandbox({ evaluations: 4 });
  onTestFinished(() => cuirass.close());
  const gateway = await startGateway({ cuirass: [{ url: cuirass.url, poll: 0.05 }] });
  onTestFinished(() => gateway.close());
  const id = cuirass.builds()[0]?.buildId ?? 0;
  const { data: named } = await gateway.query(`query ($id: Int!) { build(buildId: $id) { job } }`, { id });
  const name = JSON.stringify(named.build.job);
  const fields = `buildId status evaluation { jobs(names: [${name}]) { nodes { status build { buildId status } } } }`;
  const following = gateway.subscribe(
    `subscription { buildUpdates(filter: { job: ${name} }) { build { ${fields} } } }`,
  );
  const polls = () => cuirass.requests.counts()["GET /api/queue"] ?? 0;
  await vi.waitFor(() => expect(polls()).toBeGreaterThan(1));
  const query = `query ($id: Int!) { build(buildId: $id) { ${fields} } }`;
  const said = ({ build: one }: { build: any }) =>
    [one.status, ...one.evaluation.jobs.nodes.flatMap((job: any) => [job.status, job.build.status])] as string[];
  for (const [step, status] of [
    ["restarted", "SCHEDULED"],
    ["started", "STARTED"],
    ["succeeded", "SUCCEEDED"],
    ["restarted", "SCHEDULED"],
  ] as const) {
    // What is remembered now is from before the change, and would be for a minute where it has ended.
    await gateway.query(query, { id });
    cuirass.advance(id, step);
    const { data, errors } = (await following.next()) ?? {};
    expect(errors).toBeUndefined();
    expect(said(data?.["buildUpdates"])).toEqual([status, status, status]);
  }
});
