// Times in and out of the graph.

import { Kind } from "graphql";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DateTime, fromUnixSeconds, secondsBetween } from "../../src/ci/graph/date-time.scalar.js";
import { InputRefused } from "../../src/errors.js";

afterEach(() => {
  vi.useRealTimers();
});

describe("DateTime", () => {
  it.each([
    "2026-11-22T03:24:17Z",
    "2026-11-22T03:24:17.483416Z",
    "2026-11-22T03:24:17.123456789Z",
    "2026-11-22T03:24:17+02:00",
    "2024-02-29T23:59:59-11:30",
  ])("passes %s as it is, in and out", (text) => {
    expect(DateTime.serialize(text)).toBe(text);
    expect(DateTime.parseValue(text)).toBe(text);
    expect(DateTime.parseLiteral({ kind: Kind.STRING, value: text })).toBe(text);
  });

  it.each([
    "2026-11-22",
    "2026-11-22T03:24:17",
    "2026-11-22 03:24:17Z",
    "2026-13-22T03:24:17Z",
    "2026-11-22T25:24:17Z",
    "2026-11-22T03:24:17.Z",
    "yesterday",
    "",
    1_700_000_000,
    null,
    new Date(0),
  ])("refuses %j as input, and as output for a fault of our own", (value) => {
    expect(() => DateTime.parseValue(value)).toThrow(InputRefused);
    expect(() => DateTime.serialize(value)).toThrow(TypeError);
  });

  it("refuses a literal that is no text", () => {
    expect(() => DateTime.parseLiteral({ kind: Kind.INT, value: "1700000000" })).toThrow("not a time");
  });
});

describe("fromUnixSeconds", () => {
  it("gives UTC without milliseconds, and null for 0", () => {
    expect(fromUnixSeconds(1_700_000_000)).toBe("2023-11-14T22:13:20Z");
    expect(fromUnixSeconds(0)).toBeNull();
  });
});

describe("secondsBetween", () => {
  it("counts whole seconds, never less than none, and nothing before the start", () => {
    expect(secondsBetween("2026-11-22T03:24:17.900000Z", "2026-11-22T03:25:18.100000Z")).toBe(60);
    expect(secondsBetween("2026-11-22T03:24:17Z", "2026-11-22T03:24:16Z")).toBe(0);
    expect(secondsBetween(null, "2026-11-22T03:24:16Z")).toBeNull();
  });

  it("counts up to now while there is no end", () => {
    vi.useFakeTimers({ now: Date.parse("2026-11-22T03:25:00Z") });
    expect(secondsBetween("2026-11-22T03:24:17Z", null)).toBe(43);
  });
});
