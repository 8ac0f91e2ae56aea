// When a server wants to be asked again.

import { expect, it } from "vitest";
import { readRetryAfter } from "../../src/net/retry-after.js";

const NOW = Date.parse("2026-01-01T00:00:00Z");

it.each([
  ["0", 0],
  [" 120 ", 120_000],
  ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
  ["Wed, 31 Dec 2025 23:59:30 GMT", 0],
])("reads %j", (header, expected) => {
  expect(readRetryAfter(header, NOW)).toBe(expected);
});

it.each([undefined, "", "soon", "-1", "1.5", "1e3", "99999999999", "2026-01-01T00:00:30Z", "Thu, 99 Foo 2026 GMT"])(
  "takes %j for none",
  (header) => {
    expect(readRetryAfter(header, NOW)).toBeNull();
  },
);
