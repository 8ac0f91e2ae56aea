import { expect, test } from "vitest";
import { LogResolver } from "../../src/ci/graph/log.resolver.js";
import { Log, LogLinesArgs } from "../../src/ci/graph/log.type.js";
import type { LogLine } from "../../src/ci/log.js";
import { make } from "../../src/ci/graph/make.js";
import { toPlainText, toTerminalText } from "../../src/codec/terminal-text.js";

test.each([
  ["colours", "\u001b[1;31mred\u001b[0m", "red"],
  ["what is erased and written over", "a\u001b[2K\u001b[1Gb", "b"],
  ["the letters before a carriage return, once others are in their place", "  5%\r 50%\r100%", "100%"],
  ["the rest of a row that is erased", "a longer text\rshort\u001b[K", "short"],
  ["a letter that a backspace went over", "lx\bs", "ls"],
  ["what a terminal does not show before a prompt", "\u001b 8\u001b#8\u001b7\u001b8root@board", "root@board"],
  ["a window title before a prompt", "\u001b]0;root@board: ~\u001b\\root@board:~# ", "root@board:~# "],
  ["a screen mode of UEFI", "\u001b[=3h\u001b[2J\u001b[01;01HUEFI", "UEFI"],
  ["a full reset", "\u001bc\u001b[?7l\u001b[2J<5>[    0.000000] Linux", "<5>[    0.000000] Linux"],
  [
    "strings to a device, of an application, of privacy",
    "\u001bPq#0\u001b\\a\u001b_x\u001b\\b\u001b^y\u001b\\c",
    "abc",
  ],
  ["strings of C1", "\u0090q\u009ca\u009d0;title\u0007b", "ab"],
  ["a window title", "\u001b]0;a title\u0007x", "x"],
  ["a link", "\u001b]8;;https://example.org/a b\u001b\\x\u001b]8;;\u001b\\", "x"],
  ["colours by number", "\u001b[38:2:1:2:3mx", "x"],
  ["a sequence that the line's end cuts", "x\u001b[1;3", "x"],
  ["the escape of a title without end", "x\u001b]0;title", "x]0;title"],
  ["a character set", "\u001b(Bx", "x"],
  ["a short sequence", "a\u001bbc", "ac"],
  ["an escape at the end", "a\u001b", "a"],
  ["C1 controls", "a\u009b31mb\u0085c", "abc"],
  ["bells and NUL", "a\u0007\0b", "ab"],
])("takes away %s", (_, text, plain) => {
  expect(toPlainText(text)).toBe(plain);
});

test("keeps a command whole that the shell broke at the terminal's width", () => {
  const command = `wget ${"x".repeat(200)}`;
  const broken = [command.slice(0, 80), command.slice(80, 160), command.slice(160)].join(" \r");
  expect(toPlainText(broken)).toBe(command);
});

test("a terminal's own text keeps colours, and ends them", () => {
  expect(toTerminalText("\u001b[1;31mred\u001b[0m \u001b[2Jx\u001b]0;t\u0007")).toBe(
    "\u001b[1;31mred\u001b[0m x\u001b[0m",
  );
  expect(toTerminalText("\u001b[38:2:1:2:3mx\u009b32my")).toBe("\u001b[38:2:1:2:3mx\u001b[32my\u001b[0m");
  expect(toTerminalText("\u001b[?1mx\u001b[1$mplain")).toBe("xplain");
  expect(toTerminalText("no colours")).toBe("no colours");
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
    const page = await new LogResolver().lines(
      make(Log, { source, rawUrl: "" }),
      make(LogLinesArgs, { first: 10, ...args }),
    );
    return page.nodes();
  };
  expect(await lines({ contains: "fine" })).toEqual([]);
  const [line] = await lines({ contains: "fine", plain: true });
  expect(line).toMatchObject({ number: 0, text: "fine", own: "x" });
  expect((await lines({}))[0]?.text).toBe(texts[0]);
});
