// What Cuirass' API lacks: workers, dependencies, channels files, queue totals, the newest commit that is built.

import { afterEach, expect, test } from "vitest";
import { parseDependencies, parseWorkers } from "../../../src/cuirass/protocol/html.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandboxOptions } from "../../../src/sandbox/cuirass/index.js";
import { readRecording } from "../../support/http-replay.js";
import { createGraph } from "../graph.js";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function start(options: CuirassSandboxOptions = {}) {
  const sandbox = await createCuirassSandbox(options);
  const graph = createGraph({ guix: sandbox.url }, { retryDelayMs: 1 });
  opened.push(graph, sandbox);
  const dataOf = async (document: string) => {
    const { data, errors } = await graph.query(document);
    expect(errors).toEqual([]);
    return data;
  };
  return { sandbox, dataOf };
}

test("workers are read from the page, as a real one has it", async () => {
  const recorded = parseWorkers(readRecording("html-workers.http").bytes.toString());
  expect(recorded?.slice(0, 3)).toEqual([
    { machine: "build-machine-00", build: 20236, job: "texlive-k7w59c.x86_64-linux", percent: 100 },
    { machine: "build-machine-00", build: 19629, job: "python-f35sqh.x86_64-linux", percent: 100 },
    { machine: "build-machine-01", build: 19713, job: "go-rwdw1q.i686-linux", percent: 100 },
  ]);
  const { sandbox, dataOf } = await start();
  const running = sandbox.states().filter(({ status }) => status === -1);
  const { servers } = await dataOf(
    `{ servers { ... on CuirassServer { workers { machine buildId job percent build { status } } } } }`,
  );
  const [{ workers }] = servers;
  expect(workers).toHaveLength(6);
  const shown = running.slice(0, 6);
  expect(workers.slice(0, shown.length)).toEqual(
    shown.map(({ id, job }, at) => ({
      ...{ machine: `build-machine-0${Math.floor(at / 2)}`, buildId: id, job, percent: 40 },
      build: { status: "STARTED" },
    })),
  );
  for (const idle of workers.slice(shown.length)) expect(idle).toMatchObject({ buildId: null, job: null, build: null });
});

test("dependencies are read from a build's page; a page that is none of Cuirass' is null", async () => {
  expect(parseDependencies(readRecording("html-build-details.http").bytes.toString())).toEqual([]);
  const { sandbox, dataOf } = await start();
  const build = sandbox.states().find(({ id, jobset }) => jobset === "master" && id > 40);
  const query = `{ build(buildId: ${build?.id}) { dependencies { buildId build { buildId system } } } }`;
  const { dependencies } = (await dataOf(query)).build;
  expect(dependencies).toHaveLength(3);
  for (const one of dependencies) expect(one.build).toEqual({ buildId: one.buildId, system: build?.system });
  sandbox.fault = ({ path }) => (/details|workers/.test(path) ? { kind: "html" } : undefined);
  expect((await dataOf(query)).build.dependencies).toBeNull();
  expect((await dataOf(`{ servers { ... on CuirassServer { workers { machine } } } }`)).servers[0].workers).toBeNull();
});

test("a channels file is there on newer versions only", async () => {
  const query = `{ evaluation(evaluationId: 12) { channelsFile checkouts { channel commit } } }`;
  expect((await (await start()).dataOf(query)).evaluation.channelsFile).toBeNull();
  const { evaluation } = await (await start({ newer: true })).dataOf(query);
  for (const { channel, commit } of evaluation.checkouts) {
    expect(evaluation.channelsFile).toContain(`(channel (name '${channel}) (commit "${commit}"))`);
  }
});

test("the queue is counted by system", async () => {
  const { sandbox, dataOf } = await start();
  const { queueTotals } = (
    await dataOf(`{ servers { ... on CuirassServer { queueTotals { system running waiting } } } }`)
  ).servers[0];
  const unfinished = sandbox.states().filter(({ status }) => status < 0);
  expect(queueTotals.map(({ system }: any) => system)).toEqual(
    [...new Set(unfinished.map((one) => one.system))].sort(),
  );
  for (const { system, running, waiting } of queueTotals) {
    const own = unfinished.filter((one) => one.system === system);
    expect([running, Number(running) + Number(waiting)]).toEqual([
      own.filter(({ status }) => status === -1).length,
      own.length,
    ]);
  }
});

test("the newest commit is that of the newest evaluation of which all jobs are built", async () => {
  const { sandbox, dataOf } = await start();
  const newest = async (jobs: string, system = "") =>
    (
      await dataOf(
        `{ specification(name: "images") { newestCommit(builtJobs: [${jobs}]${system}) { evaluationId evaluation { checkouts { commit } } } } }`,
      )
    ).specification.newestCommit;
  const id = sandbox.startEvaluation("images");
  const builds = sandbox.endEvaluation(id, "succeeded");
  const before = await newest('"qcow2-image.x86_64-linux", "iso9660-image.x86_64-linux"');
  expect(before.evaluationId).toBeLessThan(id);
  expect(before.evaluation.checkouts).toHaveLength(2);
  expect(builds.length).toBeGreaterThan(0);
  // It may share builds with older evaluations.
  const wanted = sandbox.states().filter(({ job, status }) => /^(qcow2|iso9660)-image/.test(job) && status !== 0);
  for (const build of wanted) sandbox.advance(build.id, "succeeded");
  expect((await newest('"qcow2-image", "iso9660-image"', ', system: "x86_64-linux"')).evaluationId).toBe(id);
  sandbox.requests.reset();
  expect(await newest('"nosuch"')).toBeNull();
  expect(sandbox.requests.counts()).toEqual({ "GET /specifications": 1, "GET /api/jobs/history": 2 });
});
