// What an operation's end ends: its reads, and never a change that was begun.

import { describe, expect, test } from "vitest";
import { Memory } from "../../src/cache/memory.js";
import { OperationScope } from "../../src/cache/operation-scope.js";
import { ReadCache } from "../../src/cache/read-cache.js";
import { Upstream } from "../../src/cache/upstream.js";
import { createAsk } from "../../src/net/ask.js";
import { HttpClient } from "../../src/net/http.js";
import type { HttpReply, HttpRequest } from "../../src/net/http.js";

/** A server that answers at once, and notes what it was asked with. */
class Noting extends HttpClient {
  readonly asked: HttpRequest[] = [];

  override request(request: HttpRequest): Promise<HttpReply> {
    this.asked.push(request);
    return Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(0) });
  }
}

describe("reads are given up when the client has left, changes are not:", () => {
  test.each([
    ["a GET", { method: "GET" }, true],
    ["a POST that only reads", { method: "POST", safe: true }, true],
    ["a POST", { method: "POST" }, false],
    ["a GET that changes something", { method: "GET", safe: false }, false],
  ] as const)("%s", async (_, how, givenUp) => {
    const url = "http://127.0.0.1:9";
    const http = new Noting({ server: "lab", baseUrl: new URL(url) });
    const left = new AbortController();
    const cache = new ReadCache({ server: "lab", url, memory: new Memory(), eventsMs: () => 1_000 });
    const ask = createAsk(null, { scope: new OperationScope(left.signal), signal: left.signal });
    await new Upstream(http, cache).request({ operation: "jobs/", path: "/jobs/", ...how }, ask);
    left.abort();
    expect(http.asked[0]?.signal?.aborted ?? false).toBe(givenUp);
    await http.close();
  });
});
