import { isEnumType, isInputObjectType, isInterfaceType, isObjectType } from "graphql";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeGlobalId } from "../../../src/ci/global-id.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { createGraph, schema } from "../graph.js";
import type { Graph } from "../graph.js";

let sandbox: CuirassSandbox;
let graph: Graph;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  sandbox = await createCuirassSandbox();
  graph = createGraph({ guix: sandbox.url });
  opened.push(graph, sandbox);
});

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** The data, when there was no error of any kind. */
async function dataOf(document: string, variables?: Record<string, unknown>) {
  const { data, errors, reported } = await graph.query(document, variables);
  expect([errors, reported]).toEqual([[], []]);
  return data;
}

describe("a build", () => {
  it("is found by number, output and derivation, and by its global id", async () => {
    const { build } = await dataOf(
      `{ build(buildId: 40) { id buildId name job system outputs { name path } derivation url server { name } } }`,
    );
    expect(build).toMatchObject({ buildId: 40, name: build.job, url: `${sandbox.url}/build/40/details` });
    expect(build.server).toEqual({ name: "guix" });
    const found = await dataOf(
      `query ($path: String!, $derivation: String!, $id: ID!) {
        byOutput: buildByOutput(path: $path) { id }
        inside: buildByOutput(path: "${build.outputs[0].path}/bin/ruby") { id }
        byDerivation: buildByDerivation(derivation: $derivation) { id }
        node(id: $id) { __typename id ... on Run { name phase outcome } }
      }`,
      { path: build.outputs[0].path, derivation: build.derivation, id: build.id },
    );
    expect([found.byOutput.id, found.inside.id, found.byDerivation.id, found.node.id]).toEqual(
      Array<string>(4).fill(build.id),
    );
    expect(found.node).toMatchObject({ __typename: "Build", name: build.job, phase: "FINISHED", outcome: "SUCCEEDED" });
  });

  it("is null when there is none", async () => {
    const store = `/gnu/store/${"a".repeat(32)}-x`;
    const data = await dataOf(
      `{ build(buildId: 99999) { id } buildByOutput(path: "${store}") { id } buildByDerivation(derivation: "${store}.drv") { id } }`,
    );
    expect(data).toEqual({ build: null, buildByOutput: null, buildByDerivation: null });
  });

  it("leads to its evaluation and specification", async () => {
    const { build } = await dataOf(
      `{ build(buildId: 40) { evaluationId evaluation { evaluationId status checkouts { channel commit } } specificationName specification { name } } }`,
    );
    expect(build.evaluation.evaluationId).toBe(build.evaluationId);
    expect(build.specification.name).toBe(build.specificationName);
    expect(build.evaluation.checkouts[0].channel).toBe("guix");
  });

  it("has a log as soon as it has started", async () => {
    const { buildQueue } = await dataOf(`{ buildQueue(first: 100) { nodes { buildId status log { rawUrl } } } }`);
    for (const { status, log } of buildQueue.nodes) {
      if (status === "STARTED") expect(log.rawUrl).toMatch(/\/build\/\d+\/log\/raw$/);
      if (status === "SCHEDULED") expect(log).toBeNull();
    }
    const { build } = await dataOf(
      `{ build(buildId: 40) { log { lineCount head: lines(first: 1) { nodes { number text } } tail: lines(last: 1) { nodes { number text } }
        middle: lines(from: 3, first: 2) { nodes { number } }
        found: lines(contains: "BUILD'", first: 2) { nodes { text } } } } }`,
    );
    expect(build.log.head.nodes[0]).toEqual({ number: 0, text: "starting phase `set-SOURCE-DATE-EPOCH'" });
    expect(build.log.middle.nodes).toEqual([{ number: 3 }, { number: 4 }]);
    expect(build.log.tail.nodes[0].number).toBe(build.log.lineCount - 1);
    expect(build.log.found.nodes[0].text).toContain("`build'");
  });

  it("has an empty log where the server has none, and reads one that is bzip2", async () => {
    const expired = await dataOf(`{ build(buildId: 2) { log { lineCount lines { nodes { text } } } } }`);
    expect(expired.build.log).toEqual({ lineCount: 0, lines: { nodes: [] } });
    const { build } = await dataOf(
      `{ build(buildId: 4) { log { rawUrl lineCount lines(last: 1) { nodes { text } } } } }`,
    );
    expect(build.log).toMatchObject({ rawUrl: `${sandbox.url}/build/4/log/raw`, lineCount: 27 });
    expect(build.log.lines.nodes[0].text).toMatch(/^builder for /);
  });

  it("tells the size of a product beyond 2 GiB", async () => {
    const { builds } = await dataOf(
      `{ builds(first: 50, filter: { specification: "images", statuses: SUCCEEDED }) { nodes { products { type sizeBytes url } } } }`,
    );
    const products = builds.nodes.flatMap((build: { products: unknown[] }) => build.products);
    expect(products.some(({ sizeBytes }: { sizeBytes: number }) => sizeBytes > 2 ** 31)).toBe(true);
  });
});

