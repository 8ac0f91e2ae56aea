// Lists over several servers: merged newest first, paged without repeating or losing anything, and what is left of them
// when a server is down.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { codesOf } from "./scene.js";

let north: LavaSandbox;
let south: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;

beforeAll(async () => {
  [north, south, cuirass] = await Promise.all([
    createLavaSandbox({ jobs: 23 }),
    createLavaSandbox({ jobs: 14 }),
    createCuirassSandbox({ evaluations: 4 }),
  ]);
  gateway = await startGateway({
    lava: [
      { name: "north", url: north.url, events: "poll", tokens: "shared" },
      { name: "south", url: south.url, events: "poll", tokens: "shared" },
    ],
    cuirass: [{ name: "guix", url: cuirass.url }],
    remembers: false,
  });
});
afterEach(() => {
  north.fault = undefined;
  south.fault = undefined;
  cuirass.fault = undefined;
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([north.close(), south.close(), cuirass.close()]);
});

interface Item {
  readonly id: string;
  readonly server: { readonly name: string };
  readonly createdAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

interface Page {
  readonly totalCount: number | null;
  readonly edges: readonly { readonly cursor: string; readonly node: Item }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

type ListName = "testJobs" | "runs" | "devices";

/** One page, as alice, who sees all but the jobs of secret-team. */
async function page(list: ListName, first: number, after: string | null, server: string | null = null) {
  const times = list === "devices" ? "" : "createdAt startedAt finishedAt";
  const answer = await gateway.query(
    `query ($first: Int, $after: String, $server: String) { ${list}(first: $first, after: $after, server: $server) {
      totalCount edges { cursor node { id server { name } ${times} } } pageInfo { hasNextPage endCursor } } }`,
    { first, after, server },
    asUser(north.users.alice.token),
  );
  return { answer, page: answer.data[list] as Page };
}

/** The whole list in pages of this size. */
async function read(list: ListName, first: number, server: string | null = null): Promise<Item[]> {
  const items: Item[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { answer, page: part } = await page(list, first, after, server);
    expect(answer.errors).toEqual([]);
    expect(part.edges.length).toBeLessThanOrEqual(first);
    items.push(...part.edges.map(({ node }) => node));
    more = part.pageInfo.hasNextPage;
    if (more) expect(part.pageInfo.endCursor).not.toBe(after);
    after = part.pageInfo.endCursor;
  }
  return items;
}

const timeOf = ({ createdAt, startedAt, finishedAt }: Item) =>
  Date.parse(createdAt ?? startedAt ?? finishedAt ?? new Date().toISOString());

const idsOf = (items: readonly Item[]) => items.map(({ id }) => id);

describe.each([
  { list: "testJobs", servers: ["north", "south"] },
  { list: "runs", servers: ["north", "south", "guix"] },
  { list: "devices", servers: ["north", "south"] },
] as const)("$list of several servers", ({ list, servers }) => {
  let alone: ReadonlyMap<string, Item[]>;
  beforeAll(async () => {
    alone = new Map(
      await Promise.all(servers.map(async (server) => [server, await read(list, 100, server)] as [string, Item[]])),
    );
    for (const items of alone.values()) expect(items.length).toBeGreaterThan(10);
  });

  test.each(list === "runs" ? [7, 100] : [1, 2, 7, 100])(
    "in pages of %i are those of each, once and in its order",
    async (first) => {
      const all = await read(list, first);
      expect(new Set(idsOf(all)).size).toBe(all.length);
      for (const [server, items] of alone) {
        expect(idsOf(all.filter((item) => item.server.name === server))).toEqual(idsOf(items));
      }
      expect(all.length).toBe([...alone.values()].flat().length);
    },
  );

  test("know how many there are, where all servers do", async () => {
    const { page: part } = await page(list, 3, null);
    expect(part.totalCount).toBe(list === "runs" ? null : [...alone.values()].flat().length);
  });
});

test.each([
  { list: "testJobs", servers: ["north", "south"] },
  { list: "runs", servers: ["north", "south", "guix"] },
] as const)("$list come newest first: of what each server would show next, the newest", async ({ list, servers }) => {
  const left = await Promise.all(servers.map(async (server) => ({ server, items: await read(list, 100, server) })));
  for (const item of await read(list, 10)) {
    const heads = left.flatMap(({ items: [head] }) => (head === undefined ? [] : [timeOf(head)]));
    expect(timeOf(item)).toBe(Math.max(...heads));
    left.find(({ server }) => server === item.server.name)?.items.shift();
  }
});

test.each([
  ["STARTED_AT", "startedAt"],
  ["FINISHED_AT", "finishedAt"],
] as const)("test jobs in the order of %s are those of both servers, by that time", async (field, time) => {
  for (const server of [north, south]) server.submit("alice", jobFile("queued"));
  for (const direction of ["ASC", "DESC"]) {
    const jobs: Item[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { data } = await gateway.query(
        `query ($after: String, $orderBy: TestJobOrder) { testJobs(first: 9, after: $after, orderBy: $orderBy) {
          nodes { id server { name } createdAt startedAt finishedAt } pageInfo { hasNextPage endCursor } } }`,
        { after, orderBy: { field, direction } },
        asUser(north.users.alice.token),
      );
      jobs.push(...(data.testJobs.nodes as Item[]));
      ({ endCursor: after, hasNextPage: more } = data.testJobs.pageInfo as Page["pageInfo"]);
    }
    expect(new Set(idsOf(jobs)).size).toBe((await read("testJobs", 100)).length);
    // A job without the time is where LAVA has it: as if the time were yet to come.
    const times = jobs.map((job) => (job[time] === null ? Infinity : Date.parse(job[time])));
    expect(times).toContain(Infinity);
    expect(times).toEqual([...times].sort((a, b) => (a === b ? 0 : direction === "ASC" ? a - b : b - a)));
  }
});

test("a job that comes while somebody pages neither moves nor repeats what follows", async () => {
  const before = await read("testJobs", 100);
  const first = await page("testJobs", 5, null);
  north.submit("alice", jobFile("queued"));
  south.submit("alice", jobFile("queued"));
  const rest: string[] = [];
  for (let after = first.page.pageInfo.endCursor, more = true; more;) {
    const { page: part } = await page("testJobs", 5, after);
    rest.push(...part.edges.map(({ node }) => node.id));
    ({ endCursor: after, hasNextPage: more } = part.pageInfo);
  }
  expect([...first.page.edges.map(({ node }) => node.id), ...rest]).toEqual(idsOf(before));
  expect((await read("testJobs", 100)).length).toBe(before.length + 2);
});

test("a cursor of an edge goes on right behind it", async () => {
  const { page: whole } = await page("runs", 20, null);
  const edge = whole.edges[6];
  const { page: rest } = await page("runs", 13, edge?.cursor ?? "");
  expect(rest.edges.map(({ node }) => node.id)).toEqual(whole.edges.slice(7).map(({ node }) => node.id));
});

describe("when one server is down", () => {
  test("the others answer, the error names it, and nobody claims to know how many there are", async () => {
    south.fault = () => ({ kind: "reset" });
    const jobs = await page("testJobs", 50, null);
    expect(codesOf(jobs.answer)).toEqual(["testJobs: UPSTREAM_UNREACHABLE"]);
    expect(idsOf(jobs.page.edges.map(({ node }) => node))).toEqual(idsOf(await read("testJobs", 100, "north")));
    expect(jobs.page.totalCount).toBeNull();

    const runs = await page("runs", 100, null);
    expect(codesOf(runs.answer)).toEqual(["runs: UPSTREAM_UNREACHABLE"]);
    expect(new Set(runs.page.edges.map(({ node }) => node.server.name))).toEqual(new Set(["north", "guix"]));
  });

  test("Cuirass down leaves the test jobs in `runs`", async () => {
    cuirass.fault = () => ({ kind: "html" });
    const { answer, page: runs } = await page("runs", 10, null);
    expect(codesOf(answer)).toEqual(["runs: UPSTREAM_MALFORMED"]);
    expect(runs.edges).toHaveLength(10);
  });

  test("paging through the failure and on after it loses nothing of the server that was down", async () => {
    const ids: string[] = [];
    let failures = 0;
    for (let at = 0, after: string | null = null, more = true; more; at += 1) {
      south.fault = at === 1 || at === 2 ? () => ({ kind: "status", status: 500 }) : undefined;
      const { answer, page: part } = await page("testJobs", 4, after);
      failures += answer.errors.length;
      ids.push(...part.edges.map(({ node }) => node.id));
      ({ endCursor: after, hasNextPage: more } = part.pageInfo);
    }
    expect(failures).toBe(2);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(idsOf(await read("testJobs", 100)).sort());
  });

  test("asked for alone it is an error of the field; all down likewise", async () => {
    south.fault = () => ({ kind: "status", status: 500 });
    const alone = await page("testJobs", 5, null, "south");
    expect(alone.answer.data).toEqual({ testJobs: null });
    expect(codesOf(alone.answer)).toEqual(["testJobs: UPSTREAM_FAILED"]);
    north.fault = () => ({ kind: "html" });
    const all = await page("testJobs", 5, null);
    expect(all.answer.data).toEqual({ testJobs: null });
    expect(codesOf(all.answer)).toContain("testJobs: UPSTREAM_MALFORMED");
  });
});

describe("which server is meant", () => {
  test("a test job's number needs the server, and is another job on each", async () => {
    const query = `query ($server: String) { testJob(jobId: "1", server: $server) { id name server { name } } }`;
    const { data, errors } = await gateway.query(query);
    expect(data).toEqual({ testJob: null });
    expect(errors).toMatchObject([
      {
        path: ["testJob"],
        message: expect.stringMatching(/server: .*north, south/),
        extensions: { code: "BAD_USER_INPUT", argument: "server" },
      },
    ]);
    const [a, b] = await Promise.all(["north", "south"].map((server) => gateway.query(query, { server })));
    expect(a?.data.testJob.server.name).toBe("north");
    expect(b?.data.testJob.server.name).toBe("south");
    expect(a?.data.testJob.id).not.toBe(b?.data.testJob.id);
    const nodes = await gateway.query(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on TestJob { server { name } } } }`,
      {
        ids: [b?.data.testJob.id, a?.data.testJob.id],
      },
    );
    expect(nodes.data.nodes).toEqual([{ server: { name: "south" } }, { server: { name: "north" } }]);
  });

  test.each([
    [`{ testJob(jobId: "1", server: "east") { id } }`, /east.*north, south/],
    [`{ testJobs(server: "guix") { nodes { id } } }`, /guix.*north, south/],
    [`{ runs(server: "east") { nodes { id } } }`, /east.*north, south, guix/],
    [`{ device(hostname: "qemu-01") { hostname } }`, /needed with several/],
    [`{ worker(hostname: "worker-01") { hostname } }`, /needed with several/],
    [`{ deviceType(name: "qemu") { name } }`, /needed with several/],
    [`{ build(buildId: 1, server: "north") { id } }`, /north.*guix/],
    [`{ testJobs(last: 3) { nodes { id } } }`, /last: .*first/],
    [`{ runs(after: "bm90IG9uZQ") { nodes { id } } }`, /after: .*cursor/],
  ])("%s is refused with what is allowed", async (query, message) => {
    const { data, errors } = await gateway.query(query);
    expect(Object.values(data)).toEqual([null]);
    expect(errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code: "BAD_USER_INPUT" } }]);
  });

  test("the only Cuirass needs no name", async () => {
    expect(await gateway.query(`{ build(buildId: 1) { buildId server { name } } }`)).toMatchObject({
      data: { build: { buildId: 1, server: { name: "guix" } } },
      errors: [],
    });
  });

  test("a subscription and a mutation need the server as well", async () => {
    const follow = `subscription ($server: String) { testJobUpdates(jobIds: ["1"], server: $server) { state testJob { server { name } } } }`;
    expect(await gateway.subscribe(follow).rest()).toMatchObject([
      { errors: [{ extensions: { code: "BAD_USER_INPUT" } }] },
    ]);
    expect(await gateway.subscribe(follow, { server: "south" }).rest()).toEqual([
      { data: { testJobUpdates: { state: "FINISHED", testJob: { server: { name: "south" } } } } },
    ]);
    const { errors } = await gateway.query(`mutation { cancelTestJob(testJob: { jobId: "1" }) { __typename } }`);
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });
});
