// Every way in which an upstream fails, for each kind of it: the operation ends, the failing server's fields are null with
// the right code, those of other servers in the same operation stand, and memory stays bounded.

import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { HttpClient } from "../../src/net/http.js";
import { toGraphQLError } from "../../src/server/pipeline/errors.js";
import { codesOf, freePort } from "../e2e/scene.js";
import { headOf, startRawServer } from "../net/raw-server.js";
import type { RawRequest, RawServer } from "../net/raw-server.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";

const MiB = 1024 * 1024;
/** Far above what bodies may take (64 MiB), far below what is sent (1 GiB). */
const GROWTH_MAX_BYTES = 400 * MiB;
/** Sandboxes that are well stand behind each of these, but for what its fault spoils. */
const KINDS = [
  {
    kind: "LAVA REST",
    spoils: (path: string) => path.startsWith("/api/"),
    type: "application/json",
    nulls: ["sickJobs"],
  },
  {
    kind: "LAVA XML-RPC",
    spoils: (path: string) => path === "/RPC2",
    type: "text/xml",
    nulls: [0, 1].map((at) => `sickJobs.nodes.${at}.resultCounts`),
  },
  { kind: "Cuirass", spoils: () => true, type: "application/json", nulls: ["sickBuilds"] },
] as const;
type Kind = (typeof KINDS)[number];

const QUERY = `{
  sickJobs: testJobs(first: 2, server: "sick", filter: { states: [FINISHED] }) { nodes { jobId resultCounts { total } } }
  wellJobs: testJobs(first: 2, server: "well", filter: { states: [FINISHED] }) { nodes { jobId resultCounts { total } } }
  sickBuilds: builds(first: 2, server: "sickci") { nodes { buildId } }
  wellBuilds: builds(first: 2, server: "wellci") { nodes { buildId } }
}`;

interface Case {
  readonly what: string;
  readonly fault: (request: RawRequest, kind: Kind) => void;
  readonly code: string;
  /** Kinds for which something else stands in, so that nothing is amiss. */
  readonly heals?: readonly Kind["kind"][];
  readonly extensions?: Record<string, unknown>;
}

const page = "<!DOCTYPE html><html><h2>Sorry</h2></html>";
const status = (code: number, headers: Record<string, string> = {}) => ({
  fault: (request: RawRequest) => request.answer(code, page, { "content-type": "text/html", ...headers }),
});
const body = (text: (kind: Kind) => string, declared?: number) => ({
  fault: (request: RawRequest, kind: Kind) => {
    const sent = text(kind);
    const length = declared ?? Buffer.byteLength(sent);
    request.socket.write(`${headOf(200, { "content-type": kind.type, "content-length": String(length) })}${sent}`);
    if (declared !== undefined) request.socket.end();
  },
});
const cut = ({ type }: Kind) =>
  type === "text/xml"
    ? "<?xml version='1.0'?><methodResponse><params><param><value><array><data><val"
    : '{"count": 3, "next": null, "results": [{"id": 1, "state": "Fini';
const broken = ({ type }: Kind) =>
  type === "text/xml"
    ? "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a \"aaaa\">]><methodResponse><params>&a;<param></value></params>"
    : '{"count": 3,, "results": [{"id": 1}}';

const CASES: readonly Case[] = [
  { what: "resets the connection", fault: ({ socket }) => socket.resetAndDestroy(), code: "UPSTREAM_UNREACHABLE" },
  { what: "hangs", fault: () => undefined, code: "UPSTREAM_TIMEOUT" },
  { what: "answers 500", ...status(500), code: "UPSTREAM_FAILED" },
  { what: "answers 503", ...status(503), code: "UPSTREAM_FAILED" },
  {
    what: "answers 503 and asks for two minutes",
    ...status(503, { "retry-after": "120" }),
    code: "UPSTREAM_FAILED",
    extensions: { retryable: true, retryAfterSeconds: 120 },
  },
  { what: "answers 429", ...status(429), code: "UPSTREAM_REJECTED" },
  {
    what: "answers 429 and asks for an hour",
    ...status(429, { "retry-after": "3600" }),
    code: "UPSTREAM_REJECTED",
    extensions: { retryable: true, retryAfterSeconds: 3600 },
  },
  { what: "shows an HTML page with 200", ...status(200), code: "UPSTREAM_MALFORMED" },
  { what: "breaks off", ...body(cut, 5_000), code: "UPSTREAM_UNREACHABLE" },
  { what: "sends what ends early", ...body(cut), code: "UPSTREAM_MALFORMED" },
  { what: "sends what is broken", ...body(broken), code: "UPSTREAM_MALFORMED" },
  { what: "sends a byte a second", fault: drip, code: "UPSTREAM_TIMEOUT" },
  { what: "sends a gigabyte", fault: sendGigabyte, code: "LIMIT_EXCEEDED", heals: ["LAVA XML-RPC"] },
];

