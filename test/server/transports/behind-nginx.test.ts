// Streams behind nginx as it comes: it asks over HTTP/1.0 and holds an answer back until its buffers are full, unless the
// answer says otherwise.

import { createConnection } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startOwnServer } from "../own-server.js";
import type { OwnServer } from "../own-server.js";

let server: OwnServer;
beforeAll(async () => {
  server = await startOwnServer();
});
afterAll(() => server.close());

describe.each([
  ["an event stream", "/graphql/stream", "text/event-stream", "\r\n\r\n:\n\n"],
  ["an answer in parts", "/graphql", "multipart/mixed;subscriptionSpec=1.0", "\r\n\r\n\r\n--graphql"],
])("%s", (_, path, accept, begin) => {
  it("begins at once, and says that it is not to be held back", async () => {
    const { hostname, port } = new URL(server.origin);
    const socket = createConnection(Number(port), hostname);
    let answer = "";
    socket.on("data", (data) => (answer += data.toString()));
    const body = JSON.stringify({ query: "subscription { forever }" });
    const head = [
      `POST ${path} HTTP/1.0`,
      `Host: ${hostname}:${port}`,
      "Connection: close",
      `Content-Length: ${body.length}`,
      "Content-Type: application/json",
      `Accept: ${accept}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
    await vi.waitFor(() => expect(answer.endsWith(begin)).toBe(true));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/^x-accel-buffering: no\r$/im);
    expect(answer).toMatch(/^cache-control: no-cache\r$/im);
    socket.destroy();
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });
});
