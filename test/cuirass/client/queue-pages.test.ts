import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Page, PageRequest } from "../../../src/ci/page.js";
import { RunOutcome, RunPhase } from "../../../src/ci/enums.js";
import { pageOfQueue } from "../../../src/cuirass/client/queue-pages.js";
import { pageOfRuns } from "../../../src/cuirass/run-pages.js";
import type { WireBuild } from "../../../src/cuirass/protocol/wire.js";
import { Overflow } from "../../../src/errors.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { forward, walkPages } from "../walk.js";
import { connect } from "../connect.js";
import type { Connected } from "../connect.js";

const ALL_RUNS = { kind: null, phase: null, outcome: null, since: null, text: null };

let sandbox: CuirassSandbox;
let connected: Connected;

beforeEach(async () => {
  sandbox = await createCuirassSandbox();
  connected = connect(sandbox.url);
});

afterEach(async () => {
  await connected.close();
  await sandbox.close();
});

async function walk(ask: (request: PageRequest) => Promise<Page<WireBuild>>, count: number): Promise<number[]> {
  return (await walkPages(ask, count)).map(({ id }) => id);
}

describe("the queue", () => {
  it.each([1, 4, 100])("comes in Cuirass' order in pages of %d", async (count) => {
    const all = (await connected.client.queue({}, 1_000)).map(({ id }) => id);
    expect(all.length).toBeGreaterThan(20);
    expect(await walk((request) => pageOfQueue(connected.client, {}, request), count)).toEqual(all);
  });

  it("knows its length, which costs a request only when the page is not the last", async () => {
    const { length } = await connected.client.queue({}, 1_000);
    const whole = await pageOfQueue(connected.client, {}, forward(100));
    expect(whole.totalCount).toBe(length);
    sandbox.requests.reset();
    const first = await pageOfQueue(connected.client, {}, forward(2));
    expect(sandbox.requests.total()).toBe(1);
    expect(typeof first.totalCount === "function" && (await first.totalCount())).toBe(length);
  });

  it("goes on after a build that has left it", async () => {
    const all = (await connected.client.queue({}, 1_000)).map(({ id }) => id);
    const first = await pageOfQueue(connected.client, {}, forward(3));
    for (const { node } of first.items) sandbox.advance(node.id, "succeeded");
    const second = await pageOfQueue(connected.client, {}, forward(3, first.items.at(-1)?.cursor));
    expect(second.items.map(({ node }) => node.id)).toEqual(all.slice(3, 6));
  });

  it("refuses to go backward, and a cursor of another list", async () => {
    const back = pageOfQueue(connected.client, {}, { direction: "backward", count: 1, cursor: null });
    await expect(back).rejects.toThrow(/^last: /);
    await expect(pageOfQueue(connected.client, {}, forward(1, "1.2.3"))).rejects.toThrow(/^after: /);
  });

  it("says that there is more than Cuirass shows", async () => {
    const [one] = await connected.client.queue({}, 1);
    const body = Array.from({ length: 1_000 }, (_, at) => ({ ...one, id: 5_000 + at, buildproducts: [] }));
    sandbox.fault = ({ path }) => ({ kind: "json", body: body.slice(0, Number(/nr=(\d+)/.exec(path)?.[1])) });
    const error = await walk((request) => pageOfQueue(connected.client, {}, request), 100).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Overflow);
    expect(String(error)).toContain("shows the first 1000 builds of its queue only");
    const page = await pageOfQueue(connected.client, {}, forward(100));
    expect(typeof page.totalCount === "function" && (await page.totalCount())).toBeNull();
  });
});

describe("runs", () => {
  const all = ALL_RUNS;
  const statuses = async (filter: Parameters<typeof pageOfRuns>[1], count = 30) => {
    const page = await pageOfRuns(connected.client, filter, forward(count));
    return [...new Set(page.items.map(({ node }) => node.buildstatus))].sort();
  };

  it.each([1, 10, 100])("are the queue and then the finished builds, each once, in pages of %d", async (count) => {
    const queue = (await connected.client.queue({}, 1_000)).map(({ id }) => id);
    const finished = [...(await connected.client.latestBuilds({}, 1_000))]
      .sort((a, b) => b.evaluation - a.evaluation || b.id - a.id)
      .map(({ id }) => id);
    const seen = await walk((request) => pageOfRuns(connected.client, all, request), count);
    expect(seen).toEqual([...queue, ...finished]);
  });

  it("can be narrowed by phase and outcome", async () => {
    expect(await statuses({ ...ALL_RUNS, phase: RunPhase.RUNNING })).toEqual([-1]);
    expect(await statuses({ ...ALL_RUNS, phase: RunPhase.QUEUED })).toEqual([-2, -3]);
    expect(await statuses({ ...ALL_RUNS, outcome: RunOutcome.SUCCEEDED })).toEqual([0]);
    expect(await statuses({ ...ALL_RUNS, phase: RunPhase.FINISHED, outcome: RunOutcome.FAILED })).toEqual([1, 2, 3]);
    expect(await statuses({ ...ALL_RUNS, phase: RunPhase.FINISHED, outcome: RunOutcome.CANCELED })).toEqual([4]);
    sandbox.requests.reset();
    expect(await statuses({ ...ALL_RUNS, phase: RunPhase.RUNNING, outcome: RunOutcome.FAILED })).toEqual([]);
    expect(sandbox.requests.total()).toBe(0);
  });

  it("refuse a cursor of another list", async () => {
    for (const cursor of ["x", "q:1", "f:1", "18.2.1"]) {
      await expect(pageOfRuns(connected.client, all, forward(1, cursor))).rejects.toThrow(/^after: /);
    }
  });
});
