// A screen that is read for the first time leaves room at the server for a small read.

import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { Upstream } from "../../../src/cache/upstream.js";
import { LavaClient } from "../../../src/lava/client/client.js";
import { multicallParts } from "../../../src/lava/client/xml-rpc.js";
import { toJobId } from "../../../src/lava/protocol/ids.js";
import { createAsk } from "../../../src/net/ask.js";
import { HttpClient } from "../../../src/net/http.js";

test("few calls are one request, many are two, and none is long", () => {
  const sizes = (calls: number, isCrowded = false) =>
    multicallParts(
      Array.from({ length: calls }, (_, at) => at),
      isCrowded,
    ).map(({ length }) => length);
  expect([sizes(0), sizes(5), sizes(6), sizes(50), sizes(120)]).toEqual([[], [5], [5, 1], [25, 25], [50, 50, 20]]);
  expect(sizes(12, true)).toEqual([5, 5, 2]);
  expect(multicallParts([3, 1, 2, 9, 8, 7], true).flat()).toEqual([3, 1, 2, 9, 8, 7]);
});

test("however much is asked in bulk, the last place at the server is for what is small", async () => {
  const held: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (request.url === "/RPC2") held.push(response);
    else response.setHeader("content-type", "application/json").end(JSON.stringify({ version: "2023.01" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const http = new HttpClient({
    server: "lava",
    baseUrl: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    limits: { concurrency: 4 },
    insecure: false,
  });
  const client = new LavaClient(new Upstream(http));
  const leaving = new AbortController();
  onTestFinished(async () => {
    leaving.abort();
    for (const response of held) response.destroy();
    await http.close();
    server.close();
    server.closeAllConnections();
  });
  const ids = Array.from({ length: 300 }, (_, at) => toJobId(at + 1));
  const bulk = client.showJobs(ids, createAsk(null, { signal: leaving.signal }));
  bulk.catch(() => undefined);
  // Six requests of 50 calls: three are under way, the others wait.
  await vi.waitFor(() => expect(held).toHaveLength(3));
  expect(await client.version(createAsk(null))).toBe("2023.01");
  expect(held).toHaveLength(3);
});
