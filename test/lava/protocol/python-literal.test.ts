// Python's repr as a LAVA server writes it into the metadata column, and text that is none.

import { describe, expect, it } from "vitest";
import { PythonLiteralError, parsePythonLiteral } from "../../../src/lava/protocol/python-literal.js";

describe("parsePythonLiteral", () => {
  it.each<[string, unknown]>([
    ["'plain'", "plain"],
    [`"it's"`, "it's"],
    [`'a "b" c'`, 'a "b" c'],
    [String.raw`'it\'s \\ "both"'`, `it's \\ "both"`],
    [String.raw`'\a\b\f\n\r\t\v'`, "\x07\b\f\n\r\t\v"],
    [String.raw`'\x1b[0m \xe9 \u2028 \U0001f600 \0 \101'`, "\x1b[0m é \u2028 😀 \0 A"],
    [String.raw`'\d \.'`, String.raw`\d \.`],
    ["'a\\\nb'", "ab"],
    ["u'old'", "old"],
    ["''", ""],
    ["0", 0],
    ["-12", -12],
    ["9007199254740993", "9007199254740993"],
    ["4.25", 4.25],
    ["1e-07", 1e-7],
    ["nan", null],
    ["-inf", null],
    ["True", true],
    ["False", false],
    ["None", null],
    ["[]", []],
    ["[1, 'a', [2.5,],]", [1, "a", [2.5]]],
    ["()", []],
    ["(1,)", [1]],
    ["(1)", 1],
    ["(1, 2)", [1, 2]],
    [" { } ", {}],
    ["{'a': {'b': (1, 2)}, 1: 'x', None: 'y', True: 'z'}", { a: { b: [1, 2] }, 1: "x", None: "y", True: "z" }],
  ])("reads %s", (text, expected) => {
    expect(parsePythonLiteral(text)).toEqual(expected);
  });

  it("gives dicts no prototype, so that a key __proto__ is only a key", () => {
    const dict = parsePythonLiteral("{'__proto__': {'admin': True}}") as Record<string, unknown>;
    expect(Object.keys(dict)).toEqual(["__proto__"]);
    expect(dict.admin).toBeUndefined();
  });

  it.each([
    ["", "at 0: expected a literal, found the end"],
    ["{'a': 1", 'at 7: expected "," or "}", found the end'],
    ["{'a' 1}", 'at 5: expected ":", found "1}"'],
    ["[1 2]", 'at 3: expected "," or "]", found "2]"'],
    ["'open", `at 0: a string without end: "'open"`],
    ["'cut\\'", `at 0: a string without end: "'cut\\\\'"`],
    ["1 1", 'at 2: expected the end, found "1"'],
    ["datetime.date(2026, 1, 2)", 'at 0: expected a literal, found "datetime.date(2026, 1, 2"'],
    ["{1, 2}", 'at 2: expected ":", found ", 2}"'],
    ["{[]: 1}", 'at 4: expected a plain key, found " 1}"'],
    ["b'bytes'", `at 0: expected a literal, found "b'bytes'"`],
    [String.raw`'\x1'`, 'at 1: expected a whole escape, found "\\\\x"'],
    [String.raw`'\U00110000'`, 'at 1: expected a character, found "\\\\U00110000"'],
    ["12abc", 'at 2: expected the end, found "abc"'],
  ])("refuses %j", (text, message) => {
    expect(() => parsePythonLiteral(text)).toThrow(new PythonLiteralError(message));
  });

  it("stops at 64 lists inside each other", () => {
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    expect(() => parsePythonLiteral(nested(65))).not.toThrow();
    expect(() => parsePythonLiteral(nested(100_000))).toThrow(/^at 65: nested more than 64 deep$/);
  });
});
