// A row of LAVA's lists that is not as it should be fails only itself, and only where a client wants what is odd of it.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";

let lava: LavaSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  lava = await createLavaSandbox({ events: false });
  gateway = await startGateway({ lava: [{ url: lava.url, events: "poll" }], remembers: false });
});
afterAll(async () => {
  await gateway.close();
  await lava.close();
});
afterEach(() => {
  lava.fault = undefined;
});

/** The list is answered with its second row as `change` makes it; that row as it was. */
async function spoil(path: string, change: Readonly<Record<string, unknown>>): Promise<any> {
  const url = `${lava.url}/api/v0.2/${path}`;
  const list: any = await (await fetch(url)).json();
  const results = list.results.map((row: any, at: number) => (at === 1 ? { ...row, ...change } : row));
  lava.fault = (request) =>
    request.path.startsWith(new URL(url).pathname) ? { kind: "json", body: { ...list, results } } : undefined;
  return list.results[1];
}

test.each([
  ["description", 5, "name"],
  ["state", null, "state"],
  ["state", null, "phase"],
  ["health", 7, "health"],
  ["submitter", null, "submitter"],
  ["priority", "high", "priority"],
  ["definition", {}, "definition"],
  ["definition", {}, "metadata { key }"],
  ["requested_device_type", 3, "deviceType { name }"],
  ["actual_device", {}, "device { hostname }"],
  ["viewing_groups", null, "viewingGroups"],
])("a test job with %s %j is null with an error where that is wanted, and only it", async (name, value, selection) => {
  const { id } = await spoil("jobs/?limit=6&ordering=-id", { [name]: value });
  const nullable = /device|viewing/i.test(selection) && !selection.startsWith("definition");
  const { data, errors } = await gateway.query(`{ testJobs(first: 5) { nodes { jobId ${selection} } } }`);
  expect(data.testJobs.nodes).toHaveLength(5);
  expect(data.testJobs.nodes.map((node: any) => node === null)).toEqual([
    false,
    !nullable && selection !== "definition",
    false,
    false,
    false,
  ]);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject({
    message: expect.stringContaining(`test job ${id}: at ${name}`),
    path: ["testJobs", "nodes", 1, expect.any(String)],
    extensions: { code: "UPSTREAM_MALFORMED" },
  });
  const others = await gateway.query(`{ testJobs(first: 5) { edges { cursor node { jobId url createdAt } } } }`);
  expect(others.errors).toEqual([]);
  expect(others.data.testJobs.edges[1].node.jobId).toBe(String(id));
});

test.each([
  ["devices", "hostname", "state", null, "state"],
  ["devices", "hostname", "description", 5, "description"],
  ["devices", "hostname", "tags", null, "tags"],
  ["deviceTypes", "name", "cores", null, "cores"],
  ["deviceTypes", "name", "display", "yes", "name"],
  ["workers", "hostname", "job_limit", null, "jobLimit"],
  ["workers", "hostname", "last_ping", "soon", "lastPing"],
])("%s: the others are answered when one has %s, %s %j", async (list, key, name, value, field) => {
  const { [key]: spoilt } = await spoil(`${list.toLowerCase()}/?limit=6&ordering=${key}`, { [name]: value });
  const { data, errors } = await gateway.query(
    `{ ${list}(first: 5) { edges { node { ${key} } } nodes { ${key} ${field} } } }`,
  );
  expect(data[list].edges[1].node[key]).toBe(spoilt);
  for (const at of [0, 2]) expect(data[list].nodes[at][key]).toBe(data[list].edges[at].node[key]);
  const asked = field !== "name";
  expect(errors.map(({ message }) => message)).toEqual(asked ? [expect.stringContaining(`${spoilt}: at ${name}`)] : []);
});

test("a test job that can't be put in its place fails the list", async () => {
  await spoil("jobs/?limit=6&ordering=-id", { id: null });
  const { data, errors } = await gateway.query(`{ testJobs(first: 5) { nodes { jobId } } }`);
  expect(data.testJobs).toBeNull();
  expect(errors).toMatchObject([
    { message: expect.stringContaining("at results.1.id"), extensions: { code: "UPSTREAM_MALFORMED" } },
  ]);
});

test("a loader's other test jobs are answered", async () => {
  const { id } = await spoil("jobs/?limit=2&ordering=-id", { submitter: null });
  const query = `query ($odd: ID!, $good: ID!) { odd: testJob(jobId: $odd) { submitter } good: testJob(jobId: $good) { submitter } }`;
  const { data, errors } = await gateway.query(query, { odd: String(id), good: String(Number(id) + 1) });
  expect(data).toMatchObject({ odd: null, good: { submitter: expect.any(String) } });
  expect(errors).toHaveLength(1);
});
