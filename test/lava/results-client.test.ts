// How results are asked for: whole and in bulk, in smaller bulks where that is too much, in parts where one job is.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { UpstreamError } from "../../src/errors.js";
import type { LavaJobId } from "../../src/lava/ids.js";
import { toJobId } from "../../src/lava/ids.js";
import { createLava } from "../../src/lava/index.js";
import type { Lava, LavaView } from "../../src/lava/index.js";
import type { HttpLimits } from "../../src/net/http.js";
import { Secret } from "../../src/net/secret.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { ANONYMOUS_ENTRY } from "../support/entries.js";

let sandbox: LavaSandbox;
let opened: Lava[];
beforeAll(async () => {
  sandbox = await createLavaSandbox({ jobs: 12, events: false });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  opened = [];
  sandbox.fault = undefined;
  sandbox.requests.reset();
});
afterEach(async () => {
  await Promise.all(opened.map((lava) => lava.close()));
});

function view(user: "alice" | "bob" | null, limits: Partial<HttpLimits> = {}): LavaView {
  const lava = createLava([{ ...ANONYMOUS_ENTRY, url: new URL(sandbox.url), events: "poll", limits }]);
  opened.push(lava);
  const token = user === null ? null : new Secret(sandbox.users[user].token);
  return lava.createSession({ token, byServer: new Map() }).view(null);
}

const JOBS = Array.from({ length: 12 }, (_, at) => toJobId(at + 1));
const summary = async (from: LavaView, id: LavaJobId) => {
  const results = await from.jobResults(id);
  if (results === null) return null;
  const { items } = await results.page({}, { direction: "forward", count: 1000, cursor: null });
  return {
    counts: await results.counts({}),
    suites: await results.suiteNames(),
    ids: items.map(({ cursor }) => cursor),
  };
};
const summaries = (from: LavaView) => Promise.all(JOBS.map((id) => summary(from, id)));

test("a bulk that is too large is split, and a job that is too large alone is asked in parts, with the same outcome", async () => {
  const expected = await summaries(view("alice"));
  expect(expected).toContain(null);
  expect(sandbox.requests.counts()["RPC system.multicall"]).toBe(3);

  sandbox.requests.reset();
  // Two usual jobs fit, the largest does not.
  expect(await summaries(view("alice", { maxBodyBytes: 24_000 }))).toEqual(expected);
  const counts = sandbox.requests.counts();
  expect(counts["RPC system.multicall"]).toBeGreaterThan(3);
  expect(sandbox.requests.counts()["GET jobs/ID/csv/"]).toBeUndefined();

  sandbox.requests.reset();
  expect(await summaries(view("alice", { maxBodyBytes: 9_000 }))).toEqual(expected);
  expect(sandbox.requests.counts()["GET jobs/ID/tests/"]).toBeGreaterThan(12);
});

test("a private job is null in parts too, though LAVA would show its cases to anybody", async () => {
  const bobs = await summaries(view("bob"));
  for (const user of ["alice", null] as const) {
    const own = await summaries(view(user));
    const hidden = JOBS.filter((_, at) => bobs[at] !== null && own[at] === null);
    expect(hidden).not.toEqual([]);
    // As if it had turned out too large for somebody who may see it.
    const asker = view("bob", { maxBodyBytes: 5_000 });
    sandbox.fault = ({ rpcMethod }) => (rpcMethod === "system.multicall" ? { kind: "status", status: 504 } : undefined);
    const { client } = asker.server;
    await Promise.all(hidden.map((id) => client.results.ofJobs([id], asker.token).catch(() => null)));
    sandbox.fault = undefined;
    for (const id of hidden) {
      expect(await summary(view(user, { maxBodyBytes: 5_000 }), id)).toBeNull();
    }
  }
});

test("a slow server is an error at the jobs it was slow with, not a large job", async () => {
  sandbox.fault = ({ rpcMethod }) => (rpcMethod === "system.multicall" ? { kind: "status", status: 504 } : undefined);
  await expect(view("alice").jobResults(toJobId(1))).rejects.toThrow(UpstreamError);
  sandbox.fault = ({ path }) => (path.includes("/csv/") ? { kind: "status", status: 504 } : undefined);
  await expect(view(null).jobResults(toJobId(1))).rejects.toThrow(UpstreamError);
});