let lava: LavaSandbox;
let cuirass: CuirassSandbox;
/** What healthy servers answer. */
let whole: Record<string, any>;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  lava = await createLavaSandbox({ jobs: 12 });
  cuirass = await createCuirassSandbox({ evaluations: 4 });
  const gateway = await startWith({ lava: lava.url, cuirass: cuirass.url });
  const { data, errors } = await ask(gateway);
  expect(errors).toEqual([]);
  expect(Object.values(data)).not.toContain(null);
  whole = data;
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  await lava.close();
  await cuirass.close();
});

async function startWith(sick: { readonly lava: string; readonly cuirass: string }): Promise<TestGateway> {
  const limits = { connectTimeoutMs: 1_000, headersTimeoutMs: 500, totalTimeoutMs: 1_500 };
  const gateway = await startGateway({
    lava: [
      { name: "sick", url: sick.lava, events: "poll", tokens: "shared", limits },
      { name: "well", url: lava.url, events: "poll", tokens: "shared" },
    ],
    cuirass: [
      { name: "sickci", url: sick.cuirass, limits },
      { name: "wellci", url: cuirass.url },
    ],
  });
  closing.push(() => gateway.close());
  return gateway;
}

const ask = (gateway: TestGateway) => gateway.query(QUERY, {}, asUser(lava.users.alice.token));

/** A server that answers as the one behind it does, but for what is spoilt. */
async function startSick(kind: Kind, fault: Case["fault"]): Promise<RawServer> {
  const behind = kind.kind === "Cuirass" ? cuirass.url : lava.url;
  const server = await startRawServer((request) => {
    const [method = "GET", path = "/"] = request.line.split(" ");
    if (kind.spoils(path)) fault(request, kind);
    else void relay(request, method, `${behind}${path}`);
  });
  closing.push(() => server.close());
  return server;
}

async function relay(request: RawRequest, method: string, url: string): Promise<void> {
  const { authorization = "", "content-type": type = "" } = request.headers;
  const headers = {
    ...(authorization === "" ? {} : { authorization }),
    ...(type === "" ? {} : { "content-type": type }),
  };
  const reply = await fetch(url, { method, headers, ...(method === "POST" ? { body: request.body } : {}) });
  request.answer(reply.status, await reply.text(), { "content-type": reply.headers.get("content-type") ?? "" });
}

function expectOnlySpoilt(
  answer: Awaited<ReturnType<typeof ask>>,
  { nulls }: Kind,
  code: string,
  more: Record<string, unknown> = {},
): void {
  expect(codesOf(answer)).toEqual(nulls.map((path) => `${path}: ${code}`));
  for (const { extensions } of answer.errors) expect(extensions).toMatchObject(more);
  const data = structuredClone(whole);
  for (const path of nulls) {
    const names = path.split(".");
    const last = names.pop() ?? "";
    names.reduce((place, name) => place[name], data)[last] = null;
  }
  expect(answer).toMatchObject({ status: 200, data });
}

describe.each(KINDS)("$kind", (kind) => {
  test.each(CASES)("a server that $what spoils its own fields only", async (fault) => {
    const server = await startSick(kind, fault.fault);
    const url = server.url.href;
    const gateway = await startWith(
      kind.kind === "Cuirass" ? { lava: lava.url, cuirass: url } : { lava: url, cuirass: cuirass.url },
    );
    const growth = watchMemory();
    const answer = await ask(gateway);
    expect(growth()).toBeLessThan(GROWTH_MAX_BYTES);
    if (fault.heals?.includes(kind.kind) === true) expect(answer).toEqual({ status: 200, data: whole, errors: [] });
    else expectOnlySpoilt(answer, kind, fault.code, fault.extensions);
    // A body that nobody reads any more is not read: its connection ends.
    await gateway.close();
    await vi.waitFor(() => expect(server.requests.every(({ socket }) => socket.destroyed)).toBe(true));
  });
});

test.each([KINDS[0], KINDS[2]])(
  "$kind: a server that refuses: UPSTREAM_UNREACHABLE, the others stand",
  async (kind) => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const gateway = await startWith(
      kind.kind === "Cuirass" ? { lava: lava.url, cuirass: url } : { lava: url, cuirass: cuirass.url },
    );
    expectOnlySpoilt(await ask(gateway), kind, "UPSTREAM_UNREACHABLE", { retryable: true });
  },
);

