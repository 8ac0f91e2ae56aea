// Upstream servers that are down, slow or lying: their own fields are null with a coded error, the other system's fields
// in the same answer stand, and the gateway answers the next query.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { Fault, LavaSandbox } from "../../src/sandbox/lava/index.js";
import { Secret } from "../../src/net/secret.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { codesOf, freePort, untilConnected } from "./scene.js";

/** Fields of both systems, all of which need a call. */
const QUERY = `{
  testJob(jobId: "1") { jobId }
  testJobs(first: 2) { nodes { jobId } }
  device(hostname: "qemu-01") { hostname }
  build(buildId: 1) { buildId }
  builds(first: 2) { nodes { buildId } }
  specifications { name }
}`;
const LAVA_FIELDS = ["device", "testJob", "testJobs"];
const CUIRASS_FIELDS = ["build", "builds", "specifications"];

let lava: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;
/** Of healthy servers. */
let whole: Record<string, unknown>;

beforeAll(async () => {
  lava = await createLavaSandbox({ jobs: 12 });
  cuirass = await createCuirassSandbox({ evaluations: 4 });
  gateway = await startGateway({
    lava: [{ url: lava.url, events: "poll", insecure: true }],
    cuirass: [{ url: cuirass.url }],
    remembers: false,
  });
  const { data, errors } = await gateway.query(QUERY);
  expect(errors).toEqual([]);
  expect(Object.values(data)).not.toContain(null);
  whole = data;
});
afterEach(() => {
  lava.fault = undefined;
  cuirass.fault = undefined;
});
afterAll(async () => {
  await gateway.close();
  await lava.close();
  await cuirass.close();
});

/** The data of an answer in which these fields are gone. */
function without(fields: readonly string[]): Record<string, unknown> {
  return { ...whole, ...Object.fromEntries(fields.map((field) => [field, null])) };
}

/** Asks as alice, and looks that neither answer nor log tells her token or where the servers are. */
async function ask(target: TestGateway, query = QUERY) {
  const logged = target.logLines.length;
  const answer = await target.query(query, {}, asUser(lava.users.alice.token));
  const told = JSON.stringify(answer) + target.logLines.slice(logged).join("");
  const basic = Buffer.from(`alice:${lava.users.alice.token}`).toString("base64");
  for (const secret of [lava.users.alice.token, basic, "http://", new URL(lava.url).host, new URL(cuirass.url).host]) {
    expect(told).not.toContain(secret);
  }
  return answer;
}

interface Case {
  readonly what: string;
  readonly fault: Fault;
  readonly lava: string;
  readonly cuirass: string;
  /** Requests that one read takes: 2 where it is tried again. */
  readonly tries: number;
}

const CUT_JSON = '{"count": 3, "next": null, "results": [{"id": 1, "state": "Fini';
const page = { contentType: "text/html", body: "<!DOCTYPE html><html><h2>Sorry</h2></html>" };
const json = { kind: "status", status: 200, contentType: "application/json" } as const;

const CASES: readonly Case[] = [
  { what: "resets the connection", fault: { kind: "reset" }, lava: "UNREACHABLE", cuirass: "UNREACHABLE", tries: 2 },
  {
    what: "closes it in the middle of an answer",
    fault: { kind: "cut" },
    lava: "UNREACHABLE",
    cuirass: "UNREACHABLE",
    tries: 2,
  },
  { what: "shows an HTML page with 200", fault: { kind: "html" }, lava: "MALFORMED", cuirass: "MALFORMED", tries: 1 },
  {
    what: "sends JSON that ends early",
    fault: { ...json, body: CUT_JSON },
    lava: "MALFORMED",
    cuirass: "MALFORMED",
    tries: 1,
  },
  { what: "sends nothing with 200", fault: { ...json, body: "" }, lava: "MALFORMED", cuirass: "MALFORMED", tries: 1 },
  {
    what: "sends other types than it should",
    fault: { kind: "json", body: { count: "many", results: [{ id: "one" }], id: {}, name: 7 } },
    lava: "MALFORMED",
    cuirass: "MALFORMED",
    tries: 1,
  },
  { what: "sends null", fault: { kind: "json", body: null }, lava: "MALFORMED", cuirass: "MALFORMED", tries: 1 },
  {
    what: "answers 500",
    fault: { kind: "status", status: 500, ...page },
    lava: "FAILED",
    cuirass: "FAILED",
    tries: 1,
  },
  {
    what: "answers 503",
    fault: { kind: "status", status: 503, ...page },
    lava: "FAILED",
    cuirass: "FAILED",
    tries: 2,
  },
  { what: "answers 401", fault: { kind: "status", status: 401, ...page }, lava: "DENIED", cuirass: "DENIED", tries: 1 },
  {
    what: "answers 429",
    fault: { kind: "status", status: 429, ...page },
    lava: "REJECTED",
    cuirass: "REJECTED",
    tries: 1,
  },
  {
    what: "shows a 404 page where its interface should be",
    fault: { kind: "status", status: 404, ...page },
    lava: "REJECTED",
    cuirass: "REJECTED",
    tries: 1,
  },
  // Cuirass knows no login: whoever redirects there is not Cuirass.
  {
    what: "redirects",
    fault: { kind: "status", status: 302, ...page },
    lava: "DENIED",
    cuirass: "MALFORMED",
    tries: 1,
  },
];

