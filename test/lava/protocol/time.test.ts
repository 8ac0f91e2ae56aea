import { expect, test } from "vitest";
import { fromMicros, readMicros, toMicros } from "../../../src/lava/protocol/time.js";

test.each([
  ["2026-11-22T03:24:17.483416Z", "2026-11-22T03:24:17.483416Z"],
  ["2026-11-22T03:24:17Z", "2026-11-22T03:24:17.000000Z"],
  ["2026-11-22T03:24:17.5+01:30", "2026-11-22T01:54:17.500000Z"],
  ["2026-11-22T03:24:17.123456789Z", "2026-11-22T03:24:17.123456Z"],
  ["1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"],
  ["1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000000Z"],
])("%s keeps its microseconds, in UTC", (text, expected) => {
  const micros = toMicros(text);
  expect(micros).not.toBeNull();
  expect(fromMicros(micros ?? 0n)).toBe(expected);
});

test("what is no time is null", () => {
  for (const text of ["", "2026-11-22", "2026-13-22T03:24:17Z", "2026-11-22T03:24:17"])
    expect(toMicros(text)).toBeNull();
});

test("a year that LAVA does not know is refused by name", () => {
  expect(() => readMicros("filter.finishedAfter", "0000-06-01T00:00:00Z")).toThrow(/^filter.finishedAfter: /);
  expect(() => readMicros("filter.finishedAfter", "9999-12-31T23:59:59-01:00")).toThrow(/^filter.finishedAfter: /);
  expect(readMicros("x", "0001-01-01T00:00:00Z")).toBeLessThan(0n);
});
