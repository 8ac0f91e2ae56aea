// Clients that take more than their share of a socket: one that does not read its answers, and one that sends thousands
// of messages at once.

import { createClient } from "graphql-ws";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { serveSocket } from "../../../src/server/transports/websocket-socket.js";
import { startOwnServer } from "../own-server.js";
import type { OwnServer } from "../own-server.js";
import { openSocket } from "../raw-socket.js";

let server: OwnServer | undefined;
afterEach(() => server?.close());

/** More than the system's buffers and Etna's hold for a client. */
const ANSWERS = 90;
const LENGTH = 400_000;

describe("a client that does not read", () => {
  test("is cut off with a code for which graphql-ws connects again", async () => {
    const own = (server = await startOwnServer());
    const sockets: WebSocket[] = [];
    const codes: unknown[] = [];
    class Watched extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol);
        sockets.push(this);
        this.once("close", (code) => codes.push(code));
      }
    }
    const client = createClient({
      url: `${own.origin.replace("http", "ws")}/graphql`,
      webSocketImpl: Watched,
      lazy: false,
      retryWait: () => Promise.resolve(),
    });
    await new Promise((resolve) => client.on("connected", resolve));
    sockets[0]?.pause();
    const before = own.runs();
    const answers = Array.from({ length: ANSWERS }, async (_, at) => {
      const query = `{ a${at}: text(length: ${LENGTH}) }`;
      for await (const { data } of client.iterate({ query })) return (data?.[`a${at}`] as string).length;
      return 0;
    });
    // Some are executed, until the socket is cut off; the client asks for the others again. Each takes few turns.
    for (let [seen, same] = [before, 0]; seen === before || same < 50;) {
      await (await fetch(`${own.origin}/healthz`)).text();
      same = own.runs() === seen ? same + 1 : 0;
      seen = own.runs();
    }
    expect(own.runs()).toBeLessThan(before + ANSWERS);
    sockets[0]?.resume();
    expect(await Promise.all(answers)).toEqual(Array.from({ length: ANSWERS }, () => LENGTH));
    expect(codes).toEqual([1013]);
    expect(sockets).toHaveLength(2);
    await client.dispose();
  });

  test("is cut off after thousands of short messages, too: each takes more than its bytes, and then nothing it sends is taken", async () => {
    const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    onTestFinished(() => new Promise<void>((done) => sockets.close(() => done())));
    const taken: string[] = [];
    let send: (text: string) => unknown = () => undefined;
    const opened: Parameters<typeof serveSocket>[0]["opened"] = (protocol) => {
      send = (text) => protocol.send(text);
      protocol.onMessage((text) => {
        taken.push(text);
        return Promise.resolve();
      });
      return () => Promise.resolve();
    };
    await once(sockets, "listening");
    const { port } = sockets.address() as AddressInfo;
    const client = new WebSocket(`ws://127.0.0.1:${port}`);
    const [socket, request] = (await once(sockets, "connection")) as [WebSocket, IncomingMessage];
    serveSocket({ opened }, socket, request, { pingMs: 60_000, maxValues: 100 }, () => undefined);
    await once(client, "open");
    client.send("{}");
    await vi.waitFor(() => expect(taken).toHaveLength(1));
    client.pause();
    // What the system holds for a client, in messages that leave none of their own to wait.
    while (socket.bufferedAmount === 0) {
      void send("x".repeat(100_000));
      await nextTurn();
    }
    let count = 0;
    for (; socket.readyState === socket.OPEN && count < 20_000; count += 1) void send("x");
    expect(count).toBeGreaterThan(3_000);
    expect(count).toBeLessThan(5_000);
    client.send("{}");
    const closed = once(client, "close");
    client.resume();
    expect((await closed)[0]).toBe(1013);
    expect(taken).toHaveLength(1);
  });

  test("is ended by the second ping when nothing waits for it, and one that reads is not", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const own = (server = await startOwnServer());
      const sockets = await Promise.all(
        [1, 2].map(async () => {
          const socket = new WebSocket(`${own.origin.replace("http", "ws")}/graphql`, "graphql-transport-ws");
          socket.on("error", () => undefined);
          await once(socket, "open");
          socket.send(JSON.stringify({ type: "connection_init" }));
          await once(socket, "message");
          socket.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query: "subscription { forever }" } }));
          return socket;
        }),
      );
      await vi.waitFor(() => expect(own.open()).toBe(2));
      const [reads, doesNot] = sockets;
      doesNot?.pause();
      for (let at = 0; at < 3; at += 1) {
        const pinged = once(reads as WebSocket, "ping");
        vi.advanceTimersByTime(12_000);
        await pinged;
        // Its answer has come when that to a later message has.
        reads?.send(JSON.stringify({ type: "ping" }));
        await once(reads as WebSocket, "message");
      }
      await vi.waitFor(() => expect(own.open()).toBe(1));
      for (const socket of sockets) socket.terminate();
    } finally {
      vi.useRealTimers();
    }
  });
});

test("a client that sends thousands of messages at once leaves the others their turns", async () => {
  const own = (server = await startOwnServer(0, { limits: { operationsPerSocket: 10_000 } }));
  const socket = await openSocket(own.origin);
  await socket.init();
  const before = own.runs();
  const all = 2_000;
  for (let id = 0; id < all; id += 1)
    socket.send({ type: "subscribe", id: String(id), payload: { query: "mutation { add }" } });
  let [seen, most] = [before, 0];
  while (seen < before + all) {
    await nextTurn();
    most = Math.max(most, own.runs() - seen);
    seen = own.runs();
  }
  // One message in each turn; Apollo may take an operation's last steps in a later one.
  expect(most).toBeLessThanOrEqual(10);
  socket.terminate();
});