describe.each(CASES)("a server that $what", ({ fault, lava: lavaCode, cuirass: cuirassCode, tries }) => {
  test(`LAVA: its fields are null with UPSTREAM_${lavaCode}, Cuirass' stand, and it is well again after`, async () => {
    lava.fault = () => fault;
    lava.requests.reset();
    const answer = await ask(gateway);
    expect(codesOf(answer)).toEqual(LAVA_FIELDS.map((field) => `${field}: UPSTREAM_${lavaCode}`));
    expect(answer.errors.map(({ extensions }) => extensions.server)).toEqual(["lava", "lava", "lava"]);
    expect(answer).toMatchObject({ status: 200, data: without(LAVA_FIELDS) });
    expect(lava.requests.total()).toBe(3 * tries);
    lava.fault = undefined;
    expect(await ask(gateway)).toEqual({ status: 200, data: whole, errors: [] });
  });

  test(`Cuirass: its fields are null with UPSTREAM_${cuirassCode}, LAVA's stand, and it is well again after`, async () => {
    cuirass.fault = () => fault;
    const answer = await ask(gateway);
    expect(codesOf(answer)).toEqual(CUIRASS_FIELDS.map((field) => `${field}: UPSTREAM_${cuirassCode}`));
    expect(answer.errors.map(({ extensions }) => extensions.server)).toEqual(["cuirass", "cuirass", "cuirass"]);
    expect(answer).toMatchObject({ status: 200, data: without(CUIRASS_FIELDS) });
    cuirass.fault = undefined;
    expect(await ask(gateway)).toEqual({ status: 200, data: whole, errors: [] });
  });
});

test("a server that fails once and is well at the second try costs nothing but time", async () => {
  const seen = new Set<string>();
  const once = ({ path }: { readonly path: string }) => {
    if (seen.has(path)) return undefined;
    seen.add(path);
    return { kind: "status", status: 503 } as const;
  };
  lava.fault = once;
  cuirass.fault = once;
  expect(await ask(gateway)).toEqual({ status: 200, data: whole, errors: [] });
  expect(seen.size).toBeGreaterThanOrEqual(6);
});

test("a server that never answers: UPSTREAM_TIMEOUT, for both systems", async () => {
  const hasty = await startGateway({
    lava: [{ url: lava.url, events: "poll", limits: { totalTimeoutMs: 300 } }],
    cuirass: [{ url: cuirass.url, limits: { totalTimeoutMs: 300 } }],
  });
  try {
    lava.fault = () => ({ kind: "hang" });
    cuirass.fault = () => ({ kind: "hang" });
    const answer = await ask(hasty);
    expect(codesOf(answer)).toEqual(
      [...LAVA_FIELDS, ...CUIRASS_FIELDS].map((field) => `${field}: UPSTREAM_TIMEOUT`).sort(),
    );
    expect(answer.errors.map(({ extensions }) => extensions.retryable)).toEqual(Array(6).fill(true));
    expect(await hasty.query(`{ __typename }`)).toMatchObject({ data: { __typename: "Query" }, errors: [] });
  } finally {
    await hasty.close();
  }
});

test("servers that are down: UPSTREAM_UNREACHABLE, and `reachable` says so without an error", async () => {
  const [lavaPort, cuirassPort] = [await freePort(), await freePort()];
  const lonely = await startGateway({
    lava: [{ url: `http://127.0.0.1:${lavaPort}` }],
    cuirass: [{ url: `http://127.0.0.1:${cuirassPort}` }],
  });
  try {
    const answer = await ask(lonely);
    expect(codesOf(answer)).toEqual(
      [...LAVA_FIELDS, ...CUIRASS_FIELDS].map((field) => `${field}: UPSTREAM_UNREACHABLE`).sort(),
    );
    expect(JSON.stringify(answer)).not.toContain(String(lavaPort));
    expect(await lonely.query(`{ servers { name reachable version events { source connected } } }`)).toMatchObject({
      data: {
        servers: ["lava", "cuirass"].map((name) => ({
          name,
          reachable: false,
          version: null,
          events: { source: "POLL", connected: false },
        })),
      },
      errors: [],
    });
  } finally {
    await lonely.close();
  }
});

