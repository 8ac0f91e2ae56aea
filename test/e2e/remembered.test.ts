// What the gateway remembers of its servers: nothing is asked twice without need, nothing old is shown, and nobody sees
// what another viewer was shown. Counted at the servers.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { untilConnected } from "./scene.js";

let lava: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;
let alice: Record<string, string>;
let bob: Record<string, string>;

beforeAll(async () => {
  cuirass = await createCuirassSandbox({ evaluations: 6 });
  lava = await createLavaSandbox({ jobs: 80, builds: () => cuirass.builds() });
  alice = asUser(lava.users.alice.token);
  bob = asUser(lava.users.bob.token);
});
afterAll(async () => {
  await lava.close();
  await cuirass.close();
});
// A gateway of its own for each test, so that none lives on what another has learned.
beforeEach(async () => {
  gateway = await startGateway({
    lava: [{ url: lava.url, publisher: lava.eventUrl }],
    cuirass: [{ url: cuirass.url }],
  });
  await untilConnected(gateway);
  await untilRemembering();
  lava.requests.reset();
  cuirass.requests.reset();
});
afterEach(async () => {
  lava.fault = undefined;
  cuirass.fault = undefined;
  await gateway.close();
});

async function traced(query: string, headers: Record<string, string> = {}): Promise<Record<string, any>> {
  const reply = await fetch(`${gateway.origin}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "X-Etna-Trace": "1", ...headers },
    body: JSON.stringify({ query }),
  });
  return (await reply.json()) as Record<string, any>;
}

/**
 * What was read while the bus was joined, a quarter of a second, may be from before an event that was missed, and is not
 * kept: waits until what is kept stays so for longer than that.
 */
async function untilRemembering(ms = 400): Promise<void> {
  let since = performance.now();
  await vi.waitFor(
    async () => {
      const { extensions } = await traced(`{ workers(first: 1) { nodes { hostname } } }`);
      if (extensions.etna.upstreamCalls > 0) since = performance.now();
      expect(performance.now() - since).toBeGreaterThan(ms);
    },
    { timeout: 15_000, interval: 20 },
  );
}

const SCREEN = `{ testJobs(first: 50, filter: { states: [FINISHED] }) { nodes {
  jobId state health
  device { hostname deviceType { name } }
  suites { name cases(first: 50) { nodes { name result measurement unit } } }
} } }`;

/** Another gateway's end, or a slow start, may be heard of as a gap in the events, which ends what is kept. */
async function untilFree(headers: Record<string, string>): Promise<void> {
  await vi.waitFor(async () => expect(await screen(headers)).toBe(0), { timeout: 5_000, interval: 200 });
}

/** Requests to LAVA for one run of the screen. */
async function screen(headers: Record<string, string>): Promise<number> {
  lava.requests.reset();
  const { data, errors } = await gateway.query(SCREEN, {}, headers);
  expect(errors).toEqual([]);
  expect(data.testJobs.nodes).toHaveLength(50);
  return lava.requests.total();
}

describe("the screen of 50 test jobs with all their results", () => {
  test("costs a user at most seven requests, and none when nothing has changed", async () => {
    expect(await screen(alice)).toBeLessThanOrEqual(7);
    await untilFree(alice);
  });

  test("costs anonymous at most 53, and none when nothing has changed", async () => {
    expect(await screen({})).toBeLessThanOrEqual(53);
    await untilFree({});
  });

  test("costs another user only what tells what that user may see", async () => {
    await screen(alice);
    expect(await screen(bob)).toBeLessThanOrEqual(4);
    expect(lava.requests.counts()["RPC system.multicall"] ?? 0).toBeLessThanOrEqual(1);
  });

  test("asked by 32 at once costs what one costs", async () => {
    await screen(alice);
    const once = lava.requests.counts();
    await gateway.close();
    gateway = await startGateway({ lava: [{ url: lava.url, publisher: lava.eventUrl }], cuirass: [] });
    await untilConnected(gateway);
    // What is read within two seconds of that gap is kept only until these are over, which may be amid the 32.
    await untilRemembering(2_200);
    lava.requests.reset();
    const answers = await Promise.all(Array.from({ length: 32 }, () => gateway.query(SCREEN, {}, alice)));
    for (const { data } of answers) expect(data).toEqual(answers[0]?.data);
    expect(lava.requests.counts()).toEqual(once);
  });

  test("costs at most one request after a job has changed, and shows the change", async () => {
    const [id = ""] = lava.submit("alice", jobFile("qemu-shell"));
    const query = `{ testJobs(first: 3) { nodes { jobId state } } }`;
    const state = async () =>
      (await gateway.query(query)).data.testJobs.nodes.find(({ jobId }: { jobId: string }) => jobId === id)
        ?.state as string;
    // At once, so that it does not begin by itself.
    await lava.advance(Number(id), "Scheduled");
    await vi.waitFor(async () => expect(await state()).toBe("SCHEDULED"), { timeout: 15_000, interval: 20 });
    for (const [step, shown] of [
      ["Running", "RUNNING"],
      ["Finished", "FINISHED"],
    ] as const) {
      await lava.advance(Number(id), step);
      // Far sooner than it would be forgotten without the event.
      await vi.waitFor(async () => expect(await state()).toBe(shown), { timeout: 15_000, interval: 20 });
      lava.requests.reset();
      expect(await state()).toBe(shown);
      expect(lava.requests.total()).toBeLessThanOrEqual(1);
    }
  });
});

/** How many events the gateway has had. */
function eventsReceived() {
  return async () =>
    (await gateway.query(`{ servers { ... on LavaServer { events { received } } } }`)).data.servers[0].events
      .received as number;
}

describe("viewers", () => {
  test("of different rights never share what only one may see, whoever asks first and at the same time", async () => {
    const query = `{ testJobs(first: 100) { nodes { jobId suites { name } } } }`;
    const idsOf = (answer: { data: any }): string[] =>
      answer.data.testJobs.nodes.map(({ jobId }: any) => jobId as string);
    for (let round = 0; round < 3; round += 1) {
      const [a, b, nobody] = await Promise.all([
        gateway.query(query, {}, alice),
        gateway.query(query, {}, bob),
        gateway.query(query),
      ]);
      // Of the sandbox's history: group and personal jobs of one that the other may not see.
      const [ofAlice, ofBob, ofNobody] = [idsOf(a), idsOf(b), idsOf(nobody)].map((ids) => new Set(ids));
      expect([...(ofAlice ?? [])].filter((id) => ofBob?.has(id) !== true)).not.toEqual([]);
      expect([...(ofBob ?? [])].filter((id) => ofAlice?.has(id) !== true)).not.toEqual([]);
      for (const id of ofNobody ?? []) expect([ofAlice?.has(id), ofBob?.has(id)]).toEqual([true, true]);
      expect(ofNobody?.size).toBeLessThan(ofBob?.size ?? 0);
    }
  });

  test("get results and log of a finished job from memory only when they may see the job", async () => {
    // Bob's own, which alice may not see.
    const [id = ""] = lava.submit("bob", jobFile("qemu-shell").replace("visibility: public", "visibility: personal"));
    await lava.advance(Number(id), "Running");
    await lava.advance(Number(id), "Finished");
    const query = `query ($id: ID!) { testJob(jobId: $id) { suites { name } log { lines(first: 5) { nodes { text } } } } }`;
    const node = `query ($id: ID!) { node(id: $id) { id } }`;
    const seen = await gateway.query(query, { id }, bob);
    expect(seen.data.testJob.log.lines.nodes.length).toBeGreaterThan(0);
    const { data } = await gateway.query(`query ($id: ID!) { testJob(jobId: $id) { suites { id } } }`, { id }, bob);
    const suite = data.testJob.suites[0]?.id as string;
    expect((await gateway.query(node, { id: suite }, bob)).data.node).toEqual({ id: suite });
    for (const viewer of [alice, {}]) {
      expect((await gateway.query(query, { id }, viewer)).data.testJob).toBeNull();
      expect((await gateway.query(node, { id: suite }, viewer)).data.node).toBeNull();
    }
  });
});

describe("the log of a finished job that LAVA says is not there", () => {
  const query = `{ testJob(jobId: "1") { log { lineCount lines(first: 2) { nodes { number } } } } }`;
  const logOf = async (headers: Record<string, string>) => (await gateway.query(query, {}, headers)).data.testJob.log;
  const SHOWN = () => ({ lineCount: lava.job(1)?.logLines, lines: { nodes: [{ number: 0 }, { number: 1 }] } });
  /** To alice, although the job is public. */
  const hideLogs = () => {
    lava.fault = ({ path, headers }) =>
      path.includes("/logs/") && headers.authorization === `Token ${lava.users.alice.token}`
        ? { kind: "status", status: 404, body: '{"detail":"Not found."}', contentType: "application/json" }
        : undefined;
  };

  test("is shown to others at once, and to the same viewer a little later", async () => {
    hideLogs();
    expect(await logOf(alice)).toEqual({ lineCount: 0, lines: { nodes: [] } });
    expect(await logOf(bob)).toEqual(SHOWN());
    lava.fault = undefined;
    await vi.waitFor(async () => expect(await logOf(alice)).toEqual(SHOWN()), { timeout: 10_000, interval: 100 });
  });

  test("is asked for again by a viewer whose question is under way with another's", async () => {
    hideLogs();
    const [ofAlice, ofBob] = await Promise.all([logOf(alice), logOf(bob)]);
    expect(ofAlice).toEqual({ lineCount: 0, lines: { nodes: [] } });
    expect(ofBob).toEqual(SHOWN());
  });
});

test("results of a test job that runs are asked for again after a while", async () => {
  const [id = ""] = lava.submit("alice", jobFile("queued"));
  const query = `query ($id: ID!) { testJob(jobId: $id) { state suites { name } } }`;
  const state = async () => (await gateway.query(query, { id })).data.testJob.state as string;
  const asked = () => lava.requests.counts()["GET jobs/ID/csv/"] ?? 0;
  await lava.advance(Number(id), "Running");
  await vi.waitFor(async () => expect(await state()).toBe("RUNNING"), { timeout: 5_000 });
  const first = asked();
  expect(first).toBeGreaterThan(0);
  await vi.waitFor(
    async () => {
      await state();
      expect(asked()).toBeGreaterThan(first);
    },
    { timeout: 10_000 },
  );
});

describe("a change made through Etna", () => {
  test("is seen at once by whoever made it", async () => {
    // No device of the sandbox's takes it.
    const [id = ""] = lava.submit("alice", jobFile("queued"));
    const query = `query ($id: ID!) { testJob(jobId: $id) { state } }`;
    await vi.waitFor(async () => {
      expect((await gateway.query(query, { id }, alice)).data.testJob).toEqual({ state: "SUBMITTED" });
    });
    await gateway.query(`mutation ($id: ID!) { cancelTestJob(testJob: { jobId: $id }) { __typename } }`, { id }, alice);
    expect((await gateway.query(query, { id }, alice)).data.testJob.state).not.toBe("SUBMITTED");
  });

  test("is made each time, also when many ask for it at once in the same words", async () => {
    const before = lava.submit("alice", jobFile("qemu-shell")).map(Number)[0] ?? 0;
    const mutation = `mutation ($definition: String!) { submitTestJob(definition: $definition) { __typename } }`;
    const made = await Promise.all(
      Array.from({ length: 5 }, () => gateway.query(mutation, { definition: jobFile("qemu-shell") }, alice)),
    );
    expect(made.flatMap(({ errors }) => errors)).toEqual([]);
    expect(lava.job(before + 5)).toBeDefined();
  });
});

describe("a server that goes down", () => {
  test("is answered for with what it said last, and said to be so", async () => {
    const query = `{ testJobs(first: 5) { nodes { jobId state } } servers { name reachable } }`;
    const well = await gateway.query(query, {}, alice);
    lava.fault = () => ({ kind: "status", status: 503 });
    const heard = eventsReceived();
    const before = await heard();
    lava.submit("alice", jobFile("qemu-shell"));
    await vi.waitFor(async () => expect(await heard()).toBeGreaterThan(before));
    const answer = await traced(query, { "X-Etna-Trace": "0", ...alice });
    expect(answer.errors).toBeUndefined();
    expect(answer.data.testJobs).toEqual(well.data.testJobs);
    expect(answer.data.servers[0]).toEqual({ name: "lava", reachable: false });
    expect(answer.extensions.etna).toEqual({ stale: ["lava"] });
  });
});

describe("a server that hangs", () => {
  test("is answered for with what it said last, before its request has been given up", async () => {
    const query = `{ testJobs(first: 7) { nodes { jobId } } }`;
    const well = await gateway.query(query, {}, alice);
    const heard = eventsReceived();
    const before = await heard();
    lava.submit("alice", jobFile("qemu-shell"));
    await vi.waitFor(async () => expect(await heard()).toBeGreaterThan(before));
    let hanging = 0;
    lava.fault = () => {
      hanging += 1;
      return { kind: "hang" };
    };
    // Far sooner than the 30 seconds after which the request fails.
    const answer = await traced(query, { "X-Etna-Trace": "0", ...alice });
    expect(hanging).toBeGreaterThan(0);
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toEqual(well.data);
    expect(answer.extensions.etna).toEqual({ stale: ["lava"] });
  });
});

describe("an operation that is traced", () => {
  test("tells what it has cost, and no other does", async () => {
    const query = `{ testJobs(first: 5) { nodes { jobId device { hostname } } } }`;
    expect((await traced(query, { "X-Etna-Trace": "0" })).extensions).toBeUndefined();
    const ask = async () => (await traced(query, alice)).extensions as unknown;
    expect(await ask()).toEqual({
      // The devices are what everybody may see, and somebody has asked for them.
      etna: { upstreamCalls: 1, upstreamCached: 1, upstreamMs: expect.any(Number) },
    });
    // Jobs of other tests may still move, and each of their events ends what is kept of the list.
    const kept = { etna: { upstreamCalls: 0, upstreamCached: 2, upstreamMs: 0 } };
    await vi.waitFor(async () => expect(await ask()).toEqual(kept), { timeout: 5_000 });
  });
});

describe("an answer by GET", () => {
  const url = () =>
    `${gateway.origin}/graphql?query=${encodeURIComponent("{ testJobs(first: 5) { nodes { jobId } } }")}`;
  const get = (headers: Record<string, string>) =>
    fetch(url(), { headers: { "apollo-require-preflight": "1", ...headers } });

  test("for everybody has a tag, and is not sent again while it is the same", async () => {
    const first = await get({});
    expect(first.headers.get("cache-control")).toBe("public, no-cache");
    const tag = first.headers.get("etag") ?? "";
    expect((await get({ "if-none-match": tag })).status).toBe(304);
    expect((await get({ "if-none-match": '"another"' })).status).toBe(200);
  });

  test("for a token is its client's alone, and is not sent again either", async () => {
    const first = await get(alice);
    expect(first.headers.get("cache-control")).toBe("private, no-cache");
    expect((await get({ ...alice, "if-none-match": first.headers.get("etag") ?? "" })).status).toBe(304);
  });
});

describe("the log of a finished test job", () => {
  const page = (after: string | null) =>
    `{ testJob(jobId: "4") { log { lineCount lines(first: 100${after === null ? "" : `, after: "${after}"`}) {
      nodes { number text } pageInfo { endCursor } } } } }`;
  const lines = async (after: string | null, headers: Record<string, string> = {}) => {
    lava.requests.reset();
    const { data, errors } = await gateway.query(page(after).replace("lineCount ", ""), {}, headers);
    expect(errors).toEqual([]);
    return { ...data.testJob.log.lines, requests: lava.requests.counts()["GET jobs/ID/logs/"] ?? 0 };
  };

  test("can begin at the line with a number", async () => {
    const query = `{ testJob(jobId: "4") { log { lines(from: 150, first: 2) { nodes { number } pageInfo { hasPreviousPage } } } } }`;
    const { data, errors } = await gateway.query(query);
    expect([errors, data.testJob.log.lines]).toEqual([
      [],
      { nodes: [{ number: 150 }, { number: 151 }], pageInfo: { hasPreviousPage: true } },
    ]);
  });

  test("is asked for in pieces around the page, and no piece twice, not for another viewer either", async () => {
    const first = await lines(null);
    expect(first.requests).toBeLessThanOrEqual(2);
    expect(first.nodes).toHaveLength(100);
    const second = await lines(first.pageInfo.endCursor);
    expect(second.requests).toBeLessThanOrEqual(1);
    expect(second.nodes[0].number).toBe(100);
    expect((await lines(first.pageInfo.endCursor, alice)).requests).toBe(0);
    expect((await lines(null, bob)).nodes).toEqual(first.nodes);
  });

  test("is read in large pages by a request for each, which serves the next viewer", async () => {
    const walk = async (headers: Record<string, string>) => {
      lava.requests.reset();
      const numbers: number[] = [];
      let pages = 0;
      for (let after: string | null = null, more = true; more; pages += 1) {
        const query: string = `{ testJob(jobId: "4") { log { lines(first: 1000, after: ${JSON.stringify(after)}) {
          nodes { number } pageInfo { endCursor hasNextPage } } } } }`;
        const { data, errors } = await gateway.query(query, {}, headers);
        expect(errors).toEqual([]);
        const { nodes, pageInfo } = data.testJob.log.lines;
        for (const { number } of nodes) numbers.push(number);
        [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
      }
      return { numbers, pages, requests: lava.requests.counts()["GET jobs/ID/logs/"] ?? 0 };
    };
    const first = await walk(alice);
    expect(first.pages).toBeGreaterThan(15);
    expect(first.numbers).toEqual(first.numbers.map((_, at) => at));
    expect(first.requests).toBeLessThanOrEqual(first.pages + 1);
    const second = await walk(bob);
    expect(second).toEqual({ ...first, requests: expect.any(Number) });
    // That nothing follows its last line is asked for each viewer.
    expect(second.requests).toBeLessThanOrEqual(1);
  });

  test("is counted once", async () => {
    const count = `{ testJob(jobId: "4") { log { lineCount } } }`;
    const { data } = await gateway.query(count);
    lava.requests.reset();
    expect((await gateway.query(count, {}, alice)).data).toEqual(data);
    expect(lava.requests.counts()["GET jobs/ID/logs/"] ?? 0).toBe(0);
  });
});

describe("with a folder for what can't change", () => {
  test("a gateway that was restarted asks for rows, and for no results and logs, again", async () => {
    const dir = mkdtempSync(join(tmpdir(), "etna-cache-"));
    const query = `{ testJobs(first: 20, orderBy: { field: ID, direction: ASC }) { nodes { suites { name cases(first: 50) { nodes { name result measurement unit loggedAt metadata durationSeconds } } } log { lineCount lines(first: 5) { nodes { text } } } } } }`;
    const answers: unknown[] = [];
    for (const headers of [alice, bob, alice]) {
      await gateway.close();
      gateway = await startGateway({ lava: [{ url: lava.url, events: "poll" }], cacheDir: dir });
      lava.requests.reset();
      const { data, errors } = await gateway.query(query, {}, headers);
      expect(errors).toEqual([]);
      answers.push(data);
    }
    expect(answers[2]).toEqual(answers[0]);
    // The user's name is asked for beside the list, since results that are not there would want it.
    expect(lava.requests.counts()).toEqual({ "GET jobs/": 1, "GET system/whoami/": 1 });
    await gateway.close();
    rmSync(dir, { recursive: true });
  });
});

describe("what Cuirass has said", () => {
  test("is asked once by all who ask at the same time, and again after two seconds", async () => {
    const query = `{ builds(first: 20) { nodes { buildId status } } }`;
    await Promise.all(Array.from({ length: 10 }, (_, at) => gateway.query(query, { at })));
    const once = cuirass.requests.total();
    expect(once).toBeLessThanOrEqual(3);
    cuirass.requests.reset();
    await gateway.query(query);
    expect(cuirass.requests.total()).toBe(0);
    await vi.waitFor(
      async () => {
        await gateway.query(query);
        expect(cuirass.requests.total()).toBe(once);
      },
      { timeout: 10_000, interval: 200 },
    );
  });
});
