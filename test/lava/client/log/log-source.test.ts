// A test job's log in windows: the right numbers, the right end, and no window that is not needed.

import { Upstream } from "../../../../src/cache/upstream.js";
import { createAsk } from "../../../../src/net/ask.js";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { LogLevel } from "../../../../src/ci/enums.js";
import { pageOfLog } from "../../../../src/ci/graph/log.resolver.js";
import type { LineFilter } from "../../../../src/ci/graph/log.resolver.js";
import type { LogSource } from "../../../../src/ci/log.js";
import { LavaClient } from "../../../../src/lava/client/client.js";
import { toJobId } from "../../../../src/lava/protocol/ids.js";
import { createFinalLog } from "../../../../src/lava/client/log/final-log.js";
import { createLogSource, sliceOf } from "../../../../src/lava/client/log/log-source.js";
import { HttpClient } from "../../../../src/net/http.js";
import { createLavaSandbox } from "../../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../../src/sandbox/lava/index.js";
import { jobFile } from "../../../support/job-files.js";

/** Of the sandbox's history: the job with some 20,000 lines. */
const HUGE = 4;

let lava: LavaSandbox;
let http: HttpClient;
let client: LavaClient;
/** `start-end` of each window that was asked for; `0-` for the whole log. */
let windows: string[];
beforeAll(async () => {
  lava = await createLavaSandbox({ events: false });
  http = new HttpClient({ server: "lab", baseUrl: new URL(lava.url) });
  client = new LavaClient(new Upstream(http));
});
afterAll(async () => {
  await http.close();
  await lava.close();
});
beforeEach(() => {
  windows = [];
  lava.fault = ({ path }) => {
    const query = new URL(path, lava.url).searchParams;
    windows.push(`${query.get("start") ?? ""}-${query.get("end") ?? ""}`);
    return undefined;
  };
});
afterEach(() => vi.waitFor(() => expect(http.slots.inUse).toBe(0)));

const sourceOf = (id: number) => createLogSource(client, toJobId(id), createAsk(null));
const linesOf = (id: number): number => lava.job(id)?.logLines ?? 0;
const numbers = async (source: ReturnType<typeof sourceOf>, start: number, wanted: number, most = Infinity) => {
  const found: number[] = [];
  for await (const line of source.read(start, wanted)) {
    found.push(line.number);
    if (found.length >= most) break;
  }
  return found;
};
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

it("a finished log with longer lines than are kept is read nevertheless, each line once", async () => {
  const small = new HttpClient({
    server: "lab",
    baseUrl: new URL(lava.url),
    limits: { maxBodyBytes: 20_000, retryDelayMs: 0 },
  });
  const job = { id: toJobId(HUGE), endedAt: null };
  const source = createFinalLog(new LavaClient(new Upstream(small)), job, createAsk(null));
  expect(await numbers(source, 700, 1_001, 1_001)).toEqual(range(700, 1_701));
  await small.close();
});

it("a LAVA that counts lines is asked for their number, and for the end only", async () => {
  const newer = await createLavaSandbox({ events: false, version: "2026.10" });
  const own = new HttpClient({ server: "lab", baseUrl: new URL(newer.url) });
  const source = createLogSource(new LavaClient(new Upstream(own)), toJobId(HUGE), createAsk(null));
  const request = { direction: "backward", count: 3, cursor: null } as const;
  const page = await pageOfLog(source, request, null);
  expect(newer.requests.counts()).toEqual({
    "GET jobs/ID/logs/": 1,
    "GET system/version/": 1,
    "RPC scheduler.jobs.logs_count": 1,
  });
  const lines = newer.job(HUGE)?.logLines ?? 0;
  expect(page.items.map(({ node }) => node.number)).toEqual([lines - 3, lines - 2, lines - 1]);
  const hidden = createLogSource(new LavaClient(new Upstream(own)), toJobId(999_999), createAsk(null));
  expect(await hidden.count()).toBe(0);
  await own.close();
  await newer.close();
});

describe("createLogSource", () => {
  it("reads in windows of the size that is wanted, to the end of the log", async () => {
    const lines = linesOf(1);
    expect(lines).toBeGreaterThan(20);
    const size = lines - 5;
    expect(await numbers(sourceOf(1), 0, size)).toEqual(range(0, lines));
    expect(windows).toEqual([`0-${size}`, `${size}-${2 * size}`]);
  });

  it("takes the 404 past the end for the end", async () => {
    const lines = linesOf(1);
    expect(await numbers(sourceOf(1), 0, lines)).toEqual(range(0, lines));
    expect(windows).toEqual([`0-${lines}`, `${lines}-${2 * lines}`]);
    expect(await numbers(sourceOf(1), lines + 100, 10)).toEqual([]);
  });

  it("has nothing where there is no log yet, and where there is no job", async () => {
    const [queued = ""] = lava.submit("alice", jobFile("queued"));
    for (const id of [Number(queued), 999_999]) {
      expect(await numbers(sourceOf(id), 0, 10)).toEqual([]);
      expect(await sourceOf(id).count()).toBe(0);
    }
  });

  it("asks for 5000 lines at once at most, and no further than it is read", async () => {
    expect(await numbers(sourceOf(HUGE), 100, 1_000_000, 5_001)).toEqual(range(100, 5_101));
    expect(windows).toEqual(["100-5100", "5100-10100"]);
  });

  it("tells time, level and text of each line", async () => {
    const [first] = (await pageOfLog(sourceOf(1), { direction: "forward", count: 1, cursor: null }, null)).items;
    expect(first?.node).toMatchObject({
      number: 0,
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: expect.stringMatching(/^[A-Z]+$/),
      text: expect.stringMatching(/\S/),
    });
  });

  it("fails when the log breaks off in the middle", async () => {
    lava.fault = () => ({ kind: "cut" });
    await expect(numbers(sourceOf(1), 0, 1_000)).rejects.toMatchObject({ kind: "UpstreamUnreachable" });
  });
});

