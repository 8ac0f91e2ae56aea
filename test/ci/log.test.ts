// Pages of a log: the right lines, and no line read that is not needed.

import { describe, expect, it } from "vitest";
import { LogResolver, pageOfLog } from "../../src/ci/graph/log.resolver.js";
import { Log } from "../../src/ci/graph/log.type.js";
import type { LogLine, LogSource } from "../../src/ci/log.js";
import { LogLevel } from "../../src/ci/enums.js";
import { LogLinesArgs } from "../../src/ci/graph/log.type.js";
import { make } from "../../src/ci/graph/make.js";
import type { PageRequest } from "../../src/ci/page.js";

/** Lines `line 0`, `line 1`, …; every tenth is an error. Notes what is asked of it. */
class FakeLog implements LogSource {
  readonly reads: { readonly start: number; readonly wanted: number; lines: number; ended: boolean }[] = [];
  counts = 0;
  constructor(
    public length: number,
    readonly firstLine = 0,
  ) {}

  async *read(start: number, wanted: number): AsyncGenerator<LogLine> {
    const read = { start, wanted, lines: 0, ended: false };
    this.reads.push(read);
    try {
      for (let number = Math.max(start, this.firstLine); number < this.firstLine + this.length; number += 1) {
        read.lines += 1;
        yield await Promise.resolve({
          number,
          time: null,
          level: number % 10 === 0 ? LogLevel.ERROR : LogLevel.INFO,
          text: `line ${number}`,
        });
      }
    } finally {
      read.ended = true;
    }
  }

  count(): Promise<number> {
    this.counts += 1;
    return Promise.resolve(this.length);
  }
}

const forward = (count: number, cursor: string | null = null): PageRequest => ({ direction: "forward", count, cursor });
const backward = (count: number, cursor: string | null = null): PageRequest => ({
  direction: "backward",
  count,
  cursor,
});
const page = async (log: FakeLog, request: PageRequest, filter: ((line: LogLine) => boolean) | null = null) => {
  const { items, hasNextPage, hasPreviousPage, totalCount } = await pageOfLog(
    log,
    request,
    filter === null ? null : { holds: filter },
  );
  expect(items.map(({ cursor }) => cursor)).toEqual(items.map(({ node }) => String(node.number)));
  expect(log.reads.every(({ ended }) => ended)).toBe(true);
  return { lines: items.map(({ node }) => node.number), hasPreviousPage, hasNextPage, totalCount };
};
const isError = (line: LogLine): boolean => line.level === LogLevel.ERROR;

