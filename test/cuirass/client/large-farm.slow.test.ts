// A farm of Guix' size: one evaluation has more builds than Cuirass shows of it. Every list is walked to its end over
// HTTP and compared with what the farm holds.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox, SandboxState } from "../../../src/sandbox/cuirass/index.js";
import { createGraph } from "../graph.js";
import type { Graph } from "../graph.js";

const BUILDS = 20_500;
const REQUESTS_MAX = 3;
const WALK_MS = 180_000;

let sandbox: CuirassSandbox;
let graph: Graph;
/** Number of the large evaluation. */
let large: number;

async function open(): Promise<void> {
  sandbox = await createCuirassSandbox({ large: BUILDS });
  graph = createGraph({ guix: sandbox.url });
  large = sandbox.states().at(-1)?.evaluation ?? 0;
}

async function close(): Promise<void> {
  await graph.close();
  await sandbox.close();
}

interface Walked {
  readonly ids: readonly number[];
  readonly pages: number;
  /** Of the page that cost most. */
  readonly mostRequests: number;
  readonly requests: number;
}

interface Found {
  readonly nodes: readonly { readonly buildId: number }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const PAGE = "nodes { ... on Build { buildId } } pageInfo { hasNextPage endCursor }";

const AGAIN = /builds have just ended; ask for this page again in 10 seconds/;

/** All pages of a list. `between` is called after each. */
async function walk(
  field: string,
  first: number,
  between: (page: number, ids: readonly number[], cursor: string | null) => void | Promise<void> = () => undefined,
): Promise<Walked> {
  const ids: number[] = [];
  let after: string | null = null;
  let mostRequests = 0;
  let requests = 0;
  for (let pages = 1; ; pages += 1) {
    let before = sandbox.requests.total();
    const [head = "", ...rest] = field.split("(PAGE)");
    const list: string = `${head}(first: ${first}, after: $after${rest.join("")}`;
    const ask = () => graph.query(`query ($after: String) { ${list.replace("PAGE_FIELDS", PAGE)} }`, { after });
    let { data, errors } = await ask();
    if (AGAIN.test(errors[0] ?? "")) {
      // What ended in the same second as the walk's own border: as the message says.
      await new Promise((resolve) => setTimeout(resolve, 11_000));
      before = sandbox.requests.total();
      ({ data, errors } = await ask());
    }
    expect(errors).toEqual([]);
    const found = listIn(data) as Found;
    // The evaluation that a list is of is a request of its own.
    const made = sandbox.requests.total() - before - ("evaluation" in data ? 1 : 0);
    mostRequests = Math.max(mostRequests, made);
    requests += made;
    ids.push(...found.nodes.map(({ buildId }) => buildId));
    await between(pages, ids, found.pageInfo.endCursor);
    if (!found.pageInfo.hasNextPage) return { ids, pages, mostRequests, requests };
    expect(found.pageInfo.endCursor).not.toBe(after);
    after = found.pageInfo.endCursor;
  }
}

function listIn(data: any): unknown {
  const [value]: any[] = Object.values(data);
  return value.pageInfo === undefined ? listIn(value) : value;
}

/** A list in a walk: its arguments but those of the page. */
const list = (name: string, args = "") => `${name}(PAGE)${args === "" ? "" : `, ${args}`}) { PAGE_FIELDS }`;
const ofLarge = (args = "") => `evaluation(evaluationId: ${large}) { ${list("builds", args)} }`;

const isEnded = ({ status }: SandboxState) => status >= 0;
const idsOf = (states: readonly SandboxState[]) => states.map(({ id }) => id);
const byEnd = (a: SandboxState, b: SandboxState) => b.stoptime - a.stoptime || b.id - a.id;
const sorted = (ids: readonly number[]) => [...ids].sort((a, b) => a - b);

/** What the farm holds now. */
function held(matches: (state: SandboxState) => boolean): SandboxState[] {
  return sandbox.states().filter(matches);
}

function expectCheap({ mostRequests, requests, pages }: Walked): void {
  expect(mostRequests).toBeLessThanOrEqual(REQUESTS_MAX);
  expect(requests).toBeLessThanOrEqual(2.2 * pages + 3);
}

describe("a farm of which Cuirass shows the smaller part", () => {
  beforeAll(open, WALK_MS);
  afterAll(close);

  it("is as large as it should be", () => {
    expect(held(({ evaluation }) => evaluation === large)).toHaveLength(BUILDS);
    expect(held((state) => isEnded(state)).length).toBeGreaterThan(15_000);
    expect(held((state) => !isEnded(state)).length).toBeGreaterThan(4_000);
    expect(held((state) => !isEnded(state) && state.stoptime > 0).length).toBeGreaterThan(1_000);
  });

  it(
    "shows all finished builds in the order of their end",
    async () => {
      const walked = await walk(list("builds"), 100);
      expect(walked.ids).toEqual(idsOf(held(isEnded).sort(byEnd)));
      expectCheap(walked);
    },
    WALK_MS,
  );

  it(
    "finds all of a status, though Cuirass can't look for it",
    async () => {
      for (const [name, status] of [
        ["FAILED", 1],
        ["CANCELED", 4],
      ] as const) {
        const walked = await walk(list("builds", `filter: { statuses: [${name}] }`), 20);
        const expected = held((state) => state.status === status);
        expect(sorted(walked.ids)).toEqual(idsOf(expected));
        expect(walked.mostRequests).toBeLessThanOrEqual(REQUESTS_MAX);
        expect(expected.length).toBeGreaterThan(300);
      }
    },
    WALK_MS,
  );

  it(
    "narrows by what Cuirass knows, and by time",
    async () => {
      const half = held(isEnded).sort(byEnd)[6_000]?.stoptime ?? 0;
      const time = new Date(1_000 * half).toISOString();
      const filter = `{ specification: "master", system: "x86_64-linux", evaluationId: ${large}, finishedAfter: "${time}" }`;
      const walked = await walk(list("builds", `filter: ${filter}, server: "guix"`), 100);
      const expected = held(
        ({ evaluation, system, stoptime, status }) =>
          status >= 0 && evaluation === large && system === "x86_64-linux" && stoptime > half,
      );
      expect(walked.ids).toEqual(idsOf(expected.sort(byEnd)));
      expectCheap(walked);
    },
    WALK_MS,
  );

  it(
    "shows all builds of the large evaluation, those that have not ended first",
    async () => {
      const walked = await walk(ofLarge(), 100);
      expect(sorted(walked.ids)).toEqual(idsOf(held(({ evaluation }) => evaluation === large)));
      const unended = new Set(idsOf(held((state) => !isEnded(state))));
      const last = walked.ids.findLastIndex((id) => unended.has(id));
      expect(walked.ids.slice(0, last + 1).every((id) => unended.has(id))).toBe(true);
      expectCheap(walked);
    },
    WALK_MS,
  );

  it(
    "shows those of some statuses of the large evaluation",
    async () => {
      for (const [names, statuses] of [
        ["STARTED", [-1]],
        ["SCHEDULED, SUBMITTED", [-2, -3]],
        ["FAILED, STARTED", [1, -1]],
      ] as const) {
        const walked = await walk(ofLarge(`statuses: [${names}]`), 100);
        const expected = held(
          ({ evaluation, status }) => evaluation === large && (statuses as readonly number[]).includes(status),
        );
        expect(sorted(walked.ids)).toEqual(idsOf(expected));
        expect(walked.mostRequests).toBeLessThanOrEqual(REQUESTS_MAX);
      }
    },
    WALK_MS,
  );

  it(
    "shows the whole queue, what runs first",
    async () => {
      const walked = await walk(list("buildQueue"), 100);
      expect(sorted(walked.ids)).toEqual(idsOf(held((state) => !isEnded(state))));
      const running = new Set(idsOf(held(({ status }) => status === -1)));
      expect(walked.ids.slice(0, running.size).every((id) => running.has(id))).toBe(true);
      expectCheap(walked);
    },
    WALK_MS,
  );

  it(
    "shows all builds as runs, and those of a phase or an outcome",
    async () => {
      const walked = await walk(list("runs"), 100);
      expect(sorted(walked.ids)).toEqual(idsOf(held(() => true)));
      expectCheap(walked);
      for (const [filter, matches] of [
        ["phases: [QUEUED]", ({ status }: SandboxState) => status < -1],
        ["phases: [RUNNING]", ({ status }: SandboxState) => status === -1],
        ["outcomes: [FAILED]", ({ status }: SandboxState) => status >= 1 && status <= 3],
        ['text: "package-777"', ({ job }: SandboxState) => job.includes("package-777")],
      ] as const) {
        const some = await walk(list("runs", `filter: { ${filter} }`), 100);
        expect(sorted(some.ids)).toEqual(idsOf(held(matches)));
        expect(some.mostRequests).toBeLessThanOrEqual(REQUESTS_MAX);
      }
    },
    WALK_MS,
  );
});

describe("a large farm that works while it is walked", () => {
  beforeEach(open, WALK_MS);
  afterEach(close);

  /** Builds that are moved in a test, each once: of every part of the farm, in no order. */
  function movers(matches: (state: SandboxState) => boolean): () => number | undefined {
    const all = held(matches).sort((a, b) => ((a.id * 7_919) % 10_007) - ((b.id * 7_919) % 10_007));
    return () => all.pop()?.id;
  }

  /** What a farm does between two pages. `many` builds end at once after the third page. */
  function work(many = 0) {
    const waiting = movers(({ status, stoptime }) => status === -2 && stoptime === 0);
    const running = movers(({ status, stoptime }) => status === -1 && stoptime === 0);
    const mended = movers(({ status, stoptime }) => status === -2 && stoptime > 0);
    const ended = movers(({ status }) => status === 0);
    const moved = { ended: new Set<number>(), restarted: new Set<number>() };
    const advance = (id: number | undefined, ...steps: readonly Parameters<CuirassSandbox["advance"]>[1][]) => {
      if (id === undefined) return;
      for (const step of steps) sandbox.advance(id, step);
      if (steps.includes("succeeded") || steps.includes("failed")) moved.ended.add(id);
      if (steps.includes("restarted")) moved.restarted.add(id);
    };
    const between = (page: number) => {
      advance(waiting(), "submitted");
      advance(waiting(), "submitted", "started");
      advance(waiting(), "started", "failed");
      advance(running(), "succeeded");
      advance(mended(), "started");
      if (page % 10 === 0) advance(ended(), "restarted");
      if (page === 3) for (let more = 0; more < many; more += 1) advance(waiting(), "started", "succeeded");
    };
    return { between, moved };
  }

  /** Each of these is seen, and nothing twice. */
  function expectOnce(ids: readonly number[], states: readonly SandboxState[]): void {
    expect(new Set(ids).size).toBe(ids.length);
    const seen = new Set(ids);
    expect(states.filter(({ id }) => !seen.has(id))).toEqual([]);
  }

  it(
    "shows each finished build that stays so",
    async () => {
      const before = held(isEnded);
      const { between, moved } = work();
      const { ids } = await walk(list("builds"), 100, between);
      expectOnce(
        ids,
        before.filter(({ id }) => !moved.restarted.has(id)),
      );
    },
    WALK_MS,
  );

  it(
    "shows each build that stays in the queue, though it begins to run",
    async () => {
      const before = held((state) => !isEnded(state));
      const { between } = work();
      const { ids } = await walk(list("buildQueue"), 50, between);
      const after = new Set(idsOf(held((state) => !isEnded(state))));
      expectOnce(
        ids,
        before.filter(({ id }) => after.has(id)),
      );
    },
    WALK_MS,
  );

  it.each([
    ["build of an evaluation", () => ofLarge()],
    ["run", () => list("runs")],
  ])(
    "shows each %s, though it ends meanwhile, and more than a thousand at once",
    async (_what, field) => {
      const before = held(() => true).filter(({ evaluation }) => evaluation === large || !field().startsWith("eval"));
      const { between, moved } = work(1_100);
      const walked = await walk(field(), 100, between);
      expectOnce(
        walked.ids,
        before.filter(({ id }) => !moved.restarted.has(id)),
      );
      expect(moved.ended.size).toBeGreaterThan(1_300);
      expect(walked.mostRequests).toBeLessThanOrEqual(REQUESTS_MAX);
    },
    WALK_MS,
  );

  it(
    "shows each build of an evaluation, though more that was shown ends meanwhile than one list holds",
    async () => {
      const before = held(({ evaluation }) => evaluation === large);
      const cursors: string[] = [];
      let [times, second] = [0, 0];
      const walked = await walk(ofLarge(), 100, async (_page, ids, cursor) => {
        cursors.push(cursor ?? "");
        const shown = new Set(ids);
        const waiting = held(({ id, status, stoptime }) => status === -2 && stoptime === 0 && shown.has(id));
        if (waiting.length < 700 || times === 2) return;
        times += 1;
        // Cuirass has come to another second.
        await vi.waitFor(() => expect(Math.floor(Date.now() / 1_000)).toBeGreaterThan(second), 5_000);
        for (const { id } of waiting.slice(0, 700)) sandbox.advance(id, "succeeded");
        second = Math.floor(Date.now() / 1_000);
      });
      expectOnce(walked.ids, before);
      expect(times).toBe(2);
      // The walk has kept to two times, one after the other.
      expect(cursors.some((cursor) => /~.*~/.test(cursor))).toBe(true);
      expect(walked.mostRequests).toBeLessThanOrEqual(REQUESTS_MAX);
    },
    WALK_MS,
  );
});
