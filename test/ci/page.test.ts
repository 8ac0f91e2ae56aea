// Paging: what is refused with which words, whole lists, and one list merged from several servers.

import { describe, expect, it } from "vitest";
import { LIST_LIMITS, inRange, mergePages, pageOfArray, readPageArgs, unknownCursor } from "../../src/ci/page.js";
import type { Page, PageRequest, PageSource } from "../../src/ci/page.js";
import { InputRefused, UpstreamError } from "../../src/errors.js";

const forward = (count: number, cursor: string | null = null): PageRequest => ({ direction: "forward", count, cursor });
const backward = (count: number, cursor: string | null = null): PageRequest => ({
  direction: "backward",
  count,
  cursor,
});

describe("readPageArgs", () => {
  it.each([
    [{}, forward(20)],
    [{ first: null, after: null, last: null, before: null }, forward(20)],
    [{ first: 0 }, forward(0)],
    [{ first: 100, after: "c" }, forward(100, "c")],
    [{ after: "c" }, forward(20, "c")],
    [{ last: 3 }, backward(3)],
    [{ last: 3, before: "c" }, backward(3, "c")],
  ])("reads %j", (args, request) => {
    expect(readPageArgs(args)).toEqual(request);
  });

  it.each([
    [{ first: -1 }, "first", "first: -1 is out of range; allowed is 0 to 100"],
    [{ first: 101 }, "first", "first: 101 is out of range; allowed is 0 to 100"],
    [{ last: 101 }, "last", "last: 101 is out of range; allowed is 0 to 100"],
    [{ last: -2 }, "last", "last: -2 is out of range; allowed is 0 to 100"],
    [{ first: 1, last: 1 }, "last", "last: give `first` or `last`, not both"],
    [{ last: 1, after: "c" }, "after", "after: goes with `first`; with `last` give `before`"],
    [{ first: 1, before: "c" }, "before", "before: goes with `last`; with `first` give `after`"],
    [{ before: "c" }, "before", "before: goes with `last`; with `first` give `after`"],
  ])("refuses %j and names the argument", (args, argument, message) => {
    expect(() => readPageArgs(args)).toThrow(expect.objectContaining({ name: "InputRefused", argument, message }));
  });

  it("takes the limits of the list at hand", () => {
    expect(LIST_LIMITS).toEqual({ default: 20, max: 100 });
    expect(readPageArgs({ limits: { default: 5, max: 7 } })).toEqual(forward(5));
    expect(() => readPageArgs({ first: 8, limits: { default: 5, max: 7 } })).toThrow("allowed is 0 to 7");
  });
});

describe("inRange", () => {
  it.each([NaN, 1.5, Infinity, -0.1])("refuses %d", (value) => {
    expect(() => inRange("nr", value, 10)).toThrow(InputRefused);
  });
});

describe("pageOfArray", () => {
  const all = ["a", "b", "c", "d", "e"];
  const page = (request: PageRequest) => {
    const { items, hasNextPage, hasPreviousPage, totalCount } = pageOfArray(all, request, (item) => `@${item}`);
    expect(items.map(({ cursor }) => cursor)).toEqual(items.map(({ node }) => `@${node}`));
    expect(totalCount).toBe(5);
    return [items.map(({ node }) => node).join(""), hasPreviousPage, hasNextPage];
  };

  it.each<[PageRequest, string, boolean, boolean]>([
    [forward(2), "ab", false, true],
    [forward(2, "@b"), "cd", true, true],
    [forward(2, "@d"), "e", true, false],
    [forward(2, "@e"), "", true, false],
    [forward(5), "abcde", false, false],
    [forward(0), "", false, true],
    [backward(2), "de", true, false],
    [backward(2, "@d"), "bc", true, true],
    [backward(2, "@c"), "ab", false, true],
    [backward(2, "@a"), "", false, true],
    [backward(9), "abcde", false, false],
    [backward(0), "", true, false],
  ])("gives for %j the page %s", (request, nodes, hasPreviousPage, hasNextPage) => {
    expect(page(request)).toEqual([nodes, hasPreviousPage, hasNextPage]);
  });

  it("refuses a cursor of another list", () => {
    expect(() => page(forward(1, "@x"))).toThrow("after: is not a cursor of this list");
    expect(() => page(backward(1, "@x"))).toThrow("before: is not a cursor of this list");
  });

  it("has an empty page for an empty list", () => {
    expect(pageOfArray([], forward(3), String)).toEqual({
      items: [],
      hasNextPage: false,
      hasPreviousPage: false,
      totalCount: 0,
    });
  });
});