test("a LAVA that wants a login: anonymous is told UPSTREAM_DENIED, a user is served, and it counts as reachable", async () => {
  const closed = await createLavaSandbox({ jobs: 3, requireLogin: true });
  const gate = await startGateway({ lava: [{ url: closed.url }] });
  try {
    const query = `{ testJobs(first: 1) { nodes { jobId } } servers { reachable } }`;
    const anonymous = await gate.query(query);
    expect(codesOf(anonymous)).toEqual(["testJobs: UPSTREAM_DENIED"]);
    expect(anonymous.data).toEqual({ testJobs: null, servers: [{ reachable: true }] });
    const alice = await gate.query(query, {}, asUser(closed.users.alice.token));
    expect(alice).toMatchObject({ data: { testJobs: { nodes: [{}] }, servers: [{ reachable: true }] }, errors: [] });
  } finally {
    await gate.close();
    await closed.close();
  }
});

test("a LAVA that wants a login is listened to with the gateway's own token", async () => {
  const closed = await createLavaSandbox({ jobs: 0, requireLogin: true });
  const gate = await startGateway({ lava: [{ url: closed.url, token: new Secret(closed.users.bob.token) }] });
  try {
    await untilConnected(gate);
  } finally {
    await gate.close();
    await closed.close();
  }
});

describe("when only XML-RPC is broken", () => {
  // Those that wait have no results.
  const ENDED = "filter: { states: [FINISHED] }";
  const RESULTS = `{ testJobs(first: 3, ${ENDED}) { nodes { jobId resultCounts { total } } } }`;

  test.each([
    { what: "a page", fault: { kind: "html" }, code: "UPSTREAM_MALFORMED" },
    { what: "half an answer", fault: { kind: "cut" }, code: "UPSTREAM_UNREACHABLE" },
    { what: "answers to other questions", fault: { kind: "json", body: [[1]] }, code: "UPSTREAM_MALFORMED" },
    { what: "no list", fault: { kind: "json", body: "yes" }, code: "UPSTREAM_MALFORMED" },
    { what: "results that are no text", fault: { kind: "json", body: [[1], [2], [3]] }, code: "UPSTREAM_MALFORMED" },
    { what: "503", fault: { kind: "status", status: 503 }, code: "UPSTREAM_FAILED" },
    { what: "a login page", fault: { kind: "status", status: 302 }, code: "UPSTREAM_DENIED" },
  ] satisfies { what: string; fault: Fault; code: string }[])(
    "$what: the fields that need it are null with $code, the list stands",
    async ({ fault, code }) => {
      const { data } = await ask(gateway, `{ testJobs(first: 3, ${ENDED}) { nodes { jobId } } }`);
      lava.fault = ({ rpcMethod }) => (rpcMethod === undefined ? undefined : fault);
      const answer = await ask(gateway, RESULTS);
      expect(codesOf(answer)).toEqual([0, 1, 2].map((at) => `testJobs.nodes.${at}.resultCounts: ${code}`));
      expect(answer.data.testJobs.nodes).toEqual(
        data.testJobs.nodes.map(({ jobId }: { jobId: string }) => ({ jobId, resultCounts: null })),
      );
    },
  );

  test("a fault for one job spoils that job only, and a refusal is a null without error", async () => {
    const csv = await lavaCsv();
    const refused = { faultCode: 403, faultString: "Permission denied" };
    const broken = { faultCode: 1, faultString: "boom" };
    lava.fault = ({ rpcMethod }) =>
      rpcMethod === "system.multicall" ? { kind: "json", body: [refused, [csv], broken, [7]] } : undefined;
    const answer = await ask(
      gateway,
      `{ testJobs(first: 4, ${ENDED}) { nodes { resultCounts(internal: true) { total } } } }`,
    );
    expect(codesOf(answer)).toEqual([
      "testJobs.nodes.2.resultCounts: UPSTREAM_FAILED",
      "testJobs.nodes.3.resultCounts: UPSTREAM_MALFORMED",
    ]);
    expect(answer.data.testJobs.nodes.map(({ resultCounts }: Record<string, unknown>) => resultCounts)).toEqual([
      null,
      { total: expect.toSatisfy((total: number) => total > 0) },
      null,
      null,
    ]);
  });
});

/** Results of a finished job, as the server sends them. */
async function lavaCsv(): Promise<string> {
  const reply = await fetch(`${lava.url}/api/v0.2/jobs/1/csv/`);
  expect(reply.status).toBe(200);
  return reply.text();
}

test("a log that breaks off is an error of the log alone", async () => {
  const query = `{ testJobs(first: 1, filter: { states: [FINISHED] }) { nodes { jobId log { lines(first: 5) { nodes { text } } } } } }`;
  const fine = await ask(gateway, query);
  expect(fine.errors).toEqual([]);
  lava.fault = ({ path }) => (path.includes("/logs/") ? { kind: "cut" } : undefined);
  const answer = await ask(gateway, query);
  expect(codesOf(answer)).toEqual(["testJobs.nodes.0.log.lines: UPSTREAM_UNREACHABLE"]);
  expect(answer.data.testJobs.nodes[0]).toEqual({ jobId: fine.data.testJobs.nodes[0].jobId, log: { lines: null } });
});
