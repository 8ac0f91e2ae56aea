import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Page, PageRequest } from "../../../src/ci/page.js";
import { RunOutcome, RunPhase } from "../../../src/ci/enums.js";
import { pageOfQueue } from "../../../src/cuirass/client/queue-pages.js";
import { pageOfRuns } from "../../../src/cuirass/run-pages.js";
import type { WireBuild } from "../../../src/cuirass/protocol/wire.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { forward, walkPages } from "../walk.js";
import { connect } from "../connect.js";
import type { Connected } from "../connect.js";

const ALL_RUNS = { kinds: null, phases: null, outcomes: null, createdAfter: null, createdBefore: null, text: null };

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

async function walkFrom(
  ask: (request: PageRequest) => Promise<Page<WireBuild>>,
  count: number,
  start: string | undefined,
): Promise<number[]> {
  const ids: number[] = [];
  for (let cursor = start ?? null; ;) {
    const page = await ask(forward(count, cursor));
    ids.push(...page.items.map(({ node }) => node.id));
    if (!page.hasNextPage) return ids;
    cursor = page.endCursor ?? page.items.at(-1)?.cursor ?? null;
  }
}

describe("the queue", () => {
  /** What runs, then what waits, urgent ones first. */
  async function inOrder(): Promise<number[]> {
    const all = [...(await connected.client.queue({}, 1_000))];
    expect(all.length).toBeGreaterThan(20);
    const first = ({ buildstatus }: WireBuild) => (buildstatus === -1 ? 0 : 1);
    all.sort((a, b) => first(a) - first(b) || a.priority - b.priority || a.timestamp - b.timestamp || a.id - b.id);
    return all.map(({ id }) => id);
  }

  it.each([1, 4, 100])("comes by urgency, what runs first, in pages of %d", async (count) => {
    expect(await walk((request) => pageOfQueue(connected.client, {}, request), count)).toEqual(await inOrder());
  });

  it("shows each build once, though it is submitted and begins to run meanwhile", async () => {
    const all = await inOrder();
    const waiting = sandbox.states().filter(({ status }) => status === -2);
    const seen = (
      await walkPages(
        (request) => pageOfQueue(connected.client, {}, request),
        3,
        () => {
          for (const step of ["submitted", "started"] as const) {
            const id = waiting.pop()?.id;
            if (id !== undefined) sandbox.advance(id, step);
          }
        },
      )
    ).map(({ id }) => id);
    expect([...seen].sort()).toEqual([...all].sort());
  });

  it("knows its length", async () => {
    const { length } = await connected.client.queue({}, 1_000);
    for (const count of [2, 100]) {
      sandbox.requests.reset();
      expect((await pageOfQueue(connected.client, {}, forward(count))).totalCount).toBe(length);
      expect(sandbox.requests.total()).toBe(1);
    }
  });

  it("goes on after a build that has left it", async () => {
    const all = await inOrder();
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

  it("goes on by number when it has grown too long for one list meanwhile", async () => {
    const first = await pageOfQueue(connected.client, {}, forward(12));
    for (let more = 0; more < 8; more += 1) {
      sandbox.endEvaluation(sandbox.startEvaluation("master"), "succeeded");
    }
    const all = sandbox.states().filter(({ status }) => status < 0);
    expect(all.length).toBeGreaterThan(300);
    const rest = await walkFrom(
      (request) => pageOfQueue(connected.client, {}, request),
      50,
      first.endCursor ?? first.items.at(-1)?.cursor,
    );
    const seen = [...first.items.map(({ node }) => node.id), ...rest];
    expect(seen.sort()).toEqual(all.map(({ id }) => id).sort());
    const page = await pageOfQueue(connected.client, {}, forward(100));
    expect(typeof page.totalCount === "function" && (await page.totalCount())).toBe(all.length);
  });
});

describe("runs", () => {
  const all = ALL_RUNS;
  const statuses = async (filter: Parameters<typeof pageOfRuns>[1], count = 30) => {
    const page = await pageOfRuns(connected.client, filter, forward(count));
    return [...new Set(page.items.map(({ node }) => node.buildstatus))].sort();
  };

  it.each([1, 10, 100])(
    "are the unfinished builds and then the finished ones, each once, in pages of %d",
    async (count) => {
      const idsOf = (builds: readonly WireBuild[]) =>
        [...builds].sort((a, b) => b.stoptime - a.stoptime || b.id - a.id).map(({ id }) => id);
      const queue = idsOf(await connected.client.queue({}, 1_000));
      const finished = idsOf(await connected.client.latestBuilds({}, 1_000));
      const seen = await walk((request) => pageOfRuns(connected.client, all, request), count);
      expect(seen).toEqual([...queue, ...finished]);
    },
  );

  it("can be narrowed by phase and outcome", async () => {
    expect(await statuses({ ...ALL_RUNS, phases: [RunPhase.RUNNING] })).toEqual([-1]);
    expect(await statuses({ ...ALL_RUNS, phases: [RunPhase.QUEUED] })).toEqual([-2, -3]);
    expect(await statuses({ ...ALL_RUNS, outcomes: [RunOutcome.SUCCEEDED] })).toEqual([0]);
    expect(await statuses({ ...ALL_RUNS, phases: [RunPhase.FINISHED], outcomes: [RunOutcome.FAILED] })).toEqual([
      1, 2, 3,
    ]);
    expect(await statuses({ ...ALL_RUNS, phases: [RunPhase.FINISHED], outcomes: [RunOutcome.CANCELED] })).toEqual([4]);
    sandbox.requests.reset();
    expect(await statuses({ ...ALL_RUNS, phases: [RunPhase.RUNNING], outcomes: [RunOutcome.FAILED] })).toEqual([]);
    expect(sandbox.requests.total()).toBe(0);
  });

  it("refuse a cursor of another list", async () => {
    for (const cursor of ["x", "q:1", "ut1", "18.2.1"]) {
      await expect(pageOfRuns(connected.client, all, forward(1, cursor))).rejects.toThrow(/^after: /);
    }
  });
});