describe("lists of builds", () => {
  it("page with cursors and narrow by filter", async () => {
    const seen: number[] = [];
    let after: string | null = null;
    do {
      const { builds }: any = await dataOf(
        `query ($after: String) { builds(first: 40, after: $after, filter: { specification: "master", statuses: [FAILED, FAILED_OTHER] }) {
          nodes { buildId status specificationName } pageInfo { hasNextPage endCursor } totalCount } }`,
        { after },
      );
      for (const { status } of builds.nodes) expect(status).toMatch(/^FAILED(_OTHER)?$/);
      expect(builds.totalCount).toBeNull();
      seen.push(...builds.nodes.map(({ buildId }: { buildId: number }) => buildId));
      after = builds.pageInfo.hasNextPage ? builds.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen.length).toBeGreaterThan(40);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("tell of the queue who runs and how long it is", async () => {
    const { buildQueue } = await dataOf(
      `{ buildQueue(first: 3, specification: "master", system: "x86_64-linux") { totalCount nodes { phase system createdAt } } }`,
    );
    expect(buildQueue.totalCount).toBeGreaterThan(3);
    expect(buildQueue.nodes[0]).toMatchObject({ phase: "RUNNING", system: "x86_64-linux" });
    expect(buildQueue.nodes[0].createdAt).not.toBeNull();
  });

  it("are among the runs of all systems", async () => {
    const { runs } = await dataOf(
      `{ runs(first: 5, filter: { phases: [RUNNING] }) { nodes { __typename phase name url startedAt durationSeconds } } }`,
    );
    expect(runs.nodes).toHaveLength(5);
    for (const run of runs.nodes) expect(run).toMatchObject({ __typename: "Build", phase: "RUNNING" });
    const none = await dataOf(`{ runs(filter: { kinds: [TEST_JOB] }) { nodes { id } } }`);
    expect(none.runs.nodes).toEqual([]);
  });

  it.each([
    [`{ build(buildId: 0) { id } }`, "buildId: 0 is not an id"],
    [`{ builds(filter: { job: "a&b" }) { nodes { id } } }`, 'filter.job: holds "&"'],
    [`{ builds(filter: { statuses: STARTED }) { nodes { id } } }`, "filter.statuses: STARTED builds are not finished"],
    [`{ builds(filter: { statuses: [] }) { nodes { id } } }`, "filter.statuses: is empty"],
    [`{ builds(first: 3, after: "x") { nodes { id } } }`, "after: is not a cursor"],
    [`{ builds(server: "x") { nodes { id } } }`, 'server: no server is called "x"; known are guix'],
    [`{ buildQueue(system: "") { nodes { id } } }`, "system: is empty"],
    [`{ buildByOutput(path: "/tmp/x") { id } }`, 'path: "/tmp/x" is not a store path'],
    [`{ buildByDerivation(derivation: "x") { id } }`, 'derivation: "x" is not a store path'],
    [`{ evaluation(evaluationId: -3) { id } }`, "evaluationId: -3 is not an id"],
    [`{ evaluations(specification: "a b") { nodes { id } } }`, 'specification: holds " "'],
    [`{ evaluation(evaluationId: 2) { jobs(names: ["a,b"]) { totalCount } } }`, 'names: "a,b" holds ,'],
    [`{ jobHistory(specification: "master", names: ["x"], last: 101) { evaluationId } }`, "last: 101 is out of range"],
    [`{ evaluations(commit: "abcdef") { nodes { id } } }`, 'commit: "abcdef" is not a commit; write at least 7'],
    [`{ evaluations(commit: "HEAD~1234") { nodes { id } } }`, 'commit: "HEAD~1234" is not a commit'],
    [`{ evaluations(statuses: []) { nodes { id } } }`, "statuses: is empty"],
    [`{ builds(filter: { derivation: "/gnu/store/x" }) { nodes { id } } }`, "filter.derivation: "],
    [
      `{ builds(filter: { derivation: "/gnu/store/${"a".repeat(32)}-a=b.drv" }) { nodes { id } } }`,
      'filter.derivation: holds "="',
    ],
    [`{ builds(filter: { worker: "a\\u0007" }) { nodes { id } } }`, 'filter.worker: holds "\\u0007"'],
    [`{ builds(filter: { job: "a\\u0000b" }) { nodes { id } } }`, 'filter.job: holds "\\u0000"'],
    [
      `{ builds(filter: { finishedAfter: "2026-01-01T00:00:00Z", statuses: CANCELED }) { nodes { id } } }`,
      "filter.statuses: Cuirass does not note when a build was CANCELED",
    ],
    [
      `{ builds(filter: { finishedAfter: "2026-01-02T00:00:00Z", finishedBefore: "2026-01-01T00:00:00Z" }) { nodes { id } } }`,
      "filter.finishedBefore: is not later than",
    ],
    [`{ builds(after: "1.2.3", filter: { finishedAfter: "2026-01-02T00:00:00Z" }) { nodes { id } } }`, "after: is not"],
  ])("refuse %s", async (document, message) => {
    const { errors } = await graph.query(document);
    expect(errors).toEqual([expect.stringContaining(message)]);
  });
});

describe("an evaluation", () => {
  it("has builds of its own and jobs that it shares", async () => {
    const { evaluation } = await dataOf(
      `{ evaluation(evaluationId: 17) { status specificationName startedAt checkoutsAt evaluatedAt url
        builds(first: 100) { nodes { buildId evaluationId phase } pageInfo { hasNextPage } }
        waiting: builds(first: 100, statuses: SCHEDULED) { nodes { status } }
        jobs(first: 1000) { totalCount nodes { name status buildId } }
        some: jobs(names: ["hello.x86_64-linux", "gtk+.x86_64-linux"]) { nodes { name } }
        failed: jobs(statuses: FAILED, system: "x86_64-linux") { totalCount nodes { status name } }
        summary { total succeeded failed canceled pending byStatus { status count } } } }`,
    );
    expect(evaluation).toMatchObject({ status: "SUCCEEDED", specificationName: "master" });
    expect(evaluation.builds.nodes.length).toBeLessThan(evaluation.jobs.totalCount);
    expect(new Set(evaluation.builds.nodes.map((build: any) => build.evaluationId))).toEqual(new Set([17]));
    expect(new Set(evaluation.builds.nodes.map((build: any) => build.phase))).toEqual(
      new Set(["QUEUED", "RUNNING", "FINISHED"]),
    );
    expect(new Set(evaluation.waiting.nodes.map((build: any) => build.status))).toEqual(new Set(["SCHEDULED"]));
    expect(evaluation.some.nodes.map((job: any) => job.name)).toEqual(["gtk+.x86_64-linux", "hello.x86_64-linux"]);
    const failedJobs = evaluation.jobs.nodes.filter(
      (job: any) => job.status === "FAILED" && job.name.endsWith(".x86_64-linux"),
    );
    expect(evaluation.failed.totalCount).toBe(failedJobs.length);
    const { total, byStatus, ...parts } = evaluation.summary;
    expect(total).toBe(evaluation.jobs.totalCount);
    const sumOf = (counts: unknown[]) => counts.reduce((sum: number, count) => sum + Number(count), 0);
    expect(sumOf(Object.values(parts))).toBe(total);
    expect(sumOf(byStatus.map(({ count }: any) => count))).toBe(total);
    expect(byStatus.find(({ status }: any) => status === "SUCCEEDED").count).toBe(parts.succeeded);
  });

  it("asks for its jobs once, whatever is wanted of them", async () => {
    await dataOf(
      `{ evaluation(evaluationId: 17) { a: jobs(first: 1) { totalCount } b: jobs(last: 2) { nodes { name } } summary { total } } }`,
    );
    expect(sandbox.requests.counts()).toEqual({ "GET /api/evaluation": 1, "GET /api/jobs": 1 });
  });

  it("is asked for once by all builds of a page", async () => {
    await dataOf(`{ builds(first: 20) { nodes { evaluation { evaluationId } specification { name } } } }`);
    const counts = sandbox.requests.counts();
    expect(counts["GET /specifications"]).toBe(1);
    expect(counts["GET /api/evaluation"]).toBeLessThanOrEqual(3);
  });

  it("is listed with its specification", async () => {
    const id = encodeGlobalId("Specification", "guix", "master");
    const { node } = await dataOf(
      `query ($id: ID!) { node(id: $id) { ... on Specification { evaluations(first: 2) { nodes { evaluationId specification { name } } } } } }`,
      { id },
    );
    expect(node.evaluations.nodes).toEqual([
      { evaluationId: 20, specification: { name: "master" } },
      { evaluationId: 17, specification: { name: "master" } },
    ]);
  });

  it("needs no request of its own, nor does a build, for what a list has told", async () => {
    await dataOf(`{ evaluations(first: 20) { nodes { builds(first: 1) { nodes { evaluation { evaluationId } } } } } }`);
    expect(sandbox.requests.counts()).not.toHaveProperty("GET /api/evaluation");
    const job = "guix.x86_64-linux";
    await dataOf(
      `query ($job: String!) { builds(first: 1, filter: { job: $job }) { nodes { evaluation { jobs(names: [$job]) { nodes { build { buildId } } } } } } }`,
      { job },
    );
    expect(sandbox.requests.counts()).not.toHaveProperty("GET /build/ID");
  });

  it("has as many entries in a job's history as are asked for, though most of the newest lack the job", async () => {
    const history = `jobHistory(specification: "images", names: ["qcow2-image.x86_64-linux"], last: 3) { evaluationId }`;
    const before = (await dataOf(`{ ${history} }`)).jobHistory;
    expect(before).toHaveLength(3);
    // Evaluations that have succeeded without any job.
    for (let more = 0; more < 5; more += 1) {
      const id = sandbox.startEvaluation("images");
      sandbox.endEvaluation(id, "succeeded");
      sandbox.dropJobs(id);
    }
    sandbox.requests.reset();
    expect((await dataOf(`{ ${history} }`)).jobHistory).toEqual(before);
    expect(sandbox.requests.counts()).toEqual({ "GET /api/jobs/history": 2 });
  });

  it("tells why it failed", async () => {
    const { evaluation } = await dataOf(
      `{ evaluation(evaluationId: 7) { status statusCode evaluatedAt log { rawUrl lines { nodes { text } } } jobs { totalCount } } }`,
    );
    expect(evaluation).toMatchObject({ status: "FAILED", statusCode: 1, evaluatedAt: null, jobs: { totalCount: 0 } });
    expect(evaluation.log.lines.nodes.map((line: any) => line.text)).toContain("error: guix: unbound variable");
  });

  it("that Cuirass can't show is told from one that there is not, and named when it is missing in a list", async () => {
    const broken = await createCuirassSandbox();
    broken.addChannel("images");
    const other = createGraph({ guix: broken.url });
    opened.push(other, broken);
    const { data, errors, reported } = await other.query(
      `{ evaluation(evaluationId: 18) { id } none: evaluation(evaluationId: 999) { id } evaluations(first: 3) { nodes { evaluationId } } }`,
    );
    expect(data).toMatchObject({ evaluation: null, none: null });
    expect(data.evaluations.nodes.map((one: any) => one.evaluationId)).toEqual([20, 19, 17]);
    expect(errors).toEqual([expect.stringContaining("evaluation 18 exists, but Cuirass can't show it")]);
    expect(reported).toEqual([expect.stringContaining("evaluations 18")]);
  });
});

describe("a specification", () => {
  it("says what it builds, without anybody's mail address", async () => {
    const { specifications } = await dataOf(
      `{ specifications { id name kind packages systems period priority channels { name url branch commit } server { name } } }`,
    );
    expect(specifications.map(({ name, kind }: any) => [name, kind])).toEqual([
      ["core-packages-team", "packages"],
      ["guix", "guix"],
      ["images", "images"],
      ["master", "all"],
    ]);
    expect(specifications[0].packages).toEqual(["hello", "gcc-toolchain", "emacs"]);
    const { specification, node, none } = await dataOf(
      `query ($id: ID!) { specification(name: "images") { id period } node(id: $id) { id } none: specification(name: "x") { id } }`,
      { id: specifications[2].id },
    );
    expect([specification.id, specification.period, none]).toEqual([node.id, 86_400, null]);
  });

  it("says which files become products", async () => {
    const { specifications } = await dataOf(`{ specifications { name outputs { job type output path } } }`);
    expect(specifications.map(({ name, outputs }: any) => [name, outputs.length])).toEqual([
      ["core-packages-team", 0],
      ["guix", 0],
      ["images", 2],
      ["master", 0],
    ]);
    expect(specifications[2].outputs[0]).toEqual({ job: "iso9660-image.*", type: "iso9660", output: "out", path: "" });
  });

  it("has a newest evaluation that succeeded, for two requests", async () => {
    const ask = `{ specification(name: "master") { latestEvaluation { evaluationId status } } }`;
    // The newest still runs.
    expect((await dataOf(ask)).specification.latestEvaluation).toEqual({ evaluationId: 17, status: "SUCCEEDED" });
    expect(sandbox.requests.counts()).toEqual({
      "GET /specifications": 1,
      "GET /eval/latest": 1,
      "GET /api/evaluation": 1,
    });
    sandbox.endEvaluation(20, "succeeded");
    expect((await dataOf(ask)).specification.latestEvaluation.evaluationId).toBe(20);
  });

  it("has it at an older server too, whose route is missing", async () => {
    sandbox.fault = ({ path }) =>
      path.startsWith("/eval/latest") ? { kind: "status", status: 404, contentType: "text/plain" } : undefined;
    const { specification } = await dataOf(`{ specification(name: "master") { latestEvaluation { evaluationId } } }`);
    expect(specification.latestEvaluation.evaluationId).toBe(17);
  });

  it("takes no redirect to elsewhere for an evaluation", async () => {
    sandbox.fault = ({ path }) => (path.startsWith("/eval/latest") ? { kind: "html" } : undefined);
    const { data, errors } = await graph.query(
      `{ specification(name: "master") { latestEvaluation { evaluationId } } }`,
    );
    expect(data.specification).toEqual({ latestEvaluation: null });
    expect(errors).toEqual(["guix: GET /eval/latest: answered 200"]);
  });

  it("has a history of its jobs", async () => {
    const { jobHistory } = await dataOf(
      `{ jobHistory(specification: "master", names: ["hello.x86_64-linux"], last: 3) { evaluationId evaluation { specificationName }
        changedCheckouts { channel } jobs { name status build { buildId } buildId } } }`,
    );
    expect(jobHistory).toHaveLength(3);
    for (const { evaluation, jobs } of jobHistory) {
      expect(evaluation.specificationName).toBe("master");
      expect(jobs[0].build.buildId).toBe(jobs[0].buildId);
    }
  });
});

describe("several servers", () => {
  let second: CuirassSandbox;
  let both: Graph;

  beforeEach(async () => {
    second = await createCuirassSandbox({ evaluations: 8 });
    both = createGraph({ guix: sandbox.url, other: second.url }, { retryDelayMs: 1 });
    opened.push(both, second);
  });

  it("must be told apart where a number is given, but not where a store path is", async () => {
    const { errors } =
      await both.query(`{ build(buildId: 1) { id } evaluation(evaluationId: 1) { id } specification(name: "guix") { id }
      builds(filter: { evaluationId: 3 }) { nodes { id } } jobHistory(specification: "master", names: ["x"]) { evaluationId } }`);
    expect(errors).toHaveLength(5);
    for (const error of errors)
      expect(error).toContain("server: is needed with several Cuirass servers; known are guix, other");
    const { data } = await both.query(
      `query ($path: String!) { build(buildId: 1, server: "other") { server { name } } buildByOutput(path: $path) { buildId } }`,
      {
        path: sandbox.builds()[0]?.storePath,
      },
    );
    expect(data.build.server.name).toBe("other");
    expect(data.buildByOutput.buildId).toBe(sandbox.builds()[0]?.buildId);
  });

  it("are merged to one list, page after page", async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data, errors }: any = await both.query(
        `query ($after: String) { evaluations(first: 7, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      expect(errors).toEqual([]);
      seen.push(...data.evaluations.nodes.map(({ id }: any) => id));
      after = data.evaluations.pageInfo.hasNextPage ? data.evaluations.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toHaveLength(28);
    expect(new Set(seen).size).toBe(28);
  });

  it("answer for themselves when one of them is down", async () => {
    second.fault = () => ({ kind: "reset" });
    const { data, errors, reported } = await both.query(
      `{ servers { name reachable version url } specifications { name } builds(first: 2) { nodes { buildId } } buildQueue(first: 2) { nodes { status } }
        none: buildByOutput(path: "/gnu/store/${"a".repeat(32)}-x") { id } found: buildByOutput(path: "${sandbox.builds()[0]?.storePath}") { id } }`,
    );
    expect(errors).toEqual([]);
    expect(data.servers).toEqual([
      { name: "guix", reachable: true, version: "1.2.0", url: sandbox.url },
      { name: "other", reachable: false, version: null, url: second.url },
    ]);
    expect(data.specifications).toHaveLength(4);
    expect(data.builds.nodes).toHaveLength(2);
    expect(data.buildQueue.nodes[0].status).toBe("STARTED");
    expect([data.none === null, data.found === null]).toEqual([true, false]);
    expect(reported).toHaveLength(4);
    for (const fault of reported) expect(fault).toMatch(/^other: GET .*: connection failed/);
  });

  it("give null and an error when all are down", async () => {
    sandbox.fault = second.fault = () => ({ kind: "html" });
    const { data, errors } = await both.query(
      `{ specifications { name } builds { nodes { id } } runs { nodes { id } } servers { reachable } }`,
    );
    expect(data).toEqual({
      specifications: null,
      builds: null,
      runs: null,
      servers: [{ reachable: false }, { reachable: false }],
    });
    expect(errors).toHaveLength(3);
    for (const error of errors) expect(error).toContain("not JSON: an HTML page");
  });
});

it("knows no node of another server or type, and no node with an odd number", async () => {
  const ids = [
    encodeGlobalId("Build", "nosuch", 1),
    encodeGlobalId("TestJob", "guix", 1),
    encodeGlobalId("Build", "guix", "1e3"),
    encodeGlobalId("Evaluation", "guix", "x"),
    encodeGlobalId("CuirassServer", "guix", "guix"),
  ];
  const { nodes } = await dataOf(`query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }`, { ids });
  expect(nodes).toEqual([null, null, null, null, { __typename: "CuirassServer" }]);
});

it("describes every type, field, argument and value", () => {
  const missing: string[] = [];
  const check = (name: string, description: string | null | undefined) => {
    if (!description) missing.push(name);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (
      type.name.startsWith("__") ||
      ["Query", "Mutation", "Subscription", "String", "Int", "Boolean", "ID", "Float"].includes(type.name)
    )
      continue;
    check(type.name, type.description);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value.description);
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field.description);
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field.description);
        for (const arg of field.args) check(`${type.name}.${field.name}(${arg.name})`, arg.description);
      }
    }
  }
  expect(missing).toEqual([]);
});