describe("a page of the log", () => {
  it("from the beginning is one request", async () => {
    const page = await pageOfLog(sourceOf(HUGE), { direction: "forward", count: 10, cursor: null }, null);
    expect(page.items.map(({ cursor }) => Number(cursor))).toEqual(range(0, 10));
    expect(windows).toEqual(["0-11"]);
  });

  it("from the end is a count, in one request where the log is short, and one request", async () => {
    const lines = linesOf(1);
    const page = await pageOfLog(sourceOf(1), { direction: "backward", count: 10, cursor: null }, null);
    expect(page.items.map(({ cursor }) => Number(cursor))).toEqual(range(lines - 10, lines));
    expect(windows).toEqual(["0-5000", `${lines - 10}-${lines}`]);
  });

  it("before a line is one request", async () => {
    await pageOfLog(sourceOf(HUGE), { direction: "backward", count: 10, cursor: "500" }, null);
    expect(windows).toEqual(["490-500"]);
  });
});

describe("a search in the log", () => {
  /** The same log, which is told nothing of the search. */
  const whole = (source: LogSource): LogSource => ({
    read: (start, wanted) => source.read(start, wanted),
    count: () => source.count(),
  });
  const searches = [
    { levels: null, contains: "board", plain: false },
    { levels: null, contains: "e", plain: false },
    { levels: null, contains: "pass", plain: false },
    { levels: [LogLevel.RESULTS, LogLevel.ERROR], contains: null, plain: false },
    { levels: [LogLevel.TARGET], contains: "line 19", plain: false },
    { levels: null, contains: "no such text", plain: false },
  ];
  const filterOf = (search: (typeof searches)[number]): LineFilter => ({
    search,
    holds: ({ level, text }) =>
      (search.levels === null || (level !== null && search.levels.includes(level))) &&
      (search.contains === null || text.toLowerCase().includes(search.contains)),
  });
  const requests = [
    { direction: "forward", count: 5, cursor: null },
    { direction: "forward", count: 5, cursor: "7000" },
    { direction: "backward", count: 5, cursor: null },
    { direction: "backward", count: 5, cursor: "6000" },
    { direction: "backward", count: 0, cursor: "6000" },
  ] as const;

  it.each(searches)("finds what a reader of every line finds: %o", async (search) => {
    const filter = filterOf(search);
    for (const log of [sourceOf(HUGE), sourceOf(1), sliceOf(sourceOf(HUGE), 100, 7_777)]) {
      for (const request of requests) {
        const [found, expected] = [await pageOfLog(log, request, filter), await pageOfLog(whole(log), request, filter)];
        expect(found).toEqual(expected);
      }
    }
  });

  it("asks for nothing beyond a line that it ends before", async () => {
    const request = { direction: "backward", count: 5, cursor: "6000" } as const;
    await pageOfLog(sourceOf(HUGE), request, filterOf({ levels: null, contains: "no such text", plain: false }));
    expect(windows).toEqual(["0-5000", "5000-6000"]);
  });
});

describe("sliceOf", () => {
  it("is a log of its own with the numbers of the whole, and asks for nothing beyond", async () => {
    const slice = sliceOf(sourceOf(HUGE), 100, 105);
    expect(slice.firstLine).toBe(100);
    expect(await slice.count()).toBe(5);
    expect(await numbers(slice, 0, 1_000)).toEqual(range(100, 105));
    expect(await numbers(slice, 103, 1_000)).toEqual([103, 104]);
    expect(await numbers(slice, 105, 1_000)).toEqual([]);
    expect(windows.every((window) => Number(window.split("-")[0]) >= 100)).toBe(true);
    expect(await sliceOf(sourceOf(HUGE), 105, 100).count()).toBe(0);
  });

  it("gives its last lines from its end", async () => {
    const slice = sliceOf(sourceOf(HUGE), 100, 105);
    const page = await pageOfLog(slice, { direction: "backward", count: 2, cursor: null }, null);
    expect(page).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
    expect(page.items.map(({ cursor }) => cursor)).toEqual(["103", "104"]);
    expect(windows).toEqual(["103-105"]);
  });
});
