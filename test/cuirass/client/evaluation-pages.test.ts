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

/** Ids of all pages, and all that was told to be unreadable. */
async function walk({ client }: Connected, specification: string | null, count: number) {
  const name = specification === null ? null : readQueryText("specification", specification);
  const unreadable = new Set<number>();
  const ask = (request: PageRequest) => pageOfEvaluations(client, name, request);
  const evaluations = await walkPages(ask, count, (page) => page.unreadable.forEach((id) => unreadable.add(id)));
  return { ids: evaluations.map(({ id }) => id), unreadable: [...unreadable] };
}

function down(from: number, to: number): number[] {
  return Array.from({ length: from - to + 1 }, (_, at) => from - at);
}

describe("evaluations", () => {
  it.each([1, 7, 100])("come newest first, each once, in pages of %d", async (count) => {
    const connected = await start();
    expect(await walk(connected, null, count)).toEqual({ ids: down(20, 1), unreadable: [] });
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

describe("an evaluation that Cuirass can't show", () => {
  it.each([20, 19, 12, 2, 1])("hides no other when it is the one with id %d", async (brokenEvaluation) => {
    const connected = await start({ brokenEvaluation });
    for (const count of [4, 15, 100]) {
      const { ids, unreadable } = await walk(connected, null, count);
      expect(ids).toEqual(down(20, 1).filter((id) => id !== brokenEvaluation));
      if (brokenEvaluation < 20) expect(unreadable).toEqual([brokenEvaluation]);
    }
  });

  it.each([20, 17, 11])("hides no other of its specification either, id %d", async (brokenEvaluation) => {
    const connected = await start({ brokenEvaluation });
    const whole = await start();
    for (const count of [1, 5]) {
      const others = (await walk(whole, "master", 100)).ids.filter((id) => id !== brokenEvaluation);
      expect((await walk(connected, "master", count)).ids).toEqual(others);
    }
  });

  it("costs a bounded number of requests", async () => {
    const { client, sandbox } = await start({ brokenEvaluation: 10 });
    await pageOfEvaluations(client, null, forward(19));
    // The list, its halves 10 and 5, and at most as many single ones as are wanted.
    expect(sandbox.requests.total()).toBeLessThanOrEqual(3 + 20);
  });

  it("is named", async () => {
    const { client } = await start({ brokenEvaluation: 12 });
    const page = await pageOfEvaluations(client, null, forward(10));
    expect(String(incompleteness(client, page))).toContain("left out what Cuirass can't show: evaluations 12");
    expect(incompleteness(client, { ...page, unreadable: [] })).toBeNull();
  });

  it("is told from a server that fails altogether", async () => {
    const { client, sandbox } = await start();
    sandbox.fault = ({ path }) => (path.startsWith("/api/") ? { kind: "status", status: 500 } : undefined);
    await expect(pageOfEvaluations(client, null, forward(20))).rejects.toMatchObject({ kind: "UpstreamFailed" });
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

  it("are found past one that Cuirass can't show", async () => {
    const connected = await start({ brokenEvaluation: 15 });
    expect(await fitting(connected, null, 2, ({ status }) => status !== 0)).toEqual([20, 13, 7]);
  });
});