describe("pageOfLog", () => {
  it("begins at the line with a number, and reads nothing before it", async () => {
    const log = new FakeLog(1_000);
    const { items, hasPreviousPage, hasNextPage } = await pageOfLog(log, forward(3), null, 500);
    expect([items.map(({ node }) => node.number), hasPreviousPage, hasNextPage]).toEqual([[500, 501, 502], true, true]);
    expect(log.reads).toMatchObject([{ start: 500, wanted: 4, lines: 4 }]);
    expect(log.counts).toBe(0);
    const filtered = await pageOfLog(new FakeLog(1_000), forward(2), { holds: isError }, 501);
    expect(filtered.items.map(({ node }) => node.number)).toEqual([510, 520]);
    const beyond = await pageOfLog(new FakeLog(10), forward(2), null, 10);
    expect([beyond.items, beyond.hasPreviousPage, beyond.hasNextPage]).toEqual([[], true, false]);
    const part = await pageOfLog(new FakeLog(10, 90), forward(1), null, 3);
    expect([part.items.map(({ node }) => node.number), part.hasPreviousPage]).toEqual([[90], false]);
  });

  it("reads from the beginning no further than one line beyond the page", async () => {
    const log = new FakeLog(1_000);
    expect(await page(log, forward(3))).toMatchObject({
      lines: [0, 1, 2],
      hasPreviousPage: false,
      hasNextPage: true,
    });
    expect(log.reads).toMatchObject([{ start: 0, wanted: 4, lines: 4 }]);
    expect(log.counts).toBe(0);
  });

  it("goes on after a line", async () => {
    const log = new FakeLog(10);
    expect(await page(log, forward(3, "4"))).toMatchObject({ lines: [5, 6, 7], hasPreviousPage: true });
    expect(await page(log, forward(3, "6"))).toMatchObject({ lines: [7, 8, 9], hasNextPage: false });
    expect(await page(log, forward(3, "9"))).toMatchObject({ lines: [], hasNextPage: false });
    expect(log.reads).toMatchObject([
      { start: 5, lines: 4 },
      { start: 7, lines: 3 },
      { start: 10, lines: 0 },
    ]);
    log.length = 12;
    expect(await page(log, forward(3, "9"))).toMatchObject({ lines: [10, 11] });
  });

  it("reads the end by counting first, and only the wanted lines then", async () => {
    const log = new FakeLog(1_000);
    expect(await page(log, backward(3))).toMatchObject({
      lines: [997, 998, 999],
      hasPreviousPage: true,
      hasNextPage: false,
    });
    expect(log.counts).toBe(1);
    expect(log.reads).toMatchObject([{ start: 997, wanted: 3, lines: 3 }]);
  });

  it("reads what lies before a line without counting", async () => {
    const log = new FakeLog(1_000);
    expect(await page(log, backward(3, "500"))).toMatchObject({
      lines: [497, 498, 499],
      hasPreviousPage: true,
      hasNextPage: true,
    });
    expect(await page(log, backward(3, "2"))).toMatchObject({ lines: [0, 1], hasPreviousPage: false });
    expect(await page(log, backward(3, "0"))).toMatchObject({ lines: [], hasPreviousPage: false, hasNextPage: true });
    expect(log.counts).toBe(0);
    expect(log.reads).toMatchObject([
      { start: 497, wanted: 3, lines: 3 },
      { start: 0, wanted: 2, lines: 2 },
    ]);
  });

  it("stops at the first match beyond the page when it filters", async () => {
    const log = new FakeLog(1_000);
    expect(await page(log, forward(2), isError)).toEqual({
      lines: [0, 10],
      hasPreviousPage: false,
      hasNextPage: true,
      totalCount: null,
    });
    expect(log.reads).toMatchObject([{ start: 0, lines: 21 }]);
    expect(await page(log, forward(2, "10"), isError)).toMatchObject({ lines: [20, 30] });
    expect(log.reads[1]).toMatchObject({ start: 11, lines: 30 });
    expect(await page(log, forward(2, "970"), isError)).toMatchObject({ lines: [980, 990], hasNextPage: false });
  });

  it("keeps the last matches from the end, or before a line, and does not count", async () => {
    const log = new FakeLog(1_000);
    expect(await page(log, backward(2), isError)).toEqual({
      lines: [980, 990],
      hasPreviousPage: true,
      hasNextPage: false,
      totalCount: null,
    });
    expect(await page(log, backward(2, "25"), isError)).toMatchObject({ lines: [10, 20], hasPreviousPage: true });
    expect(log.reads[1]?.lines).toBe(25);
    expect(await page(log, backward(2, "20"), isError)).toMatchObject({ lines: [0, 10], hasPreviousPage: false });
    expect(log.counts).toBe(0);
  });

  it("counts only when it is asked to", async () => {
    const log = new FakeLog(7);
    const { totalCount } = await page(log, forward(1));
    expect(log.counts).toBe(0);
    expect(await (totalCount as () => Promise<number>)()).toBe(7);
  });

  it("has empty pages of an empty log", async () => {
    for (const request of [forward(5), backward(5), forward(0), backward(0)]) {
      expect(await page(new FakeLog(0), request)).toMatchObject({
        lines: [],
        hasPreviousPage: false,
        hasNextPage: false,
      });
    }
  });

  it("reads a part of a log with the numbers of the whole", async () => {
    const part = () => new FakeLog(5, 100);
    expect(await page(part(), forward(2))).toMatchObject({
      lines: [100, 101],
      hasPreviousPage: false,
      hasNextPage: true,
    });
    expect(await page(part(), backward(2))).toMatchObject({ lines: [103, 104], hasPreviousPage: true });
    expect(await page(part(), backward(50))).toMatchObject({
      lines: [100, 101, 102, 103, 104],
      hasPreviousPage: false,
    });
    expect(await page(part(), backward(2, "102"))).toMatchObject({ lines: [100, 101], hasPreviousPage: false });
  });

  it.each(["x", "-1", "1.5", "", "99999999999"])("refuses the cursor %j", async (cursor) => {
    await expect(page(new FakeLog(5), forward(1, cursor))).rejects.toThrow("after: is not a cursor of this list");
    await expect(page(new FakeLog(5), backward(1, cursor))).rejects.toThrow("before: is not a cursor of this list");
  });
});

describe("the field `lines`", () => {
  const linesOf = async (source: LogSource, given: Partial<LogLinesArgs>): Promise<number[]> => {
    const args = Object.assign(new LogLinesArgs(), given);
    const connection = await new LogResolver().lines(make(Log, { source }), args);
    return connection.nodes().map(({ number }) => number);
  };

  it("has 100 lines by default, and 1000 at most", async () => {
    const log = new FakeLog(5_000);
    expect(await linesOf(log, {})).toHaveLength(100);
    expect(await linesOf(log, { first: 1_000 })).toHaveLength(1_000);
    await expect(linesOf(log, { first: 1_001 })).rejects.toThrow("first: 1001 is out of range; allowed is 0 to 1000");
    expect(log.counts).toBe(0);
  });

  it("filters by level and by text, upper and lower case alike; both must hold", async () => {
    const log = new FakeLog(200);
    expect(await linesOf(log, { levels: [LogLevel.ERROR], first: 3 })).toEqual([0, 10, 20]);
    expect(await linesOf(log, { levels: [LogLevel.ERROR, LogLevel.INFO], first: 3 })).toEqual([0, 1, 2]);
    expect(await linesOf(log, { levels: [], first: 3 })).toEqual([]);
    expect(await linesOf(log, { contains: "LINE 19", last: 2 })).toEqual([198, 199]);
    expect(await linesOf(log, { contains: "ne 15", levels: [LogLevel.ERROR] })).toEqual([150]);
  });

  it("begins at a line, instead of a cursor, and goes forward from it", async () => {
    expect(await linesOf(new FakeLog(200), { from: 150, first: 2 })).toEqual([150, 151]);
    expect(await linesOf(new FakeLog(200), { from: 151, first: 1, levels: [LogLevel.ERROR] })).toEqual([160]);
    await expect(linesOf(new FakeLog(1), { from: 1, after: "3" })).rejects.toThrow("from: is where a page begins");
    await expect(linesOf(new FakeLog(1), { from: 1, last: 3 })).rejects.toThrow("from: goes with `first`");
    await expect(linesOf(new FakeLog(1), { from: -1 })).rejects.toThrow("from: -1 is out of range");
  });

  it("refuses an empty text", async () => {
    await expect(linesOf(new FakeLog(1), { contains: "" })).rejects.toThrow("contains: is empty; leave it out");
  });
});
