import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Page, PageRequest } from "../../../src/ci/page.js";
import { pageOfEvaluationBuilds } from "../../../src/cuirass/client/all-builds.js";
import { pageOfFinishedBuilds } from "../../../src/cuirass/client/build-pages.js";
import type { CuirassClient } from "../../../src/cuirass/client/client.js";
import { BuildStatus } from "../../../src/cuirass/protocol/enums.js";
import { readQueryText, toEvaluationId } from "../../../src/cuirass/protocol/ids.js";
import type { WireBuild } from "../../../src/cuirass/protocol/wire.js";
import { InputRefused, Overflow } from "../../../src/errors.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { forward, walkPages } from "../walk.js";
import { connect } from "../connect.js";
import type { Connected } from "../connect.js";

let sandbox: CuirassSandbox;
let connected: Connected;
let client: CuirassClient;

beforeEach(async () => {
  sandbox = await createCuirassSandbox();
  connected = connect(sandbox.url);
  client = connected.client;
});

afterEach(async () => {
  await connected.close();
  await sandbox.close();
});

type Ask = (request: PageRequest) => Promise<Page<WireBuild>>;

/** All pages of a list, and the most requests that one of them took. */
async function walk(ask: Ask, count: number, between: (page: number) => void = () => undefined) {
  let mostRequests = 0;
  const counted: Ask = (request) => {
    sandbox.requests.reset();
    return ask(request);
  };
  const builds = await walkPages(counted, count, (page, number) => {
    mostRequests = Math.max(mostRequests, sandbox.requests.total());
    if (page.hasNextPage) between(number);
  });
  return { builds, mostRequests };
}

const byEnd = (a: WireBuild, b: WireBuild) => b.stoptime - a.stoptime || b.id - a.id;

function ids(builds: readonly WireBuild[]): number[] {
  return builds.map(({ id }) => id);
}

/** What the list must be, from one request that is not cut. */
async function expected(matches: (build: WireBuild) => boolean = () => true): Promise<number[]> {
  const all = await client.latestBuilds({}, 1_000);
  expect(all.length).toBeLessThan(1_000);
  return ids([...all].filter(matches).sort(byEnd));
}

describe("finished builds", () => {
  it.each([1, 2, 7, 20, 100])("come in the order of their end, each once, in pages of %d", async (count) => {
    const { builds, mostRequests } = await walk((request) => pageOfFinishedBuilds(client, {}, request), count);
    expect(ids(builds)).toEqual(await expected());
    expect(mostRequests).toBeLessThanOrEqual(3);
  });

  it("can be narrowed by specification, job, system and evaluation", async () => {
    const specification = readQueryText("specification", "master");
    const job = readQueryText("job", "gtk+.x86_64-linux");
    const system = readQueryText("system", "aarch64-linux");
    const evaluation = toEvaluationId(2);
    const of = async (query: Parameters<typeof pageOfFinishedBuilds>[1]) =>
      ids((await walk((request) => pageOfFinishedBuilds(client, query, request), 10)).builds);
    expect(await of({ specification })).toEqual(await expected(({ jobset }) => jobset === "master"));
    expect(await of({ job })).toEqual(await expected((build) => build.job === "gtk+.x86_64-linux"));
    expect(await of({ specification, system })).toEqual(
      await expected((build) => build.jobset === "master" && build.system === "aarch64-linux"),
    );
    expect(await of({ evaluation })).toEqual(await expected((build) => build.evaluation === 2));
    expect(await of({ evaluation: toEvaluationId(999) })).toEqual([]);
  });

  it("can be narrowed by status, which Cuirass ignores", async () => {
    const statuses = [BuildStatus.FAILED, BuildStatus.CANCELED];
    const ask: Ask = (request) => pageOfFinishedBuilds(client, {}, request, { statuses });
    const failed = await expected(({ buildstatus }) => buildstatus === 1 || buildstatus === 4);
    for (const count of [1, 5, 100]) expect(ids((await walk(ask, count)).builds)).toEqual(failed);
  });

  it("neither repeat nor lose one that stays finished while others finish and restart", async () => {
    const before = await expected();
    const pending = ids(await client.queue({}, 1_000));
    const restarted = before.filter((_, at) => at % 9 === 4);
    const { builds } = await walk(
      (request) => pageOfFinishedBuilds(client, {}, request),
      10,
      () => {
        const [next, gone] = [pending.pop(), restarted.pop()];
        if (next !== undefined) sandbox.advance(next, "succeeded");
        if (gone !== undefined) sandbox.advance(gone, "restarted");
      },
    );
    const seen = ids(builds);
    expect(new Set(seen).size).toBe(seen.length);
    const after = new Set(await expected());
    expect(seen).toEqual(expect.arrayContaining(before.filter((id) => after.has(id))));
  });

  it("refuse to go backward, and a cursor of another list", async () => {
    const ask: Ask = (request) => pageOfFinishedBuilds(client, {}, request);
    await expect(ask({ direction: "backward", count: 5, cursor: null })).rejects.toThrow(
      new InputRefused("last", "Cuirass' lists go forward only; give `first` and `after`"),
    );
    for (const cursor of ["x", "1.2", "t1", "t1.2.3.4", "t99999999999.1", "t3000000000.1"]) {
      await expect(ask(forward(5, cursor))).rejects.toThrow(/^after: is not a cursor/);
    }
    const range = { range: { above: { time: 1, id: 1 } } };
    await expect(pageOfFinishedBuilds(client, {}, forward(5, "t0.120"), range)).rejects.toThrow(/^after: is not/);
    expect(sandbox.requests.total()).toBe(0);
  });
});

