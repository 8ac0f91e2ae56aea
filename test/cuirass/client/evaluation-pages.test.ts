import { afterEach, describe, expect, it } from "vitest";
import type { PageRequest } from "../../../src/ci/page.js";
import {
  incompleteness,
  pageOfEvaluations,
  pageOfFittingEvaluations,
} from "../../../src/cuirass/client/evaluation-pages.js";
import { readQueryText } from "../../../src/cuirass/protocol/ids.js";
import { Overflow } from "../../../src/errors.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox, CuirassSandboxOptions } from "../../../src/sandbox/cuirass/index.js";
import { forward, walkPages } from "../walk.js";
import { connect } from "../connect.js";
import type { Connected } from "../connect.js";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function start(options: CuirassSandboxOptions = {}): Promise<Connected & { sandbox: CuirassSandbox }> {
  const sandbox = await createCuirassSandbox(options);
  const connected = connect(sandbox.url);
  opened.push(connected, sandbox);
  return { ...connected, sandbox };
}

/** Ids of all pages, what was told to be hidden, and the most requests that a page has cost. */
async function walk(
  { client, sandbox }: Connected & { sandbox: CuirassSandbox },
  specification: string | null,
  count: number,
) {
  const name = specification === null ? null : readQueryText("specification", specification);
  const hidden = new Set<number>();
  let [older, cost] = [false, 0];
  sandbox.requests.reset();
  const ask = (request: PageRequest) => pageOfEvaluations(client, name, request);
  const evaluations = await walkPages(ask, count, (page) => {
    page.hidden.ids.forEach((id) => hidden.add(id));
    older ||= page.hidden.older;
    cost = Math.max(cost, sandbox.requests.total());
    sandbox.requests.reset();
  });
  return { ids: evaluations.map(({ id }) => id), hidden: [...hidden], older, cost };
}

function down(from: number, to: number): number[] {
  return Array.from({ length: from - to + 1 }, (_, at) => from - at);
}

describe("evaluations", () => {
  it.each([1, 7, 100])("come newest first, each once, in pages of %d", async (count) => {
    const connected = await start();
    expect(await walk(connected, null, count)).toEqual({ ids: down(20, 1), hidden: [], older: false, cost: 1 });
    const images = (await connected.client.evaluations(100, readQueryText("x", "images")))?.map(({ id }) => id);
    expect((await walk(connected, "images", count)).ids).toEqual(images);
    expect((await walk(connected, "nosuch", count)).ids).toEqual([]);
  });

  it("are one request a page", async () => {
    const { client, sandbox } = await start();
    const first = await pageOfEvaluations(client, null, forward(5));
    await pageOfEvaluations(client, null, forward(5, first.items.at(-1)?.cursor));
    expect(sandbox.requests.total()).toBe(2);
  });

  it("go on where they were after new ones came", async () => {
    const { client, sandbox } = await start();
    const first = await pageOfEvaluations(client, null, forward(5));
    for (let more = 0; more < 9; more += 1) sandbox.startEvaluation("guix");
    const second = await pageOfEvaluations(client, null, forward(5, first.items.at(-1)?.cursor));
    expect(second.items.map(({ node }) => node.id)).toEqual(down(15, 11));
  });

  it("refuse to go backward, and a cursor of another list", async () => {
    const { client } = await start();
    const back = pageOfEvaluations(client, null, { direction: "backward", count: 1, cursor: null });
    await expect(back).rejects.toThrow(/^last: /);
    await expect(pageOfEvaluations(client, null, forward(1, "x"))).rejects.toThrow(/^after: /);
  });

  it("are read one by one where the list would be long, unless they are of one specification", async () => {
    const { client, sandbox } = await start();
    const page = await pageOfEvaluations(client, null, forward(5, "15.400"));
    expect(page.items.map(({ node }) => node.id)).toEqual(down(14, 10));
    expect(sandbox.requests.counts()).toEqual({ "GET /api/evaluation": 6 });
    const deep = pageOfEvaluations(client, readQueryText("x", "guix"), forward(5, "15.1000"));
    await expect(deep).rejects.toThrow(Overflow);
  });
});