interface Item {
  readonly id: string;
  readonly time: number;
}

/** A server's list, newest first, that can fail and grow; its cursors are ids. */
class FakeSource implements PageSource<Item> {
  failure: Error | undefined;
  readonly requests: PageRequest[] = [];
  constructor(
    readonly server: string,
    public items: readonly Item[],
  ) {}

  page(request: PageRequest): Promise<Page<Item>> {
    this.requests.push(request);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve(pageOfArray(this.items, request, ({ id }) => id));
  }
}

/** Items by their times, given from old to new. */
const source = (server: string, ...times: number[]): FakeSource =>
  new FakeSource(server, times.map((time) => ({ id: `${server}${time}`, time })).reverse());
const down = (server: string) =>
  new UpstreamError({ kind: "UpstreamUnreachable", server, operation: "GET jobs/", message: "down" });

describe("mergePages", () => {
  const merge = async (sources: readonly FakeSource[], request: PageRequest) => {
    const reported: unknown[] = [];
    const page = await mergePages(
      sources,
      request,
      ({ time }) => time,
      (error) => reported.push(error),
    );
    const totalCount = typeof page.totalCount === "function" ? await page.totalCount() : page.totalCount;
    return { ...page, totalCount, nodes: page.items.map(({ node }) => node.id), reported };
  };
  const readAll = async (sources: readonly FakeSource[], count: number, between: () => void = () => undefined) => {
    const nodes: string[] = [];
    for (let cursor: string | null = null; ;) {
      const page = await merge(sources, forward(count, cursor));
      nodes.push(...page.nodes);
      cursor = page.items.at(-1)?.cursor ?? cursor;
      if (!page.hasNextPage) return nodes;
      // Else a page that does not move on would keep this process, and its time limit, busy for ever.
      if (nodes.length > 100) throw new Error(`it goes round: ${nodes.join(" ")}`);
      between();
    }
  };

  it("gives the newest first, whichever server they are of, and the sum of the counts", async () => {
    const page = await merge([source("a", 1, 4, 5), source("b", 2, 3, 6)], forward(4));
    expect(page).toMatchObject({ nodes: ["b6", "a5", "a4", "b3"], totalCount: 6, hasNextPage: true, reported: [] });
    expect(page.hasPreviousPage).toBe(false);
  });

  it.each([1, 2, 3, 4, 7])("repeats and loses nothing in pages of %i", async (count) => {
    const sources = [source("a", 1, 4, 5, 9, 10, 11), source("b", 2, 3, 6), source("c"), source("d", 7, 8)];
    const expected = ["a11", "a10", "a9", "d8", "d7", "b6", "a5", "a4", "b3", "b2", "a1"];
    expect(await readAll(sources, count)).toEqual(expected);
  });

  it("goes on after any edge, not only a page's last", async () => {
    const sources = [source("a", 1, 3, 5), source("b", 2, 4, 6)];
    const whole = await merge(sources, forward(6));
    for (const [at, { cursor }] of whole.items.entries()) {
      expect((await merge(sources, forward(6, cursor))).nodes).toEqual(whole.nodes.slice(at + 1));
    }
  });

  it("is not moved by what comes new between the pages", async () => {
    const [a, b] = [source("a", 1, 3, 5, 7), source("b", 2, 4, 6, 8)];
    let time = 100;
    const grow = () => {
      a.items = [{ id: `a${time}`, time }, ...a.items];
      b.items = [{ id: `b${time + 1}`, time: time + 1 }, ...b.items];
      time += 2;
    };
    expect(await readAll([a, b], 3, grow)).toEqual(["b8", "a7", "b6", "a5", "b4", "a3", "b2", "a1"]);
  });

  it("keeps each server's own order even where its times are not in order", async () => {
    const odd = new FakeSource("a", [
      { id: "a1", time: 1 },
      { id: "a9", time: 9 },
    ]);
    expect(await readAll([odd, source("b", 2, 3)], 1)).toEqual(["b3", "b2", "a1", "a9"]);
  });

  it("leaves a failing server out, reports it, and takes it up again where it was", async () => {
    const [a, b] = [source("a", 1, 3, 5, 7), source("b", 2, 4, 6, 8)];
    const first = await merge([a, b], forward(3));
    expect(first.nodes).toEqual(["b8", "a7", "b6"]);
    b.failure = down("b");
    const second = await merge([a, b], forward(1, first.items.at(-1)?.cursor));
    expect(second).toMatchObject({ nodes: ["a5"], reported: [b.failure], totalCount: null });
    b.failure = undefined;
    const third = await merge([a, b], forward(9, second.items.at(-1)?.cursor));
    expect(third).toMatchObject({ nodes: ["b4", "a3", "b2", "a1"], reported: [], hasNextPage: false });
  });

  it("throws the first error when all fail", async () => {
    const [a, b] = [source("a", 1), source("b", 2)];
    [a.failure, b.failure] = [down("a"), down("b")];
    await expect(merge([a, b], forward(3))).rejects.toBe(a.failure);
  });

  it("throws a refused argument even when the other servers answer", async () => {
    const [a, b] = [source("a", 1), source("b", 2)];
    b.failure = new InputRefused("filter", "is wrong");
    await expect(merge([a, b], forward(3))).rejects.toBe(b.failure);
  });

  it("has an empty page where there is no server", async () => {
    expect(await merge([], forward(3))).toMatchObject({ nodes: [], hasNextPage: false, totalCount: 0, reported: [] });
  });

  it("does not know the total count when one server does not", async () => {
    const unknowing: PageSource<Item> = {
      server: "b",
      page: (request) => Promise.resolve({ ...pageOfArray<Item>([], request, ({ id }) => id), totalCount: null }),
    };
    const costly: PageSource<Item> = {
      server: "c",
      page: (request) =>
        Promise.resolve({ ...pageOfArray<Item>([], request, ({ id }) => id), totalCount: () => Promise.resolve(5) }),
    };
    expect(await merge([source("a", 1), costly as FakeSource], forward(3))).toMatchObject({ totalCount: 6 });
    expect(await merge([source("a", 1), unknowing as FakeSource], forward(3))).toMatchObject({ totalCount: null });
  });

  it("goes backward over one server, and refuses to over several", async () => {
    const one = source("a", 1, 2, 3, 4, 5);
    const last = await merge([one], backward(2));
    expect(last).toMatchObject({ nodes: ["a2", "a1"], hasPreviousPage: true, hasNextPage: false });
    expect(await merge([one], backward(2, last.items[0]?.cursor))).toMatchObject({ nodes: ["a4", "a3"] });
    await expect(merge([one, source("b", 1)], backward(2))).rejects.toThrow(
      "last: a list over several servers goes forward only; give `first`, or name one `server`",
    );
  });

  it.each(["junk", "", "bnVsbA", Buffer.from('{"a":1}').toString("base64url")])(
    "refuses the cursor %j before it asks anybody",
    async (cursor) => {
      const one = source("a", 1);
      await expect(merge([one], forward(1, cursor))).rejects.toThrow(unknownCursor(forward(1)).message);
      expect(one.requests).toEqual([]);
    },
  );
});
