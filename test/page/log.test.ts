// The log's parts without a browser: escapes, windows, folds, finds, and where a subscription goes on.

import { describe, expect, it, vi } from "vitest";
import { bandAt, bandOf } from "../../src/page/log/band.js";
import { marked, toPieces, toPlain } from "../../src/page/log/escapes.js";
import { firstLineAt, foldsOf, rowOf, rowsOf } from "../../src/page/log/folds.js";
import type { CaseLines } from "../../src/page/log/folds.js";
import { Finder, NOTHING_FOUND } from "../../src/page/log/finder.js";
import { WINDOWS_MAX, WINDOW_LINES, Windows } from "../../src/page/log/windows.js";
import type { Line, LoadLines } from "../../src/page/log/windows.js";
import { resumed, retryAfter } from "../../src/page/graph/resume.js";

const ESC = "\x1b";

describe("a line's escapes", () => {
  it("become classes, where they are colours", () => {
    expect(toPieces(`${ESC}[31mFAIL${ESC}[0m: x`)).toEqual([
      { text: "FAIL", classes: "fg1" },
      { text: ": x", classes: "" },
    ]);
    expect(toPieces(`${ESC}[1;4;92;41ma${ESC}[22;24;39;49mb`)).toEqual([
      { text: "a", classes: "fg2 bg1 bold under" },
      { text: "b", classes: "" },
    ]);
    expect(toPieces(`${ESC}[38;5;3ma${ESC}[38;2;1;2;3mb${ESC}[mc`).map(({ classes }) => classes)).toEqual([
      "fg3",
      "",
      "",
    ]);
  });

  it("vanish otherwise, and control characters become pictures", () => {
    expect(toPlain(`${ESC}[2J${ESC}[10;20H${ESC}]0;title\x07a${ESC}(b\r`)).toBe("a\u241b(b");
    expect(toPlain("a\x00\x07b\tc\x7f")).toBe("a\u2400\u2407b\tc\u2421");
    expect(toPlain("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>");
  });

  it("do not hide what is looked for, upper and lower case alike", () => {
    const pieces = marked(toPieces(`not ${ESC}[31mEXP${ESC}[0mected expected`), "expected");
    expect(pieces.filter(({ mark }) => mark).map(({ text }) => text)).toEqual(["EXP", "ected", "expected"]);
    expect(pieces.map(({ text }) => text).join("")).toBe("not EXPected expected");
    expect(marked(toPieces("a"), "")).toEqual([{ text: "a", classes: "", mark: false }]);
  });

  it("take no longer than the text does", () => {
    const text = `${ESC}[`.repeat(50_000) + `${ESC}]${"x".repeat(100_000)}`;
    expect(toPlain(text).length).toBeGreaterThan(0);
  });
});

const lineOf = (number: number): Line => ({ number, time: null, level: null, text: `line ${number}` });

/** A log whose requests are answered when the test says so. */
function heldLog(total: number) {
  const asked: { from: number; answer: () => void; fail: () => void; signal: AbortSignal }[] = [];
  const load: LoadLines = (from, count, signal) =>
    new Promise((resolve, reject) => {
      const lines = Array.from({ length: Math.max(0, Math.min(count, total - from)) }, (_, at) => lineOf(from + at));
      signal.addEventListener("abort", () => reject(new Error("aborted")));
      asked.push({ from, signal, answer: () => resolve(lines), fail: () => reject(new Error("broken")) });
    });
  return { asked, load };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("the windows of a log", () => {
  it("begin at multiples of 200, two at a time, those in sight first; what was passed is given up", async () => {
    const { asked, load } = heldLog(200_000);
    const windows = new Windows(load, () => undefined);
    windows.want([150_010, 150_190, 150_210, 150_450]);
    expect(asked.map(({ from }) => from)).toEqual([150_000, 150_200]);
    windows.want([10]);
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    await settled();
    expect(asked.map(({ from }) => from)).toEqual([150_000, 150_200, 0]);
    asked[2]?.answer();
    await settled();
    expect(windows.line(10)).toEqual(lineOf(10));
    expect(windows.line(150_010)).toBeNull();
    expect(windows.requests).toBe(0);
  });

  it("are never more than thirty, and the one that was used least lately goes", async () => {
    const told = vi.fn();
    const windows = new Windows(
      (from) => Promise.resolve(Array.from({ length: WINDOW_LINES }, (_, at) => lineOf(from + at))),
      told,
    );
    for (let window = 0; window <= WINDOWS_MAX; window += 1) {
      windows.want([window * WINDOW_LINES, 0]);
      await settled();
    }
    expect(windows.size).toBe(WINDOWS_MAX);
    expect(windows.line(0)).toEqual(lineOf(0));
    expect(windows.line(WINDOW_LINES)).toBeNull();
    expect(told).toHaveBeenCalled();
  });

  it("grow at the end of a log that is written, without a hole", async () => {
    const { asked, load } = heldLog(210);
    const windows = new Windows(load, () => undefined);
    windows.want([205]);
    asked[0]?.answer();
    await settled();
    windows.append([lineOf(210), lineOf(211)]);
    expect(windows.line(211)).toEqual(lineOf(211));
    windows.append([lineOf(215)]);
    expect(windows.line(215)).toBeNull();
    windows.grew(216);
    expect(asked.map(({ from }) => from)).toEqual([200, 200]);
  });

  it("say that a request failed, and leave the server alone for a while", async () => {
    const { asked, load } = heldLog(1_000);
    const windows = new Windows(load, () => undefined);
    windows.want([0]);
    asked[0]?.fail();
    await settled();
    expect(windows.failed).toBe(true);
    windows.want([0]);
    expect(asked).toHaveLength(1);
    windows.close();
  });
});

describe("the folds of a log", () => {
  const at = (name: string, result: CaseLines["result"], first: number, last: number): CaseLines => ({
    ...{ name, result, startLogLine: first, endLogLine: last },
  });

  it("hold cases that passed beside each other, and no line of one that failed", () => {
    const folds = foldsOf([
      at("c", "FAIL", 20, 24),
      at("a", "PASS", 0, 4),
      at("b", "SKIP", 6, 12),
      at("d", "PASS", 26, 40),
      at("e", "PASS", 60, 61),
      { name: "f", result: "PASS", startLogLine: null, endLogLine: null },
    ]);
    expect(folds).toEqual([
      { first: 0, last: 12, title: "a, b", note: "1 passed, 1 skipped · 13 lines" },
      { first: 26, last: 40, title: "d", note: "1 passed · 15 lines" },
    ]);
  });

  it("make rows that lead from a line to where it is shown, and back", () => {
    const folds = foldsOf([at("a", "PASS", 10, 19), at("b", "PASS", 50, 99)]);
    const rows = rowsOf(120, folds);
    expect(rows).toHaveLength(120 - 9 - 49);
    for (const line of [0, 9, 20, 49, 100, 119]) expect(rows[rowOf(rows, folds, line)]).toBe(line);
    for (const line of [10, 15, 19]) expect(rows[rowOf(rows, folds, line)]).toBe(-1);
    expect(firstLineAt(rows, folds, rowOf(rows, folds, 75))).toBe(50);
    expect(rowsOf(0, folds)).toHaveLength(0);
  });
});

describe("a find", () => {
  it("asks for the next page of hits when the reader comes to it", async () => {
    const asked: (string | undefined)[] = [];
    const finder = new Finder(
      {
        lines: ({ after, contains }) => {
          asked.push(after);
          expect(contains).toBe("x");
          const from = after === undefined ? 0 : Number(after) + 1;
          return Promise.resolve({
            lines: [lineOf(from + 9), lineOf(from + 19)],
            hasNextPage: from < 40,
            endCursor: String(from + 19),
          });
        },
        size: () => Promise.resolve(null),
      },
      () => undefined,
    );
    expect(await finder.find("x")).toEqual([9, 19]);
    expect(await finder.after(0)).toBe(9);
    expect(finder.before(19)).toBe(9);
    expect(asked).toEqual([undefined]);
    expect(await finder.after(19)).toBe(29);
    expect(await finder.after(59)).toBeNull();
    expect(asked).toEqual([undefined, "19", "39"]);
    expect(await finder.find("")).toEqual([]);
    expect(NOTHING_FOUND.hits).toEqual([]);
  });
});

describe("a subscription that broke off", () => {
  it("goes on after the last cursor, or from the next line", () => {
    expect(resumed({ server: "a" }, { deviceUpdates: { cursor: "c1" } })).toEqual({ server: "a", after: "c1" });
    expect(resumed({ from: 1 }, { logLines: { nextLine: 7 } })).toEqual({ from: 7 });
    expect(resumed({ from: 1 }, null)).toEqual({ from: 1 });
  });

  it("waits as long as the gateway says, and no longer where there is nothing to hope for", () => {
    const error = (code: string, retryAfterSeconds?: number) => ({
      message: "",
      extensions: { code, retryAfterSeconds },
    });
    expect(retryAfter(undefined)).toBeNull();
    expect(retryAfter([error("UPSTREAM_UNREACHABLE", 12)])).toBe(12);
    expect(retryAfter([error("SUBSCRIPTION_OVERFLOW")])).toBe(5);
    expect(retryAfter([error("UPSTREAM_DENIED")])).toBeNull();
  });
});

describe("a log that is longer than a browser can draw", () => {
  it("is shown in bands of 800,000 rows, each found by its row", () => {
    const short = rowsOf(800_000, []);
    expect(bandOf(short, 3).start).toBe(0);
    expect(bandOf(short, 3).rows).toBe(short);
    const long = rowsOf(2_000_001, []);
    const bands = [0, 1, 2, 9].map((at) => bandOf(long, at));
    expect(bands.map(({ start, rows }) => [start, rows.length, rows[0]])).toEqual([
      [0, 800_000, 0],
      [800_000, 800_000, 800_000],
      [1_600_000, 400_001, 1_600_000],
      [1_600_000, 400_001, 1_600_000],
    ]);
    expect([0, 799_999, 800_000, 2_000_000].map(bandAt)).toEqual([0, 0, 1, 2]);
  });
});
