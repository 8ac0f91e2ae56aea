import { afterEach, describe, expect, it } from "vitest";
import type { PageRequest } from "../../src/ci/page.js";
import { incompleteness, pageOfEvaluations } from "../../src/cuirass/evaluation-pages.js";
import { readQueryText } from "../../src/cuirass/ids.js";
import { Overflow } from "../../src/errors.js";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox, CuirassSandboxOptions } from "../../src/sandbox/cuirass/index.js";
import { connect } from "./connect.js";
import type { Connected } from "./connect.js";

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

function forward(count: number, cursor: string | null = null): PageRequest {
  return { direction: "forward", count, cursor };
}

/** Ids of all pages, and all that was told to be unreadable. */
async function walk({ client }: Connected, specification: string | null, count: number) {
  const name = specification === null ? null : readQueryText("specification", specification);
  const ids: number[] = [];
  const unreadable = new Set<number>();
  let cursor: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof pageOfEvaluations>> = await pageOfEvaluations(
      client,
      name,
      forward(count, cursor),
    );
    ids.push(...page.items.map(({ node }) => node.id));
    for (const id of page.unreadable) unreadable.add(id);
    if (!page.hasNextPage) return { ids, unreadable: [...unreadable] };
    cursor = page.items.at(-1)?.cursor ?? null;
  }
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
