// A line that a search need not parse is one that parsing it would leave out: over the samples, odd lines, random lines.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogLevel } from "../../../../src/ci/enums.js";
import type { LineSearch } from "../../../../src/ci/log.js";
import { LineScan, splitLogLines } from "../../../../src/codec/lines.js";
import { toPlainText } from "../../../../src/codec/terminal-text.js";
import { toEnum } from "../../../../src/lava/protocol/enums.js";
import { decodeLogLine } from "../../../../src/lava/protocol/log-line.js";
import { rawLineTest } from "../../../../src/lava/client/log/log-search.js";

type Search = Omit<LineSearch, "end">;

const SAMPLES = ["real-job.yaml", "incomplete-job.yaml"].flatMap((name) =>
  readFileSync(join(import.meta.dirname, "../../../fixtures/lava/logs", name), "utf8")
    .trimEnd()
    .split("\n"),
);
const usual = (message: string, level = "target", end = "}") =>
  `- {"dt": "2026-11-22T03:24:17.123456", "lvl": "${level}", "msg": ${message}${end}`;
/** Messages and lines that say something else than what is written. */
const ODD = [
  usual(String.raw`"one \u0074wo"`),
  usual(String.raw`"a\/b"`),
  usual(String.raw`"say \"hello\" twice"`),
  usual(String.raw`"back\\slash"`),
  usual(String.raw`"red \u001b[31mand\u001b[0m plain"`),
  usual(String.raw`"h\u001b[1me\u001b[0mllo"`),
  usual(String.raw`"50%\r100%\r\n"`),
  usual(String.raw`"abc\b\bxy"`),
  usual(String.raw`"Stra\u00dfe \u0130 \u212a"`),
  usual('"Straße İ K"'),
  usual(String.raw`"\nΣ"`),
  usual(String.raw`"a\nΣ b"`),
  usual('"ΑΣ"'),
  usual('"ΑΣΑ"'),
  usual('"c\u009b31mc"'),
  usual('"d\u007fd"'),
  usual('"tab\there"'),
  usual('"bell\u0007here"'),
  usual('{"a": 1.0, "b": [1, 2]}'),
  usual("null"),
  usual("12"),
  usual('["x", "y z"]'),
  usual('"x", "msg": {"second": 1}'),
  usual('"x", "lvl": "error"'),
  usual('"x", msg: {third: 3}'),
  usual('"x"', "nosuch"),
  usual('"x"', "results"),
  usual('"from a board"', "feedback", ', "ns": "board-1"}'),
  usual('"from a board"', "feedback", ', "ns": {"a": 1}}'),
  usual('{"definition": "lava", "case": "two  words", "result": "pass", "measurement": ! "2.50"}', "results"),
  usual('{"definition": "0_x", "set": "s", "case": "c", "result": "fail", "units": "MB"}', "results"),
  usual(String.raw`"yaml \x41 \e \L"`),
  usual('"unclosed'),
  usual('"closed" '),
  "- not a mapping",
  "",
  "no item",
  "- {}",
];
const LINES = [...SAMPLES, ...ODD];

/** What a page of the log shows of a line. */
function holds(line: string, { levels, contains, plain }: Search): boolean {
  const { level, text } = decodeLogLine(line, 0);
  const shown = plain ? toPlainText(text) : text;
  return (
    (levels === null || levels.includes(toEnum(LogLevel, level))) &&
    (contains === null || shown.toLowerCase().includes(contains))
  );
}

function expectNoneLost(lines: readonly string[], search: Search): void {
  const isWanted = rawLineTest(search);
  expect(lines.filter((line) => !isWanted(line) && holds(line, search))).toEqual([]);
}

const levelList = fc.option(fc.subarray(Object.values(LogLevel), { minLength: 1 }));
const part = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 4 }),
  fc.constantFrom(
    "\\n",
    "\\u001b[0m",
    "\\u0041",
    "\\r",
    '\\"',
    "\\\\",
    "\\/",
    "\\x41",
    "\\e",
    "Σ",
    "İ",
    "\u212a",
    "\t",
  ),
  fc.constantFrom('"', "}", "\\", ", ", '"msg": ', '"lvl": "error"', "! ", "kernel", "Σσς"),
);
const message = fc.array(part, { maxLength: 8 }).map((parts) => `"${parts.join("")}"`);
const written = fc.oneof(
  message.map((text) => usual(text)),
  message.map((text) => usual(text, "results")),
  fc.tuple(message, message).map(([text, ns]) => usual(text, "feedback", `, "ns": ${ns}}`)),
  fc.string({ unit: "grapheme", maxLength: 30 }).map((text) => usual(JSON.stringify(text))),
  fc.json().map((json) => usual(json)),
  fc.constantFrom(...LINES),
);
/** Mostly something that the line says. */
const sought = fc
  .tuple(written, fc.nat(200), fc.integer({ min: 1, max: 6 }), fc.boolean())
  .map(([line, at, size, plain]) => {
    const { text } = decodeLogLine(line, 0);
    const shown = plain ? toPlainText(text) : text;
    const from = shown.length === 0 ? 0 : at % shown.length;
    return { line, plain, contains: shown.slice(from, from + size).toLowerCase() || null };
  });

