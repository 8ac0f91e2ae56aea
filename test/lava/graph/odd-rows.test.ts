// A row of LAVA's lists that is not as it should be fails only itself, and only where a client wants what is odd of it.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
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

const asText = (id: number | null) => (id === null ? null : String(id));

/** The list is answered with its second row as `change` makes it; that row as it was. */
async function spoil(path: string, change: Readonly<Record<string, unknown>>) {
  const url = `${lava.url}/api/v0.2/${path}`;
  const list: any = await (await fetch(url)).json();
  const results = list.results.map((row: any, at: number) => (at === 1 ? { ...row, ...change } : row));
  lava.fault = (request) =>
    request.path.startsWith(new URL(url).pathname) ? { kind: "json", body: { ...list, results } } : undefined;
  return list.results[1] as { readonly id: number; readonly [name: string]: any };
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

test.each([
  ["submit_time", "soon", "createdAt", "CREATED_AT"],
  ["start_time", 5, "startedAt", "STARTED_AT"],
  ["end_time", "late", "finishedAt", "FINISHED_AT"],
])("the others are answered when one has %s %j, in any order", async (name, value, field, order) => {
  const time = name;
  const { id } = await spoil(`jobs/?limit=6&ordering=-${time},-id`, { [name]: value });
  const page = `testJobs(first: 5, orderBy: { field: ${order}, direction: DESC })`;
  const { data, errors } = await gateway.query(`{ ${page} { edges { cursor node { jobId } } nodes { ${field} } } }`);
  const numbers = data.testJobs.edges.map(({ node }: any) => node.jobId);
  expect(numbers[1]).toBe(String(id));
  expect(new Set(numbers).size).toBe(5);
  expect(new Set(data.testJobs.edges.map(({ cursor }: any) => cursor)).size).toBe(5);
  expect(errors).toMatchObject([{ path: ["testJobs", "nodes", 1, field], extensions: { code: "UPSTREAM_MALFORMED" } }]);
});

/** All that a page says, whatever it is made of. */
const PAGE = "{ nodes { jobId name } edges { cursor node { jobId } } pageInfo { hasNextPage endCursor } }";

describe.each([null, "no number", { a: 1 }])("a test job with the id %j", (odd) => {
  test("is null with an error, in its place, and the pages go on behind it", async () => {
    const { id } = await spoil("jobs/?limit=6&ordering=-id", { id: odd });
    const { data, errors } = await gateway.query(`{ testJobs(first: 5) ${PAGE} }`);
    const { nodes, edges, pageInfo } = data.testJobs;
    expect(nodes.map((node: any) => node?.jobId ?? null)).toEqual([id + 1, null, id - 1, id - 2, id - 3].map(asText));
    expect(edges.map(({ node }: any) => node?.jobId ?? null)).toEqual(nodes.map((node: any) => node?.jobId ?? null));
    expect(pageInfo.hasNextPage).toBe(true);
    expect(errors.map(({ path }) => path)).toEqual([
      ["testJobs", "nodes", 1],
      ["testJobs", "edges", 1, "node"],
    ]);
    for (const error of errors) {
      expect(error).toMatchObject({
        message: expect.stringContaining("row 2: at id: "),
        extensions: { code: "UPSTREAM_MALFORMED" },
      });
    }
    const short = await gateway.query(`{ testJobs(first: 2) ${PAGE} }`);
    lava.fault = undefined;
    const after = short.data.testJobs.pageInfo.endCursor;
    const next = await gateway.query(`query ($after: String) { testJobs(first: 1, after: $after) ${PAGE} }`, { after });
    expect(next.data.testJobs.nodes).toMatchObject([{ jobId: String(id - 1) }]);
  });
});

test("rows of which none can be read fail the list", async () => {
  const url = `${lava.url}/api/v0.2/jobs/`;
  lava.fault = ({ path }) =>
    path.startsWith(new URL(url).pathname)
      ? { kind: "json", body: { count: 2, next: null, previous: null, results: [{ name: "a" }, 5] } }
      : undefined;
  const { data, errors } = await gateway.query(`{ testJobs(first: 5) { nodes { jobId } } }`);
  expect(data.testJobs).toBeNull();
  expect(errors).toMatchObject([
    { message: expect.stringContaining("at results.0.id"), extensions: { code: "UPSTREAM_MALFORMED" } },
  ]);
});

test.each([
  ["devices", "hostname"],
  ["deviceTypes", "name"],
  ["workers", "hostname"],
])("%s: one without %s is null with an error, and the others are answered", async (list, key) => {
  await spoil(`${list.toLowerCase()}/?limit=6&ordering=${key}`, { [key]: null });
  const { data, errors } = await gateway.query(`{ ${list}(first: 5) { nodes { ${key} } } }`);
  expect(data[list].nodes.map((node: any) => node === null).slice(0, 3)).toEqual([false, true, false]);
  expect(errors).toMatchObject([{ path: [list, "nodes", 1], message: expect.stringContaining(`row 2: at ${key}`) }]);
});

test("with rows that are read once for all viewers, it is null with an error, too, whenever one looks", async () => {
  const { id } = await spoil("jobs/?limit=6&ordering=-id", { id: null });
  const shared = await startGateway({ lava: [{ url: lava.url, events: "poll", replica: "eager" }] });
  try {
    for (let look = 0; look < 3; look += 1) {
      const { data, errors } = await shared.query(`{ testJobs(first: ${3 + look}) { nodes { jobId } } }`);
      expect(data.testJobs.nodes.map((node: any) => node?.jobId ?? null).slice(0, 3)).toEqual(
        [id + 1, null, id - 1].map(asText),
      );
      expect(errors).toMatchObject([{ path: ["testJobs", "nodes", 1], extensions: { code: "UPSTREAM_MALFORMED" } }]);
    }
  } finally {
    await shared.close();
  }
});

test("followers of a whole lab begin with the others", async () => {
  const url = "jobs/?state__in=Submitted,Scheduling,Scheduled,Running,Canceling&ordering=-id&limit=5";
  const odd = await spoil(url, { id: null });
  const list = `${lava.url}/api/v0.2/${url}`;
  const { results } = (await (await fetch(list)).json()) as { results: { id: number | null }[] };
  const others = results.flatMap(({ id }) => id ?? []);
  const following = gateway.subscribe(`subscription { testJobUpdates { testJob { jobId } } }`);
  for (const id of others.toReversed()) {
    expect(await following.next()).toMatchObject({ data: { testJobUpdates: { testJob: { jobId: String(id) } } } });
  }
  expect(others).not.toContain(odd.id);
  following.close();
});

test("one that is asked for by number, beside a row without one, is an error and not unknown", async () => {
  const { id } = await spoil("jobs/?limit=2&ordering=-id", { id: null });
  const query = `query ($odd: ID!, $good: ID!) { odd: testJob(jobId: $odd) { jobId } good: testJob(jobId: $good) { jobId } }`;
  const { data, errors } = await gateway.query(query, { odd: String(id), good: String(id + 1) });
  expect(data.odd).toBeNull();
  expect(errors.find(({ path }: any) => path[0] === "odd")).toMatchObject({
    extensions: { code: "UPSTREAM_MALFORMED" },
  });
});

test("a loader's other test jobs are answered", async () => {
  const { id } = await spoil("jobs/?limit=2&ordering=-id", { submitter: null });
  const query = `query ($odd: ID!, $good: ID!) { odd: testJob(jobId: $odd) { submitter } good: testJob(jobId: $good) { submitter } }`;
  const { data, errors } = await gateway.query(query, { odd: String(id), good: String(id + 1) });
  expect(data).toMatchObject({ odd: null, good: { submitter: expect.any(String) } });
  expect(errors).toHaveLength(1);
});
