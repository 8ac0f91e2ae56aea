// A row of a list that is not as it should be fails only itself, and only where a client wants what is odd of it.

import { afterEach, beforeEach, expect, test } from "vitest";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { createGraph } from "../graph.js";
import type { Graph } from "../graph.js";

let sandbox: CuirassSandbox;
let graph: Graph;

beforeEach(async () => {
  sandbox = await createCuirassSandbox();
  graph = createGraph({ guix: sandbox.url }, { retryDelayMs: 1 });
});
afterEach(async () => {
  await graph.close();
  await sandbox.close();
});

/** The server gives this row of this list as `change` makes it. */
async function spoil(path: string, at: number, change: Readonly<Record<string, unknown>>): Promise<any[]> {
  const rows = (await (await fetch(sandbox.url + path)).json()) as Record<string, unknown>[];
  const body = rows.map((row, index) => (index === at ? { ...row, ...change } : row));
  const [route] = path.split("?");
  sandbox.fault = (request) => (request.path.split("?")[0] === route ? { kind: "json", body } : undefined);
  return rows;
}

test("a build whose product has no size is null with an error, and the others are answered", async () => {
  const products = [{ id: 7, type: "directory", path: "/gnu/store/x", "file-size": null }];
  const path = "/api/latestbuilds?nr=50&border-low-time=0&border-low-id=2147483647";
  const rows = await spoil(path, 1, { buildproducts: products });
  const odd = rows[1].id as number;
  const { data, errors } = await graph.query(
    `{ builds(first: 20) { nodes { buildId products { sizeBytes } } edges { node { buildId outputs { path } } } } }`,
  );
  const ids = data.builds.edges.map(({ node }: any) => node.buildId);
  expect(ids).toContain(odd);
  expect(data.builds.nodes).toHaveLength(20);
  expect(data.builds.nodes.map((node: any) => node?.buildId ?? odd)).toEqual(ids);
  expect(data.builds.nodes.filter((node: any) => node === null)).toHaveLength(1);
  expect(errors).toEqual([expect.stringContaining(`build ${odd}: at buildproducts.0.file-size: `)]);
});

test.each([
  ["jobset", null, "specificationName"],
  ["job", 5, "job"],
  ["job", 5, "name"],
  ["derivation", null, "derivation"],
  ["buildoutputs", { out: null }, "outputs { path }"],
  ["system", null, "system"],
  ["nixname", undefined, "nixName"],
  ["weather", null, "weather"],
])("the same for %s of %j", async (name, value, selection) => {
  const rows = await spoil("/api/queue?nr=300", 0, { [name]: value });
  const { data, errors } = await graph.query(`{ buildQueue(first: 100) { nodes { buildId ${selection} } } }`);
  expect(data.buildQueue.nodes).toHaveLength(rows.length);
  expect(data.buildQueue.nodes.filter((node: any) => node === null)).toHaveLength(1);
  expect(errors).toEqual([expect.stringMatching(`guix: a list: build ${rows[0].id}: at ${name}`)]);
  const whole = await graph.query(`{ buildQueue(first: 100) { nodes { buildId status } } }`);
  expect([whole.data.buildQueue.nodes.length, whole.errors]).toEqual([rows.length, []]);
});

test("the same for evaluations, jobs, specifications and a history", async () => {
  await spoil("/api/evaluations?nr=4", 2, { checkouts: null });
  const evaluations = await graph.query(`{ evaluations(first: 3) { nodes { evaluationId checkouts { commit } } } }`);
  expect(evaluations.data.evaluations.nodes.map((node: any) => node?.evaluationId)).toEqual([20, 19, undefined]);
  expect(evaluations.errors).toEqual([expect.stringContaining("evaluation 18: at checkouts")]);

  await spoil("/api/jobs?evaluation=18", 0, { name: null });
  const jobs = await graph.query(`{ evaluation(evaluationId: 18) { jobs { nodes { name } } summary { total } } }`);
  const { nodes } = jobs.data.evaluation.jobs;
  expect(nodes[0]).toBeNull();
  expect(nodes.filter((node: any) => node !== null)).toHaveLength(jobs.data.evaluation.summary.total - 1);

  await spoil("/specifications", 3, { channels: [{ name: "guix" }] });
  const { data } = await graph.query(`{ specifications { name channels { url } } names: specifications { name } }`);
  expect(data.specifications.map((one: any) => one?.name)).toEqual(["core-packages-team", "guix", "images", undefined]);
  expect(data.names.at(-1)).toEqual({ name: "master" });

  const names = `specification: "images", names: ["qcow2-image.x86_64-linux"]`;
  await spoil("/api/jobs/history?spec=images&names=qcow2-image.x86_64-linux&nr=3", 1, { checkouts: [{}] });
  const history = await graph.query(`{ jobHistory(${names}, last: 3) { evaluationId changedCheckouts { commit } } }`);
  expect(history.data.jobHistory.map((one: any) => one === null)).toEqual([false, true, false]);
});