describe("builds of an evaluation", () => {
  const query = { evaluation: toEvaluationId(17) };

  it.each([1, 6, 50])("come unfinished ones first, each once, in pages of %d", async (count) => {
    const { builds, mostRequests } = await walk((part) => pageOfEvaluationBuilds(client, query, part, null), count);
    const unfinished = [...(await client.queue(query, 1_000))].sort(byEnd);
    const finished = [...(await client.latestBuilds(query, 1_000))].sort(byEnd);
    expect(ids(builds)).toEqual(ids([...unfinished, ...finished]));
    expect(unfinished.length).toBeGreaterThan(0);
    expect(finished.length).toBeGreaterThan(0);
    expect(mostRequests).toBeLessThanOrEqual(3);
  });

  it("go on after any of them, in the same order", async () => {
    const ask: Ask = (part) => pageOfEvaluationBuilds(client, query, part, null);
    const whole = await ask(forward(100));
    const all = ids(whole.items.map(({ node }) => node));
    for (const [at, { cursor }] of whole.items.entries()) {
      const next = await ask(forward(7, cursor));
      expect(ids(next.items.map(({ node }) => node))).toEqual(all.slice(at + 1, at + 8));
    }
  });

  it("can be narrowed by any status", async () => {
    const queue = await client.queue(query, 1_000);
    const finished = await client.latestBuilds(query, 1_000);
    for (const [statuses, codes] of [
      [[BuildStatus.SCHEDULED], [-2]],
      [[BuildStatus.STARTED], [-1]],
      [[BuildStatus.SUCCEEDED], [0]],
      [
        [BuildStatus.SCHEDULED, BuildStatus.SUCCEEDED, BuildStatus.FAILED],
        [-2, 0, 1],
      ],
    ] as const) {
      const ask: Ask = (request) => pageOfEvaluationBuilds(client, query, request, statuses);
      const fitting = [...queue, ...finished].filter(({ buildstatus }) =>
        (codes as readonly number[]).includes(buildstatus),
      );
      const found = ids((await walk(ask, 3)).builds);
      expect([...found].sort()).toEqual(ids(fitting).sort());
    }
  });

  it("refuse a cursor of another list", async () => {
    for (const cursor of ["x", "t1.2", "ut1.2", "et1.2~1.2", "ut0.2~9999999999.1.1"]) {
      await expect(pageOfEvaluationBuilds(client, query, forward(5, cursor), null)).rejects.toThrow(/^after: is not/);
    }
  });
});

describe("a Cuirass whose cut is as unlucky as can be", () => {
  /** 30,000 builds of one evaluation, of which each list shows the oldest. */
  const all = Array.from({ length: 30_000 }, (_, at) => ({ id: at + 1, stoptime: 1_700_000_000 + 3 * at }));

  function serve(list: typeof all): void {
    const numberIn = (query: URLSearchParams, name: string, otherwise: number) => Number(query.get(name) ?? otherwise);
    sandbox.fault = ({ path }) => {
      const query = new URLSearchParams(path.slice(path.indexOf("?")));
      const [low, high] = [numberIn(query, "border-low-time", -1), numberIn(query, "border-high-time", 2 ** 31)];
      const [lowId, highId] = [numberIn(query, "border-low-id", 0), numberIn(query, "border-high-id", 0)];
      const found = list.filter(
        ({ id, stoptime }) =>
          (stoptime > low || (stoptime === low && id > lowId)) &&
          (stoptime < high || (stoptime === high && id < highId)),
      );
      return { kind: "json", body: found.slice(0, numberIn(query, "nr", 0)).map(toWire) };
    };
  }

  function toWire({ id, stoptime }: (typeof all)[number]) {
    return {
      ...{ id, evaluation: 5, jobset: "master", job: "x.x86_64-linux", system: "x86_64-linux", nixname: "x-1" },
      ...{ timestamp: stoptime, starttime: 1, stoptime, derivation: "/gnu/store/x.drv", buildoutputs: {} },
      ...{ buildstatus: 0, weather: -1, busy: 0, priority: 9, finished: 1, buildproducts: [] },
    };
  }

  it("is shown all the same, and by the pace of its builds for few requests once it is known", async () => {
    serve(all);
    const ask: Ask = (request) => pageOfFinishedBuilds(client, {}, request);
    const first = await ask(forward(100));
    expect(first.items.length).toBeGreaterThan(0);
    expect(first.items.map(({ node }) => node.id)).toEqual(
      ids(first.items.map((_, at) => ({ id: 30_000 - at }) as WireBuild)),
    );
    expect(sandbox.requests.total()).toBeLessThanOrEqual(16);
    let next = first;
    for (let page = 2; page < 6; page += 1) {
      sandbox.requests.reset();
      next = await ask(forward(100, next.items.at(-1)?.cursor));
      expect(next.items[0]?.node.id).toBe(30_100 - 100 * page);
      expect(next.items).toHaveLength(100);
      expect(sandbox.requests.total()).toBe(1);
    }
  });

  it("is shown all the same when all end in one second", async () => {
    serve(all.map(({ id }) => ({ id, stoptime: 1_700_000_000 })));
    const page = await pageOfFinishedBuilds(client, {}, forward(100));
    expect(page.items[0]?.node.id).toBe(30_000);
    expect(sandbox.requests.total()).toBeLessThanOrEqual(32);
  });

  it("is given up when it shows the same thousand again and again", async () => {
    sandbox.fault = ({ path }) => {
      const nr = Number(/nr=(\d+)/.exec(path)?.[1]);
      return { kind: "json", body: all.slice(0, nr).map(({ id }) => toWire({ id, stoptime: 1_700_000_000 })) };
    };
    await expect(pageOfFinishedBuilds(client, {}, forward(10))).rejects.toThrow(Overflow);
    expect(sandbox.requests.total()).toBe(32);
  });
});
