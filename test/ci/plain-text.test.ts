import { expect, test } from "vitest";
import { LogResolver } from "../../src/ci/graph/log.resolver.js";
import { Log } from "../../src/ci/graph/log.type.js";
import type { LogLine } from "../../src/ci/log.js";
import { make } from "../../src/ci/graph/make.js";
import { toPlainText } from "../../src/ci/plain-text.js";

test.each([
  ["colours", "\u001b[1;31mred\u001b[0m", "red"],
  ["cursor movements and erasing", "a\u001b[2K\u001b[1Gb", "ab"],
  ["a window title", "\u001b]0;a title\u0007x", "x"],
  ["a link", "\u001b]8;;https://example.org/a b\u001b\\x\u001b]8;;\u001b\\", "x"],
  ["colours by number", "\u001b[38:2:1:2:3mx", "x"],
  ["a sequence that the line's end cuts", "x\u001b[1;3", "x"],
  ["the escape of a title without end", "x\u001b]0;title", "x]0;title"],
  ["a character set", "\u001b(Bx", "x"],
  ["a lone escape", "a\u001bb", "ab"],
  ["C1 controls", "a\u009b31mb\u0085c", "abc"],
  ["carriage returns, bells and NUL", "a\r\u0007\0b", "ab"],
])("takes away %s", (_, text, plain) => {
  expect(toPlainText(text)).toBe(plain);
});

test("leaves tabs, line feeds and every other letter", () => {
  const text = "a\tb\nä 漢 🦊 \u00a0";
  expect(toPlainText(text)).toBe(text);
});

test("a page with `plain` shows and searches the text without them, and each line stays what it is", async () => {
  interface OwnLine extends LogLine {
    readonly own: string;
  }
  const texts = ["\u001b[32mfi\u001b[0mne", "bad"];
  const source = {
    async *read() {
      await Promise.resolve();
      yield* texts.map((text, number): OwnLine => ({ number, time: null, level: null, text, own: "x" }));
    },
    count: () => Promise.resolve(texts.length),
  };
  const lines = async (args: object) => {
    const page = await new LogResolver().lines(make(Log, { source, rawUrl: "" }), { first: 10, ...args });
    return page.nodes();
  };
  expect(await lines({ contains: "fine" })).toEqual([]);
  const [line] = await lines({ contains: "fine", plain: true });
  expect(line).toMatchObject({ number: 0, text: "fine", own: "x" });
  expect((await lines({}))[0]?.text).toBe(texts[0]);
});