describe("a search of raw lines", () => {
  const words = [
    "e",
    "pass",
    "\\",
    '"',
    "/",
    "\n",
    "\u001b",
    "msg",
    "lvl",
    "2026",
    "ſ",
    "k",
    "i",
    "σ",
    "ς",
    "ß",
    "σ b",
  ];
  it.each([false, true])("leaves out no line that the text would be found in (plain: %s)", (plain) => {
    const texts = LINES.flatMap((line) => {
      const { text } = decodeLogLine(line, 0);
      const shown = (plain ? toPlainText(text) : text).toLowerCase();
      return [shown.slice(0, 5), shown.slice(-3), shown.slice(shown.length / 2, shown.length / 2 + 2)];
    });
    for (const contains of new Set([...words, ...texts.filter((text) => text !== "")])) {
      expectNoneLost(LINES, { levels: null, contains, plain });
    }
  });

  it("leaves out no line of a level that is searched for", () => {
    for (const level of Object.values(LogLevel)) {
      expectNoneLost(LINES, { levels: [level], contains: null, plain: false });
      expectNoneLost(LINES, { levels: [level], contains: "e", plain: true });
    }
  });

  it("leaves out no line among random ones", () => {
    fc.assert(
      fc.property(sought, levelList, ({ line, plain, contains }, levels) => {
        expectNoneLost([line], { levels: null, contains, plain });
        expectNoneLost([line], { levels, contains, plain });
        expectNoneLost([line], { levels, contains: null, plain });
      }),
      { numRuns: 5_000 },
    );
  });

  it("spares the parser nearly all lines that it would leave out", () => {
    const spared = (search: Search) => SAMPLES.filter((line) => !rawLineTest(search)(line)).length;
    expect(SAMPLES.length).toBeGreaterThan(100);
    expect(spared({ levels: null, contains: "no such text", plain: false })).toBeGreaterThan(0.8 * SAMPLES.length);
    expect(spared({ levels: [LogLevel.EXCEPTION], contains: null, plain: false })).toBeGreaterThan(
      0.8 * SAMPLES.length,
    );
    expect(spared({ levels: null, contains: "no such text", plain: true })).toBeGreaterThan(0.5 * SAMPLES.length);
  });
});

describe("a scan by blocks", () => {
  async function* chunked(bytes: Buffer, size: number) {
    for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
  }
  const scanned = async (bytes: Buffer, size: number) => {
    const scan = new LineScan(() => true);
    const found = [];
    for await (const chunk of chunked(bytes, size)) found.push(...scan.add(chunk));
    found.push(...scan.end());
    expect(found.map(({ at }) => at)).toEqual(found.map((_, at) => at));
    expect(scan.count).toBe(found.length);
    return found.map(({ text }) => text);
  };
  const split = async (bytes: Buffer, size: number) => {
    const lines = [];
    for await (const line of splitLogLines(chunked(bytes, size))) lines.push(line);
    return lines;
  };

  it("gives the lines that are split one by one", async () => {
    const letters = fc.oneof(
      fc.constantFrom(Buffer.from("\n"), Buffer.from("\r\n"), Buffer.from("ä€😀"), Buffer.from("x".repeat(50))),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(letters, { maxLength: 30 }), fc.integer({ min: 1, max: 300 }), async (parts, size) => {
        const bytes = Buffer.concat(parts);
        expect(await scanned(bytes, size)).toEqual(await split(bytes, size));
      }),
      { numRuns: 500 },
    );
  });

  it("cuts a line that is too long at the same place, in chunks of any size", async () => {
    const bytes = Buffer.from(`a\n${"ä".repeat(600_000)}\nb\n${"x".repeat(100_000)}\n\nc`);
    for (const size of [1_000, 65_536, 65_537, bytes.length]) {
      expect(await scanned(bytes, size)).toEqual(await split(bytes, size));
    }
  });
});
