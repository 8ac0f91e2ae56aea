import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Page, PageRequest } from "../../../src/ci/page.js";
import { pageOfEvaluationBuilds, pageOfFinishedBuilds } from "../../../src/cuirass/client/build-pages.js";
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

function ids(builds: readonly WireBuild[]): number[] {
  return builds.map(({ id }) => id);
}

/** What the list must be, from one request that is not cut. */
async function expected(matches: (build: WireBuild) => boolean = () => true): Promise<number[]> {
  const all = await client.latestBuilds({}, 1_000);
  expect(all.length).toBeLessThan(1_000);
  return ids([...all].filter(matches).sort((a, b) => b.evaluation - a.evaluation || b.id - a.id));
}

describe("finished builds", () => {
  it.each([1, 2, 7, 20, 100])("come newest first, each once, in pages of %d", async (count) => {
    const { builds, mostRequests } = await walk((request) => pageOfFinishedBuilds(client, {}, request, null), count);
    expect(ids(builds)).toEqual(await expected());
    if (count <= 20) expect(mostRequests).toBeLessThanOrEqual(3);
  });

  it("can be narrowed by specification, job, system and evaluation", async () => {
    const specification = readQueryText("specification", "master");
    const job = readQueryText("job", "gtk+.x86_64-linux");
    const system = readQueryText("system", "aarch64-linux");
    const evaluation = toEvaluationId(2);
    const of = async (query: Parameters<typeof pageOfFinishedBuilds>[1]) =>
      ids((await walk((request) => pageOfFinishedBuilds(client, query, request, null), 10)).builds);
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
    const ask: Ask = (request) => pageOfFinishedBuilds(client, {}, request, statuses);
    const failed = await expected(({ buildstatus }) => buildstatus === 1 || buildstatus === 4);
    for (const count of [1, 5, 100]) expect(ids((await walk(ask, count)).builds)).toEqual(failed);
  });

  it("neither repeat nor lose one that stays finished while others finish and restart", async () => {
    const before = await expected();
    const pending = ids(await client.queue({}, 1_000));
    const restarted = before.filter((_, at) => at % 9 === 4);
    const { builds } = await walk(
      (request) => pageOfFinishedBuilds(client, {}, request, null),
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
    const ask: Ask = (request) => pageOfFinishedBuilds(client, {}, request, null);
    await expect(ask({ direction: "backward", count: 5, cursor: null })).rejects.toThrow(
      new InputRefused("last", "Cuirass' lists go forward only; give `first` and `after`"),
    );
    for (const cursor of ["x", "1.2", "1.2.3.4", "99999999999.1.1"]) {
      await expect(ask(forward(5, cursor))).rejects.toThrow(/^after: is not a cursor/);
    }
    const query = { evaluation: toEvaluationId(2) };
    await expect(pageOfFinishedBuilds(client, query, forward(5, "3.120.1"), null)).rejects.toThrow(/^after: is not/);
    expect(sandbox.requests.total()).toBe(0);
  });
});

describe("builds of an evaluation", () => {
  it.each([1, 6, 50])("come newest first, finished or not, in pages of %d", async (count) => {
    const query = { evaluation: toEvaluationId(17) };
    const { builds, mostRequests } = await walk((part) => pageOfEvaluationBuilds(client, query, part, null), count);
    const all = [...(await client.queue(query, 1_000)), ...(await client.latestBuilds(query, 1_000))];
    expect(ids(builds)).toEqual(ids(all).sort((a, b) => b - a));
    expect(new Set(builds.map(({ buildstatus }) => buildstatus < 0)).size).toBe(2);
    expect(mostRequests).toBeLessThanOrEqual(2);
  });

  it("go on after a cursor of the same list with another filter, whose place is not true here", async () => {
    const query = { evaluation: toEvaluationId(17) };
    const { builds } = await walk((part) => pageOfEvaluationBuilds(client, query, part, null), 100);
    for (const at of [3, 5, 7, 20, 30]) {
      const page = await pageOfEvaluationBuilds(client, query, forward(7, `17.${builds[at]?.id ?? 0}.1`), null);
      expect(page.items.map(({ node }) => node.id)).toEqual(ids(builds.slice(at + 1, at + 8)));
    }
  });

  it("can be narrowed by any status", async () => {
    const query = { evaluation: toEvaluationId(17) };
    const ask: Ask = (request) => pageOfEvaluationBuilds(client, query, request, [BuildStatus.SCHEDULED]);
    const queue = await client.queue(query, 1_000);
    const scheduled = queue.filter(({ buildstatus }) => buildstatus === -2);
    expect(ids((await walk(ask, 3)).builds)).toEqual(ids(scheduled).sort((a, b) => b - a));
  });
});

describe("a farm with more builds than Cuirass shows", () => {
  /** Evaluations 5 and 3, with this many builds each; a list is cut at `nr` and shuffled unless by id. */
  function serve(counts: Readonly<Record<number, number>>, status: (id: number) => number = () => 0): void {
    const all = Object.entries(counts).flatMap(([evaluation, count]) =>
      Array.from({ length: count }, (_, at) => toWire(Number(evaluation), Number(evaluation) * 10_000 + at, status)),
    );
    sandbox.fault = ({ path }) => {
      const query = new URLSearchParams(path.slice(path.indexOf("?")));
      const evaluation = query.get("evaluation");
      const before = query.get("oldevaluation");
      const matching = all.filter(
        (build) =>
          (evaluation === null || build.evaluation === Number(evaluation)) &&
          (before === null || build.evaluation < Number(before)),
      );
      const rank = ({ id }: { id: number }) => (query.has("order") ? -id : (id * 7_919) % 10_007);
      const byEvaluation = query.has("order") ? 0 : 1;
      matching.sort((a, b) => byEvaluation * (b.evaluation - a.evaluation) || rank(a) - rank(b));
      return { kind: "json", body: matching.slice(0, Number(query.get("nr"))) };
    };
  }

  function toWire(evaluation: number, id: number, status: (id: number) => number) {
    return {
      ...{ id, evaluation, jobset: "master", job: "x.x86_64-linux", system: "x86_64-linux", nixname: "x-1" },
      ...{ timestamp: 2, starttime: 1, stoptime: 2, derivation: "/gnu/store/x.drv", buildoutputs: {} },
      ...{ buildstatus: status(id), weather: -1, busy: 0, priority: 9, finished: 1, buildproducts: [] },
    };
  }

  it("is shown whole as long as no evaluation has 1000", async () => {
    serve({ 5: 999, 4: 30, 3: 900 });
    const { builds } = await walk((request) => pageOfFinishedBuilds(client, {}, request, null), 100);
    expect(builds).toHaveLength(1_929);
    expect(builds.every(({ id }, at) => at === 0 || id < (builds[at - 1]?.id ?? 0))).toBe(true);
  });

  it("says where it ends, and how to see more, rather than leave builds out", async () => {
    serve({ 5: 1_500, 3: 10 });
    const ask: Ask = (request) => pageOfFinishedBuilds(client, {}, request, null);
    const error = await walk(ask, 100).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Overflow);
    expect(String(error)).toMatch(
      /shows 1000 builds of an evaluation at most, and evaluation 5 has them all or more; narrow by/,
    );
    const last = await ask(forward(100, "5.50600.900"));
    expect(last.items).toHaveLength(100);
    expect(last.hasNextPage).toBe(true);
  });

  it("is not searched without end for a status", async () => {
    serve({ 5: 900, 4: 900, 3: 900 }, (id) => (id === 30_000 ? 1 : 0));
    sandbox.requests.reset();
    const error = await pageOfFinishedBuilds(client, {}, forward(5), [BuildStatus.FAILED]).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Overflow);
    expect(String(error)).toMatch(/none of the next \d+ builds has such a status.*narrow by/);
    expect(sandbox.requests.total()).toBeLessThanOrEqual(12);
  });

  it("gives a short page with what a search found, from where the next one goes on", async () => {
    serve({ 5: 900, 4: 900 }, (id) => (id % 300 === 0 ? 1 : 0));
    const { builds } = await walk((request) => pageOfFinishedBuilds(client, {}, request, [BuildStatus.FAILED]), 5);
    expect(ids(builds)).toEqual([50_700, 50_400, 50_100, 40_800, 40_500, 40_200]);
  });
});
