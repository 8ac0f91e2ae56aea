// Clients that take more than their share of a socket: one that does not read its answers, and one that sends thousands
// of messages at once.

import { createClient } from "graphql-ws";
import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
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
    // All have been executed, and in the turns of this request what was to be sent has been.
    await vi.waitFor(() => expect(own.runs()).toBe(before + ANSWERS), { timeout: 15_000 });
    await (await fetch(`${own.origin}/healthz`)).text();
    sockets[0]?.resume();
    expect(await Promise.all(answers)).toEqual(Array.from({ length: ANSWERS }, () => LENGTH));
    expect(codes).toEqual([1013]);
    expect(sockets).toHaveLength(2);
    await client.dispose();
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
