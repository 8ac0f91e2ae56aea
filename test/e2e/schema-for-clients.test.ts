// What the schema gives to clients besides data: its own text, an operation's price, ids for caches, paths in errors.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";

let north: LavaSandbox;
let south: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  [north, south, cuirass] = await Promise.all([createLavaSandbox(), createLavaSandbox(), createCuirassSandbox()]);
  gateway = await startGateway({
    lava: [
      { name: "north", url: north.url, tokens: "shared" },
      { name: "south", url: south.url, tokens: "shared" },
    ],
    cuirass: [{ name: "guix", url: cuirass.url }],
  });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([north.close(), south.close(), cuirass.close()]);
});

describe("/schema.graphql", () => {
  test("is the schema as it is committed", async () => {
    const reply = await fetch(`${gateway.origin}/schema.graphql`);
    const text = await reply.text();
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
    expect(text).toBe(readFileSync(join(import.meta.dirname, "../../schema.graphql"), "utf8"));
    expect(buildSchema(text).getType("TestJob")).toBeDefined();
  });

  test.each([{ introspection: false }, { trustedDocuments: new Map<string, string>() }])(
    "is shown to nobody who may not ask for it: %j",
    async (clients) => {
      const closed = await startGateway({ clients });
      try {
        const reply = await fetch(`${closed.origin}/schema.graphql`);
        expect([reply.status, await reply.json()]).toEqual([403, { error: expect.stringContaining("introspection") }]);
      } finally {
        await closed.close();
      }
    },
  );
});

test("Query.version is the package's", async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
  expect(await gateway.query("{ version }")).toMatchObject({ data: { version } });
});

test("an operation can ask what it is reckoned at, and the limit", async () => {
  const cost = async (fields: string, headers = {}) =>
    (await gateway.query(`query Priced { operationCost { estimated limit } ${fields} }`, {}, headers)).data
      .operationCost;
  expect(await cost("")).toEqual({ estimated: 0, limit: 300 });
  expect(await cost("...Jobs } fragment Jobs on Query { testJobs(first: 3) { nodes { name } }")).toEqual({
    estimated: 2,
    limit: 300,
  });
});

test("a viewer's id is another one for each set of tokens, and holds none of them", async () => {
  const idOf = async (headers: Record<string, string> = {}) =>
    (await gateway.query(`{ viewer { id } }`, {}, headers)).data.viewer.id as string;
  const { token } = north.users.alice;
  const [anonymous, alice, again, bob] = [
    await idOf(),
    await idOf(asUser(token)),
    await idOf(asUser(token)),
    await idOf(asUser(north.users.bob.token)),
  ];
  expect(alice).toBe(again);
  expect(new Set([anonymous, alice, bob]).size).toBe(3);
  expect(Buffer.from(alice, "base64url").toString()).not.toContain(token);
});

test("all updates have what a LiveUpdate has, and the state that they tell of", async () => {
  const first = async (fields: string) => {
    const following = gateway.subscribe(`subscription { ${fields} }`);
    const result = await following.next();
    following.close();
    expect(result?.errors).toBeUndefined();
    return Object.values(result?.data ?? {})[0];
  };
  const COMMON = "... on LiveUpdate { source cursor cursorExpired }";
  const common = { source: "SNAPSHOT", cursor: expect.any(String), cursorExpired: false };
  const device = await first(
    `deviceUpdates(server: "north", hostname: "qemu-01") { ${COMMON} state health device { state health } }`,
  );
  expect(device).toMatchObject({ ...common, ...device.device });
  const worker = await first(
    `workerUpdates(server: "north", hostname: "worker-01") { ${COMMON} state health worker { state health } }`,
  );
  expect(worker).toMatchObject({ ...common, ...worker.worker });
  expect(await first(`testJobUpdates(server: "north", jobIds: ["1"]) { ${COMMON} state }`)).toMatchObject(common);
  expect(await first(`buildUpdates(filter: {}) { ${COMMON} status }`)).toMatchObject(common);
  expect(await first(`evaluationUpdates { ${COMMON} status }`)).toMatchObject(common);
  expect(await first(`runUpdates { ${COMMON} phase }`)).toMatchObject(common);
});

