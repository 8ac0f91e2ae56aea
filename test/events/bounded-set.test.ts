import { expect, test } from "vitest";
import { BoundedSet } from "../../src/events/bounded-set.js";

test("keeps the last values: the oldest goes for one too many, not for one that is there already", () => {
  const set = new BoundedSet<number>(3);
  for (const value of [1, 2, 3, 3, 2]) set.add(value);
  expect([1, 2, 3].map((value) => set.has(value))).toEqual([true, true, true]);
  set.add(4);
  expect([1, 2, 3, 4].map((value) => set.has(value))).toEqual([false, true, true, true]);
});