describe("evaluations that Cuirass can't show, after a specification has got another channel,", () => {
  /** `more` evaluations of it have come since. Ids of all that can be shown and that can't, highest first. */
  async function startSpoiled(specification: string, more: number, evaluations = 20) {
    const connected = await start({ evaluations });
    const { sandbox } = connected;
    const old = (await connected.client.evaluations(500, readQueryText("x", specification))) ?? [];
    const all = (await connected.client.evaluations(500)) ?? [];
    sandbox.addChannel(specification);
    const added: number[] = [];
    for (let at = 0; at < more; at += 1) {
      added.unshift(sandbox.startEvaluation(specification));
      added.unshift(sandbox.startEvaluation("images"));
    }
    const hidden = old.map(({ id }) => id);
    return { ...connected, hidden, shown: [...added, ...all.map(({ id }) => id).filter((id) => !hidden.includes(id))] };
  }

  it.each([0, 1, 3, 30, 100])(
    "end the list of that specification, for 8 requests at most; %d came since",
    async (more) => {
      const spoiled = await startSpoiled("master", more, 200);
      const guix = (await spoiled.client.evaluations(100, readQueryText("x", "guix")))?.map(({ id }) => id);
      for (const count of [1, 20, 100]) {
        const { ids, older, cost } = await walk(spoiled, "master", count);
        expect(ids).toEqual(down(200 + 2 * more, 201).filter((id) => id % 2 === 1));
        expect(older).toBe(true);
        expect(cost).toBeLessThanOrEqual(8);
        expect(await walk(spoiled, "guix", 100)).toMatchObject({ ids: guix, older: false, cost: 1 });
      }
    },
  );

  it.each(["master", "guix", "images"])("hide no other in the list of all, for 8 requests a page: %s", async (name) => {
    for (const more of [0, 4]) {
      const spoiled = await startSpoiled(name, name === "images" ? 0 : more);
      for (const count of [4, 15, 100]) {
        const { ids, hidden, cost } = await walk(spoiled, null, count);
        expect(ids).toEqual(spoiled.shown);
        expect(spoiled.hidden).toEqual(expect.arrayContaining(hidden));
        expect(cost).toBeLessThanOrEqual(8);
      }
    }
  });

  it("are named", async () => {
    const { client } = await startSpoiled("guix", 2);
    const page = await pageOfEvaluations(client, null, forward(10));
    expect(String(incompleteness(client, page))).toMatch(/left out what Cuirass can't show, .*: evaluations 19/);
    const own = await pageOfEvaluations(client, readQueryText("x", "guix"), forward(10));
    expect(String(incompleteness(client, own))).toMatch(/: those before 21$/);
    expect(incompleteness(client, { ...page, hidden: { ids: [], older: false } })).toBeNull();
  });

  it("are told from a server that fails altogether", async () => {
    const { client, sandbox } = await start();
    sandbox.fault = ({ path }) => (path.startsWith("/specifications") ? undefined : { kind: "status", status: 500 });
    await expect(pageOfEvaluations(client, null, forward(20))).rejects.toMatchObject({ kind: "UpstreamFailed" });
    const own = pageOfEvaluations(client, readQueryText("x", "guix"), forward(20));
    await expect(own).rejects.toMatchObject({ kind: "UpstreamFailed" });
    expect(sandbox.requests.total()).toBeLessThan(20);
    const after = pageOfEvaluations(client, null, forward(20, "19.2"));
    await expect(after).rejects.toMatchObject({ kind: "UpstreamFailed" });
  });
});

describe("evaluations of a status or commit", () => {
  async function fitting(
    { client }: Connected,
    name: string | null,
    count: number,
    fits: Parameters<typeof pageOfFittingEvaluations>[3],
  ): Promise<number[]> {
    const specification = name === null ? null : readQueryText("specification", name);
    const ask = (request: PageRequest) => pageOfFittingEvaluations(client, specification, request, fits);
    return (await walkPages(ask, count)).map(({ id }) => id);
  }

  it.each([1, 3, 100])("are found among the others, in pages of %d", async (count) => {
    const connected = await start();
    const all = (await connected.client.evaluations(100)) ?? [];
    const odd = all.filter(({ status }) => status !== 0).map(({ id }) => id);
    expect(odd).toEqual([20, 13, 7]);
    expect(await fitting(connected, null, count, ({ status }) => status !== 0)).toEqual(odd);
    const images = all.filter(({ status, specification }) => status === 0 && specification === "images");
    expect(await fitting(connected, "images", count, ({ status }) => status === 0)).toEqual(images.map(({ id }) => id));
    expect(await fitting(connected, "images", count, () => false)).toEqual([]);
  });

  it("are one request when the list is short", async () => {
    const { client, sandbox } = await start();
    await pageOfFittingEvaluations(client, null, forward(1), ({ id }) => id === 1);
    expect(sandbox.requests.counts()).toEqual({ "GET /api/evaluations": 1 });
  });

  it("are looked for in a bounded number of others", async () => {
    const { client, sandbox } = await start({ evaluations: 600 });
    const nowhere = (name: string | null) =>
      pageOfFittingEvaluations(
        client,
        name === null ? null : readQueryText("specification", name),
        forward(5),
        () => false,
      );
    await expect(nowhere(null)).rejects.toThrow("none of the next 239 evaluations has such a status or commit");
    await expect(nowhere(null)).rejects.toThrow("narrow by `specification`");
    expect(sandbox.requests.counts()["GET /api/evaluation"]).toBeLessThanOrEqual(2 * 41);
    sandbox.requests.reset();
    expect(await nowhere("guix").catch((error: unknown) => error)).toMatchObject({ items: [] });
    expect(sandbox.requests.counts()).toEqual({ "GET /api/evaluations": 2 });
  });

  it("are found past some that Cuirass can't show", async () => {
    const connected = await start();
    connected.sandbox.addChannel("guix");
    const all = down(20, 1).filter((id) => ![1, 7, 10, 16, 19].includes(id));
    const walked = (await walk(connected, null, 100)).ids;
    expect(walked).toEqual(all);
    expect(await fitting(connected, null, 2, ({ status }) => status !== 0)).toEqual([20, 13]);
    expect(await fitting(connected, "guix", 2, ({ status }) => status !== 0)).toEqual([]);
    const id = connected.sandbox.startEvaluation("guix");
    expect(await fitting(connected, "guix", 2, ({ status }) => status !== 0)).toEqual([id]);
  });
});
