import { expect, test } from "vitest";
import { toPlainText } from "../../src/ci/plain-text.js";

test.each([
  ["colours", "\u001b[1;31mred\u001b[0m", "red"],
  ["cursor movements and erasing", "a\u001b[2K\u001b[1Gb", "ab"],
  ["a window title", "\u001b]0;title\u0007x", "x"],
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
