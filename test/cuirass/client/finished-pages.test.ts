import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Page, PageRequest } from "../../../src/ci/page.js";
import { justAfter, justBefore } from "../../../src/cuirass/protocol/border.js";
import type { CuirassClient } from "../../../src/cuirass/client/client.js";
import { BuildStatus } from "../../../src/cuirass/protocol/enums.js";
import { pageOfFinishedBuilds } from "../../../src/cuirass/client/build-pages.js";
import type { TimeRange } from "../../../src/cuirass/protocol/border.js";
import { readQueryText } from "../../../src/cuirass/protocol/ids.js";
import type { WireBuild } from "../../../src/cuirass/protocol/wire.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { forward, walkPages } from "../walk.js";
import { connect, replay } from "../connect.js";
import type { Connected } from "../connect.js";
import { createGraph } from "../graph.js";

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
  return { ids: builds.map(({ id }) => id), mostRequests };
}

/** All that have ended, newest first, from one request that is not cut. */
async function ended(): Promise<WireBuild[]> {
  const all = await client.latestBuilds({}, 1_000);
  expect(all.length).toBeLessThan(1_000);
  return all.filter(({ stoptime }) => stoptime > 0).sort((a, b) => b.stoptime - a.stoptime || b.id - a.id);
}

async function expected(matches: (build: WireBuild) => boolean = () => true): Promise<number[]> {
  return (await ended()).filter(matches).map(({ id }) => id);
}

const at = (seconds: number, fraction = "") => new Date(seconds * 1_000).toISOString().replace(".000", fraction);

describe("builds by the time of their end", () => {
  /** Without the canceled ones. */
  const ENDED = { range: {} };

  it.each([1, 7, 20, 100])("come newest first, each once, in pages of %d", async (count) => {
    const { ids, mostRequests } = await walk((request) => pageOfFinishedBuilds(client, {}, request, ENDED), count);
    expect(ids).toEqual(await expected());
    expect(mostRequests).toBeLessThanOrEqual(3);
  });

  it("begin after and end before a time, without those of that very second", async () => {
    const all = await ended();
    const [high = 0, low = 0] = [all[50]?.stoptime, all[200]?.stoptime];
    const of = async (range: TimeRange) =>
      (await walk((request) => pageOfFinishedBuilds(client, {}, request, { range }), 40)).ids;
    const between = await expected(({ stoptime }) => stoptime > low && stoptime < high);
    expect(between.length).toBeGreaterThan(100);
    expect(await of({ above: justAfter(at(low)), below: justBefore(at(high)) })).toEqual(between);
    expect(await of({ above: justAfter(at(low, ".500")), below: justBefore(at(high - 1, ".500")) })).toEqual(between);
    expect(await of({ above: justAfter(at(low - 1, ".999")) })).toEqual(
      await expected(({ stoptime }) => stoptime >= low),
    );
    expect(await of({ above: justAfter("2099-01-01T00:00:00Z") })).toEqual([]);
    expect(await of({ below: justBefore("1969-01-01T00:00:00Z") })).toEqual([]);
  });

  it("can be narrowed by what Cuirass knows, and by status, which it does not", async () => {
    const specification = readQueryText("x", "master");
    const of = async (query: Parameters<typeof pageOfFinishedBuilds>[1], statuses: BuildStatus[] | null) =>
      (await walk((request) => pageOfFinishedBuilds(client, query, request, { range: {}, statuses }), 15)).ids;
    expect(await of({ specification }, null)).toEqual(await expected(({ jobset }) => jobset === "master"));
    expect(await of({}, [BuildStatus.FAILED])).toEqual(await expected(({ buildstatus }) => buildstatus === 1));
    const [build] = await ended();
    if (build === undefined) throw new Error("no build has ended");
    expect(await of({ derivation: readQueryText("x", build.derivation) }, null)).toEqual([build.id]);
    expect(await of({ worker: readQueryText("x", "nobody") }, null)).toEqual([]);
  });

  it("neither repeat nor lose one while others end", async () => {
    const before = await expected();
    const pending = (await client.queue({}, 1_000)).map(({ id }) => id);
    const { ids } = await walk(
      (request) => pageOfFinishedBuilds(client, {}, request, ENDED),
      25,
      () => {
        const next = pending.pop();
        if (next !== undefined) sandbox.advance(next, "succeeded");
      },
    );
    expect(ids).toEqual(before);
  });

  it("cost one request when they are few", async () => {
    const [, , , , fifth] = await ended();
    await walk(
      (request) => pageOfFinishedBuilds(client, {}, request, { range: { above: justAfter(at(fifth?.stoptime ?? 0)) } }),
      20,
    );
    expect(sandbox.requests.counts()).toEqual({ "GET /api/latestbuilds": 1 });
  });

  it("are asked for as a real Cuirass was", async () => {
    const recorded = await replay("latestbuilds-border-cursor.http");
    try {
      const builds = await recorded.client.latestBuilds({ above: { time: 1_795_311_612, id: 0 } }, 2);
      expect(builds.map(({ id }) => id)).toHaveLength(2);
    } finally {
      await recorded.close();
    }
  });

  it("go forward only, from a cursor of their own", async () => {
    const back = pageOfFinishedBuilds(client, {}, { direction: "backward", count: 1, cursor: null }, ENDED);
    await expect(back).rejects.toThrow(/^last: /);
    for (const cursor of ["1.2.3", "x", "t1.x"]) {
      await expect(pageOfFinishedBuilds(client, {}, forward(1, cursor), ENDED)).rejects.toThrow(/^after: /);
    }
  });

  it("are merged over several servers by that time", async () => {
    const second = await createCuirassSandbox({ evaluations: 8 });
    const graph = createGraph({ guix: sandbox.url, other: second.url });
    try {
      const times: string[] = [];
      const servers = new Set<string>();
      let after: string | null = null;
      do {
        const { data, errors }: any = await graph.query(
          `query ($after: String) { builds(first: 50, after: $after, filter: { finishedAfter: "2020-01-01T00:00:00Z", statuses: SUCCEEDED }) {
            nodes { finishedAt server { name } } pageInfo { hasNextPage endCursor } } }`,
          { after },
        );
        expect(errors).toEqual([]);
        times.push(...data.builds.nodes.map(({ finishedAt }: any) => finishedAt));
        for (const { server } of data.builds.nodes) servers.add(server.name);
        after = data.builds.pageInfo.hasNextPage ? data.builds.pageInfo.endCursor : null;
      } while (after !== null);
      expect(times).toEqual([...times].sort().reverse());
      expect(times.length).toBeGreaterThan(200);
      expect([...servers]).toHaveLength(2);
    } finally {
      await graph.close();
      await second.close();
    }
  });
});