describe("the one before", () => {
  test("of a test job is the newest finished one of its name and device type", async () => {
    const { data } = await gateway.query(
      `{ testJobs(first: 100, server: "north", filter: { states: [FINISHED] }) { nodes { jobId name deviceType { name } } }
        some: testJobs(first: 30, server: "north") { nodes { jobId name deviceType { name } previous { jobId } } } }`,
    );
    const kind = (job: any) => `${job.name} ${job.deviceType?.name}`;
    const expected = (job: any) =>
      data.testJobs.nodes.find((one: any) => Number(one.jobId) < Number(job.jobId) && kind(one) === kind(job));
    const oldest = Math.min(...data.testJobs.nodes.map(({ jobId }: any) => Number(jobId)));
    const known = data.some.nodes.filter((job: any) => expected(job) !== undefined || oldest <= 1);
    expect(known.some((job: any) => expected(job) !== undefined)).toBe(true);
    for (const job of known) expect(job.previous?.jobId, job.jobId).toBe(expected(job)?.jobId);
  });

  test("of a build is the one of its job that ended last before it, built or failed", async () => {
    const { data } = await gateway.query(
      `{ builds(first: 100, filter: { statuses: [SUCCEEDED, FAILED, FAILED_OTHER] }) { nodes { buildId job specificationName } } }`,
    );
    const builds = data.builds.nodes as { buildId: number; job: string; specificationName: string }[];
    const before = (build: (typeof builds)[number]) =>
      builds
        .slice(builds.indexOf(build) + 1)
        .find(({ job, specificationName }) => job === build.job && specificationName === build.specificationName);
    const build = builds.find((one) => before(one) !== undefined);
    if (build === undefined) throw new Error("no job was built twice");
    const { data: found } = await gateway.query(`{ build(buildId: ${build.buildId}) { previous { buildId } } }`);
    expect(found.build.previous).toEqual({ buildId: before(build)?.buildId });
  });
});

test("a farm says whether Etna makes changes there", async () => {
  const open = await startGateway({ cuirass: [{ name: "open", url: cuirass.url, mutations: true }] });
  try {
    const ask = `{ servers { ... on CuirassServer { takesChanges } } }`;
    expect((await open.query(ask)).data.servers).toEqual([{ takesChanges: true }]);
    expect((await gateway.query(ask)).data.servers).toContainEqual({ takesChanges: false });
  } finally {
    await open.close();
  }
});

test("a server that does not answer says since when, in each operation alike, until it answers", async () => {
  const ask = async () => {
    const { data } = await gateway.query("{ servers { name reachable unreachableSince } }");
    return Object.fromEntries(data.servers.map(({ name, ...state }: any) => [name, state]));
  };
  const begin = Date.now();
  south.fault = () => ({ kind: "reset" });
  const first = await ask();
  expect(first).toMatchObject({
    north: { reachable: true, unreachableSince: null },
    south: { reachable: false, unreachableSince: expect.any(String) },
  });
  expect(Date.parse(first.south.unreachableSince)).toBeGreaterThanOrEqual(begin);
  expect((await ask()).south).toEqual(first.south);
  south.fault = undefined;
  await vi.waitFor(async () => expect((await ask()).south).toEqual({ reachable: true, unreachableSince: null }));
});

test("of two merged lists that are short of a server each says so at its own path", async () => {
  south.fault = () => ({ kind: "status", status: 500 });
  const { data, errors } = await gateway.query(
    `{ boards: devices(first: 5) { nodes { hostname } } testJobs(first: 5) { nodes { jobId } } runs(first: 1) { nodes { id } } }`,
  );
  south.fault = undefined;
  expect(data.boards.nodes.length).toBeGreaterThan(0);
  expect(data.testJobs.nodes.length).toBeGreaterThan(0);
  const places = errors.map(({ path, extensions }: any) => [path, extensions.server, extensions.code]);
  expect(places.sort()).toEqual(["boards", "runs", "testJobs"].map((name) => [[name], "south", "UPSTREAM_FAILED"]));
});
