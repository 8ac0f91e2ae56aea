// How results are asked for: whole and in bulk, in smaller bulks where that is too much, in parts where one job is.

import { Upstream } from "../../../src/cache/upstream.js";
import { createAsk } from "../../../src/net/ask.js";
import { Memory } from "../../../src/cache/memory.js";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { UpstreamError } from "../../../src/errors.js";
import { toJobId } from "../../../src/lava/protocol/ids.js";
import { createLava } from "../../../src/lava/index.js";
import type { LavaView } from "../../../src/lava/index.js";
import { LavaRest } from "../../../src/lava/client/rest.js";
import { ResultsClient, TOO_MANY } from "../../../src/lava/client/results-client.js";
import { LavaXmlRpc } from "../../../src/lava/client/xml-rpc.js";
import { HttpClient } from "../../../src/net/http.js";
import type { HttpLimits } from "../../../src/net/http-limits.js";
import { Secret } from "../../../src/net/secret.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { ANONYMOUS_ENTRY } from "../../support/entries.js";

let sandbox: LavaSandbox;
beforeAll(async () => {
  sandbox = await createLavaSandbox({ jobs: 12, events: false });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  sandbox.fault = undefined;
  sandbox.requests.reset();
});

const JOBS = Array.from({ length: 12 }, (_, at) => toJobId(at + 1));
/** The eighth is secret-team's, which bob is of. */
const SECRET = toJobId(8);

/** Views of several users on one server, with one memory of what is large. */
function open(limits: Partial<HttpLimits> = {}): (user: "alice" | "bob" | null) => LavaView {
  const lava = createLava([{ ...ANONYMOUS_ENTRY, url: new URL(sandbox.url), events: "poll", limits }], {
    memory: new Memory(0),
  });
  onTestFinished(() => lava.close());
  return (user) => {
    const token = user === null ? null : new Secret(sandbox.users[user].token);
    return lava.createSession({ token, byServer: new Map() }).view(null);
  };
}

/** A client whose XML-RPC answers may have no more than `maxBytes`. */
function bounded(maxBytes: number): ResultsClient {
  const [rest, rpc] = [64_000_000, maxBytes].map(
    (maxBodyBytes) => new HttpClient({ server: "lava", baseUrl: new URL(sandbox.url), limits: { maxBodyBytes } }),
  );
  if (rest === undefined || rpc === undefined) throw new Error("unreachable");
  onTestFinished(async () => {
    await rest.close();
    await rpc.close();
  });
  return new ResultsClient({
    server: "lava",
    upstream: new Upstream(rest),
    rest: new LavaRest(new Upstream(rest)),
    rpc: new LavaXmlRpc(new Upstream(rpc), ({ token }) => Promise.resolve(token === null ? null : "alice")),
  });
}

const ask = async (client: ResultsClient) => {
  const answers = await client.ofJobs(JOBS, createAsk(new Secret(sandbox.users.alice.token)));
  return answers.map((answer) => (Array.isArray(answer) ? answer.map(({ id }: { id: string }) => id) : answer));
};

/** Results of half of the jobs, with XML-RPC around them, have no more bytes than this. */
async function middleSize(): Promise<number> {
  const headers = { authorization: `Token ${sandbox.users.alice.token}` };
  const sizes = await Promise.all(
    JOBS.map(async (id) => (await (await fetch(`${sandbox.url}/api/v0.2/jobs/${id}/csv/`, { headers })).text()).length),
  );
  sandbox.requests.reset();
  return (sizes.sort((a, b) => a - b)[JOBS.length / 2] ?? 0) + 500;
}

test("a bulk that is too large is split, and only a job that is too large alone is left to be asked in parts", async () => {
  const whole = await ask(bounded(64_000_000));
  expect(whole[SECRET - 1]).toBeNull();
  expect(sandbox.requests.counts()).toEqual({ "RPC system.multicall": 2 });

  sandbox.requests.reset();
  const client = bounded(await middleSize());
  const some = await ask(client);
  expect(some.filter((answer) => answer === TOO_MANY).length).toBeGreaterThan(0);
  expect(some.filter((answer) => Array.isArray(answer)).length).toBeGreaterThan(0);
  some.forEach((answer, at) => {
    if (answer !== TOO_MANY) expect(answer).toEqual(whole[at]);
  });
  expect(sandbox.requests.counts()["RPC system.multicall"]).toBeGreaterThan(3);

  // What is large is remembered: the second time only the others are asked, though still in too large bulks.
  sandbox.requests.reset();
  expect(await ask(client)).toEqual(some);
  expect(sandbox.requests.counts()["GET jobs/ID/csv/"]).toBeUndefined();
});

test("a private job stays hidden when it is asked in parts, though LAVA would show its cases to anybody", async () => {
  const as = open({ maxBodyBytes: 6_000 });
  const bobs = await as("bob").jobResults(SECRET);
  expect(() => bobs?.whole()).toThrow("too many");
  expect((await bobs?.counts({}))?.pass).toBeGreaterThan(0);
  for (const user of ["alice", null] as const) expect(await as(user).jobResults(SECRET)).toBeNull();
});

test("a slow server is an error at the jobs it was slow with, not a large job", async () => {
  const as = open();
  sandbox.fault = ({ rpcMethod }) => (rpcMethod === "system.multicall" ? { kind: "status", status: 504 } : undefined);
  await expect(as("alice").jobResults(toJobId(1))).rejects.toThrow(UpstreamError);
  sandbox.fault = ({ path }) => (path.includes("/csv/") ? { kind: "status", status: 504 } : undefined);
  await expect(as(null).jobResults(toJobId(1))).rejects.toThrow(UpstreamError);
  sandbox.fault = undefined;
  expect((await as("alice").jobResults(toJobId(1)))?.whole().length).toBeGreaterThan(10);
});