/** Fields of a build that are null, with an error, without the build being so. */
const NULLABLE = new Set(["createdAt", "startedAt", "finishedAt"]);

test.each([
  ["id", null, "buildId"],
  ["buildstatus", null, "status"],
  ["buildstatus", "done", "phase"],
  ["timestamp", null, "createdAt"],
  ["evaluation", null, "evaluationId"],
  ["priority", "high", "priority"],
])("a build of the queue with %s %j is an error, and the others are answered", async (name, value, field) => {
  const rows = await spoil("/api/queue?nr=300", 3, { [name]: value });
  const ids = rows.map(({ id }) => id as number);
  const { data, errors } = await graph.query(`{ buildQueue(first: 100) { nodes { buildId ${field} } } }`);
  const { nodes } = data.buildQueue;
  expect(nodes).toHaveLength(ids.length);
  const isNull = (node: any) => (NULLABLE.has(field) ? node[field] === null && node.buildId === ids[3] : node === null);
  expect(nodes.filter(isNull)).toHaveLength(1);
  expect(ids).toEqual(expect.arrayContaining(nodes.flatMap((node: any) => node?.buildId ?? [])));
  expect(errors).toEqual([expect.stringContaining(name === "id" ? "row 4: at id: " : `build ${ids[3]}: at ${name}`)]);
});

test.each([
  ["id", null, "buildId"],
  ["stoptime", "late", "finishedAt"],
  ["starttime", null, "startedAt"],
])("a finished build with %s %j is an error in its place", async (name, value, field) => {
  const path = "/api/latestbuilds?nr=50&border-low-time=0&border-low-id=2147483647";
  await spoil(path, 1, { [name]: value });
  const whole = await graph.query(`{ builds(first: 20) { nodes { buildId ${field} } edges { cursor } } }`);
  expect(whole.data.builds.nodes).toHaveLength(20);
  const lost = whole.data.builds.nodes.filter((node: any) => node === null);
  expect(lost).toHaveLength(NULLABLE.has(field) ? 0 : 1);
  expect(whole.errors).toEqual([expect.stringContaining(`at ${name}: `)]);
  expect(new Set(whole.data.builds.edges.map(({ cursor }: any) => cursor)).size).toBe(20);
});

test("an evaluation, a job and a specification without what they go by are null, and the others are answered", async () => {
  await spoil("/api/evaluations?nr=4", 2, { id: null });
  const evaluations = await graph.query(`{ evaluations(first: 3) { nodes { evaluationId } } }`);
  expect(evaluations.data.evaluations.nodes.map((node: any) => node?.evaluationId)).toEqual([20, 19, undefined]);
  expect(evaluations.errors).toEqual([expect.stringContaining("row 3: at id: ")]);

  await spoil("/api/evaluations?nr=4", 2, { status: "done" });
  const statuses = await graph.query(`{ evaluations(first: 3) { nodes { evaluationId status } } }`);
  expect(statuses.data.evaluations.nodes.map((node: any) => node?.evaluationId)).toEqual([20, 19, undefined]);

  await spoil("/api/jobs?evaluation=18", 0, { build: null });
  const jobs = await graph.query(`{ evaluation(evaluationId: 18) { jobs { nodes { name buildId } } } }`);
  expect(jobs.data.evaluation.jobs.nodes.filter((node: any) => node === null)).toHaveLength(1);
  expect(jobs.errors).toEqual([expect.stringContaining("row 1: at build: ")]);

  await spoil("/specifications", 3, { name: 7 });
  const specifications = await graph.query(`{ specifications { name } }`);
  expect(specifications.data.specifications.map((one: any) => one?.name)).toEqual([
    ...["core-packages-team", "guix", "images"],
    undefined,
  ]);
});

test("rows of which none can be read fail the list", async () => {
  sandbox.fault = ({ path }) => (path.startsWith("/api/queue") ? { kind: "json", body: [{}, { id: "x" }] } : undefined);
  const { data, errors } = await graph.query(`{ buildQueue(first: 10) { nodes { buildId } } }`);
  expect(data.buildQueue).toBeNull();
  expect(errors).toEqual([expect.stringContaining("at 0.id: ")]);
});

test("of several nodes, one that can't be read fails only itself", async () => {
  const { data } = await graph.query(`{ builds(first: 2) { nodes { id buildId } } }`);
  const [one, other] = data.builds.nodes;
  sandbox.fault = ({ path }) => (path === `/build/${one.buildId}` ? { kind: "status", status: 403 } : undefined);
  const nodes = await graph.query(`query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids: [one.id, other.id] });
  expect(nodes.data.nodes).toEqual([null, { id: other.id }]);
  expect(nodes.errors).toHaveLength(1);
});