test("a server that is down is not asked any more, the others are, and it is asked again when it is back", async () => {
  let down = true;
  const kind = KINDS[0];
  const server = await startSick(kind, (request) => {
    if (down) request.socket.resetAndDestroy();
    else void relay(request, "GET", `${lava.url}${request.line.slice(4)}`);
  });
  const gateway = await startWith({ lava: server.url.href, cuirass: cuirass.url });
  let answer = await ask(gateway);
  while (answer.errors[0]?.extensions.retryAfterSeconds === undefined) {
    expectOnlySpoilt(answer, kind, "UPSTREAM_UNREACHABLE");
    answer = await ask(gateway);
  }
  expectOnlySpoilt(answer, kind, "UPSTREAM_UNREACHABLE", { retryable: true });
  expect(answer.errors.at(0)?.message).toMatch(/^sick: .* tried again at \d{4}-/);
  expect((await gateway.query(`{ servers { name reachable } }`)).data.servers).toContainEqual({
    name: "sick",
    reachable: false,
  });
  down = false;
  await vi.waitFor(async () => expect((await ask(gateway)).errors).toEqual([]), { timeout: 30_000, interval: 50 });
  expect((await gateway.query(`{ servers { name reachable } }`)).data.servers).toContainEqual({
    name: "sick",
    reachable: true,
  });
});

test("a server that is slow slows nobody but who asks it", async () => {
  const held: RawRequest[] = [];
  const server = await startRawServer((request) => held.push(request));
  closing.push(() => server.close());
  const gateway = await startGateway({
    lava: [
      { name: "slow", url: server.url.href, events: "poll", tokens: "shared" },
      { name: "well", url: lava.url, events: "poll", tokens: "shared" },
    ],
  });
  closing.push(() => gateway.close());
  let answered = 0;
  const slow = Array.from({ length: 20 }, async (_, at) => {
    const answer = await gateway.query(`{ device(hostname: "d-${at}", server: "slow") { hostname } }`);
    answered += 1;
    return answer;
  });
  await vi.waitFor(() => expect(held).toHaveLength(4));
  const query = `{ wellJobs: testJobs(first: 2, server: "well", filter: { states: [FINISHED] }) { nodes { jobId resultCounts { total } } } }`;
  for (let at = 0; at < 20; at += 1) {
    expect(await gateway.query(query, {}, asUser(lava.users.alice.token))).toEqual({
      status: 200,
      data: { wellJobs: whole.wellJobs },
      errors: [],
    });
  }
  expect(answered).toBe(0);
  await server.close();
  for (const { errors } of await Promise.all(slow)) {
    expect(errors).toMatchObject([{ path: ["device"], extensions: { code: "UPSTREAM_UNREACHABLE" } }]);
  }
});

test("ten thousand requests towards a server that hangs: few wait, the others are sent away at once, memory is bounded", async () => {
  const server = await startRawServer(() => undefined);
  const client = new HttpClient({
    server: "sick",
    baseUrl: server.url,
    limits: { headersTimeoutMs: 500, totalTimeoutMs: 1_500 },
    probe: { operation: "GET probe", path: "/probe" },
  });
  closing.push(
    () => server.close(),
    () => client.close(),
  );
  const growth = watchMemory();
  const codes = new Map<string, number>();
  const ask = async (at: number): Promise<void> => {
    const request = { operation: "GET thing", path: `/${at}`, fairKey: `viewer ${at % 7}` };
    const error: unknown = await client.request(request).catch((thrown: unknown) => thrown);
    const { code, retryAfterSeconds } = toGraphQLError(error, () => undefined).extensions;
    codes.set(String(code), (codes.get(String(code)) ?? 0) + 1);
    if (code === "OVERLOADED") expect(retryAfterSeconds).toBeGreaterThanOrEqual(1);
    expect(client.status().waiting).toBeLessThanOrEqual(client.limits.maxWaiting);
  };
  await Promise.all(Array.from({ length: 10_000 }, (_, at) => ask(at)));
  expect(codes.get("OVERLOADED")).toBe(10_000 - client.limits.maxWaiting - client.limits.concurrency);
  expect([...codes.keys()].sort()).toEqual(["OVERLOADED", "UPSTREAM_TIMEOUT"]);
  expect(client.status()).toMatchObject({ inUse: 0, waiting: 0 });
  expect(server.requests.length).toBeLessThan(100);
  expect(growth()).toBeLessThan(GROWTH_MAX_BYTES);
});

/** Samples what the process holds; the function tells the greatest growth since. */
function watchMemory(): () => number {
  const held = () => process.memoryUsage().rss;
  const before = held();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, held())), 5);
  return () => {
    clearInterval(timer);
    return Math.max(most, held()) - before;
  };
}

function drip({ socket }: RawRequest, { type }: Kind): void {
  socket.write(headOf(200, { "content-type": type, "content-length": "100000" }));
  const timer = setInterval(() => socket.write(" "), 1_000);
  socket.once("close", () => clearInterval(timer));
}

/** Never held: the same piece again and again, as fast as it is taken. */
function sendGigabyte({ socket }: RawRequest, { type }: Kind): void {
  const zeros = Buffer.alloc(MiB, "0");
  socket.write(headOf(200, { "content-type": type, "content-length": String(1024 * MiB) }));
  writeAgain(socket, zeros, 1024);
}

function writeAgain(socket: Socket, piece: Buffer, times: number): void {
  for (let left = times; left > 0 && socket.writable; left -= 1) {
    if (socket.write(piece)) continue;
    socket.once("drain", () => writeAgain(socket, piece, left - 1));
    return;
  }
}
