// Hosts to which a token may travel in the clear.

import { describe, expect, it } from "vitest";
import { isLoopback } from "../../src/net/loopback.js";

describe("isLoopback", () => {
  it.each([
    "http://localhost:8000",
    "http://127.0.0.1",
    "http://127.8.9.10/lava",
    "http://[::1]:80",
    "http://2130706433",
  ])("holds for %s", (url) => expect(isLoopback(new URL(url).hostname)).toBe(true));

  it.each([
    "http://lava.example.org",
    "http://localhost.example.org",
    "http://127.0.0.1.example.org",
    "http://10.0.0.1",
    "http://0.0.0.0",
    "http://[::2]",
  ])("does not hold for %s", (url) => expect(isLoopback(new URL(url).hostname)).toBe(false));
});
