// The websocket twin's link: who it says it is, and that it comes back after whatever ended it.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { LavaWebSocketEvents } from "../../../src/lava/live/websocket-events.js";
import type { Authorization } from "../../../src/net/authorization.js";
import { Secret } from "../../../src/net/secret.js";

const EVENT = JSON.stringify([
  "org.lavasoftware.test.testjob",
  "5b1a1a4c-3c5a-4f0e-9a35-1c8a1a3a0c11",
  "2026-11-30T00:00:00.000000+00:00",
  "lavaserver",
  JSON.stringify({ job: "7", state: "Running", health: "Unknown" }),
]);

let server: WebSocketServer;
/** Links in the order in which they came, with what each said of its owner. */
let links: { readonly socket: WebSocket; readonly authorization: string | undefined }[];
let source: LavaWebSocketEvents | undefined;
const heard: string[] = [];

beforeEach(async () => {
  heard.length = 0;
  links = [];
  server = new WebSocketServer({ port: 0, host: "127.0.0.1", autoPong: false });
  server.on("connection", (socket, { headers }) => links.push({ socket, authorization: headers.authorization }));
  await once(server, "listening");
});
afterEach(async () => {
  vi.useRealTimers();
  await source?.close();
  for (const socket of server.clients) socket.terminate();
  await new Promise((done) => server.close(done));
});

function listen(authorization: () => Promise<Authorization | null> = () => Promise.resolve(null)) {
  const { port } = server.address() as AddressInfo;
  source = new LavaWebSocketEvents(
    { url: new URL(`ws://127.0.0.1:${port}/ws/`), insecure: false },
    "lab",
    authorization,
    {
      event: (event) => heard.push(event.kind),
      dropped: (reason) => heard.push(`dropped: ${reason}`),
      connected: () => heard.push("up"),
      disconnected: () => heard.push("down"),
    },
  );
}
const until = (said: readonly string[]) => vi.waitFor(() => expect(heard).toEqual(said), { timeout: 20_000 });

test("says who it is with Basic credentials, and tells what comes", async () => {
  listen(() => Promise.resolve({ scheme: "Basic", user: "alice", secret: new Secret("s3cret") }));
  await until(["up"]);
  expect(links.map(({ authorization }) => authorization)).toEqual([
    `Basic ${Buffer.from("alice:s3cret").toString("base64")}`,
  ]);
  links[0]?.socket.send(EVENT);
  await until(["up", "testjob"]);
});

test("comes back after each break, and asks anew who it is", async () => {
  let asked = 0;
  listen(() => {
    asked += 1;
    // The second time nobody can say: it tries again later.
    if (asked === 2) return Promise.reject(new Error("the server is down"));
    return Promise.resolve({ scheme: "Basic", user: `owner${asked}`, secret: new Secret("x") });
  });
  await until(["up"]);
  links[0]?.socket.terminate();
  await until(["up", "down", "up"]);
  links[1]?.socket.send(EVENT);
  await until(["up", "down", "up", "testjob"]);
  expect(asked).toBe(3);
  expect(links[1]?.authorization).toBe(`Basic ${Buffer.from("owner3:x").toString("base64")}`);
});

test("ends a link that answers no ping, though its socket stays open", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  listen();
  await until(["up"]);
  const pinged = once(links[0]?.socket ?? server, "ping");
  vi.advanceTimersByTime(5_000);
  await pinged;
  expect(heard).toEqual(["up"]);
  vi.advanceTimersByTime(5_000);
  await until(["up", "down", "up"]);
  expect(links.length).toBe(2);
});

test("a closed one does not come back", async () => {
  listen();
  await until(["up"]);
  const ended = once(links[0]?.socket ?? server, "close");
  await source?.close();
  await ended;
  listen();
  await until(["up", "up"]);
  expect(links.length).toBe(2);
});
