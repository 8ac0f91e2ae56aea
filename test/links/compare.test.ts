import { describe, expect, test } from "vitest";
import { compare, formerSuites } from "../../src/links/compare.js";
import type { Pair } from "../../src/links/compare.js";

interface Result {
  readonly name: string;
  readonly result: "pass" | "fail" | "skip";
}

const verdicts = {
  keyOf: ({ name }: Result) => name,
  isFailure: ({ result }: Result) => result === "fail",
  isSuccess: ({ result }: Result) => result === "pass",
  isSame: (one: Result, other: Result) => one.result === other.result,
};

/** `a+ b- c0`: a passes, b fails, c is skipped. */
function results(text: string): Result[] {
  const words = { "+": "pass", "-": "fail", "0": "skip" } as const;
  return text
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => ({ name: word.slice(0, -1), result: words[word.slice(-1) as keyof typeof words] }));
}

function names(before: string, after: string): Record<string, string> {
  const comparison = compare(results(before), results(after), verdicts);
  const shown = (Object.entries(comparison) as [string, readonly Pair<Result>[]][]).map(
    ([list, pairs]) => [list, pairs.map((pair) => (pair.after ?? pair.before)?.name).join(" ")] as const,
  );
  return Object.fromEntries(shown.filter(([, text]) => text !== ""));
}

test.each([
  ["0_a 1_b", "0_a 1_b", "0_a 1_b"],
  ["0_a 1_b", "0_new 1_a 2_b", "0_new 0_a 1_b"],
  ["0_a 1_a", "1_a 2_a", "0_a 1_a"],
  ["0_a 1_a 2_a", "1_a", "1_a"],
  ["1_a", "2_a 10_a", "1_a 10_a"],
  ["lava smoke 0_smoke", "smoke lava 3_smoke", "smoke lava 0_smoke"],
])("suites %s, then %s, were called %s", (before, after, expected) => {
  const names = after.split(" ");
  const former = formerSuites(before.split(" "), names);
  expect(names.map((name) => former.get(name) ?? name).join(" ")).toBe(expected);
});

describe("a comparison", () => {
  test("puts each thing into one list by what it was and what it is", () => {
    expect(names("a+ b+ c- d- e- f0 g+ h-", "a+ b- c+ d- e0 f- i-")).toEqual({
      unchanged: "a",
      newFailures: "b f",
      fixed: "c",
      stillFailing: "d",
      otherwiseChanged: "e",
      missing: "g h",
      added: "i",
    });
  });

  test("of repeated names goes by the order of repetition", () => {
    expect(names("a+ a- a+", "a- a-")).toEqual({ newFailures: "a", stillFailing: "a", missing: "a" });
    expect(names("a+", "a+ a-")).toEqual({ unchanged: "a", added: "a" });
  });

  test("does not take two names for one that only look alike together", () => {
    const keyed = { ...verdicts, keyOf: ({ name }: Result) => JSON.stringify(name.split("/")) };
    const pairs = compare(results('x/y+ "x+'), results("x+ y-"), keyed);
    expect(pairs.unchanged).toEqual([]);
    expect([pairs.missing.length, pairs.added.length]).toEqual([2, 2]);
  });

  test("of a hundred thousand cases takes linear time", () => {
    const many = Array.from({ length: 100_000 }, (_, at): Result => ({ name: `case-${at % 1000}`, result: "pass" }));
    const comparison = compare(many, many, verdicts);
    expect(comparison.unchanged).toHaveLength(100_000);
    expect(new Set(comparison.unchanged.map(({ key }) => key)).size).toBe(100_000);
  });
});
