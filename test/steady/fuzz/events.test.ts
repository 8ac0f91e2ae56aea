// Events of LAVA: damaged frames from ZeroMQ, and any message on the websocket.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { EventSyntaxError, decodeEvent } from "../../../src/lava/protocol/event.js";
import { touchedBy } from "../../../src/lava/client/keep.js";
import { Cursors } from "../../../src/events/cursors.js";
import { toServerEvent } from "../../../src/lava/model/server-event.type.js";
import { LavaWebSocketEvents } from "../../../src/lava/live/websocket-events.js";
import { FUZZ_CASES, anyJson, anyText, damaged, damagedJson, fuzz } from "./cases.js";

const FOLDER = new URL("../../fixtures/lava/events/", import.meta.url);
const LINES = readdirSync(FOLDER).flatMap((name) =>
  readFileSync(new URL(name, FOLDER), "utf8").trimEnd().split("\n").slice(0, 8),
);
const EVENTS = LINES.map((line) => JSON.parse(line) as string[]);

const use = (frames: readonly (Buffer | string)[]) => {
  const event = decodeEvent(frames);
  touchedBy(event);
  toServerEvent(new Cursors("lab"), event, 1, null);
};
/** Frames of which the last, JSON in text, is damaged inside. */
const withData = (data: unknown) => [...(EVENTS[0] ?? []).slice(0, 4), JSON.stringify(data)];

describe("events", () => {
  fuzz(
    "frames with damage in any of them",
    fc.tuple(fc.constantFrom(...EVENTS), fc.nat(4), damaged(EVENTS.flat())),
    ([frames, at, frame]) => use(frames.with(Math.min(at, frames.length - 1), frame)),
    [EventSyntaxError],
  );
  fuzz(
    "any frames of bytes",
    fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 7 }),
    (frames) => use(frames.map((frame) => Buffer.from(frame))),
    [EventSyntaxError],
  );
  fuzz(
    "data with other members than it should have",
    fc.tuple(
      fc.constantFrom("testjob", "device", "worker", "event", "novelty", ""),
      damagedJson(EVENTS.map((frames) => JSON.parse(frames[4] ?? "null") as unknown)),
    ),
    ([kind, data]) => use(withData(data).with(0, `org.lavasoftware.${kind}`)),
    [EventSyntaxError],
  );

  test("each message on the websocket is an event or dropped, and says why", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    let events = 0;
    const dropped: string[] = [];
    const connected = once(server, "connection");
    const source = new LavaWebSocketEvents(
      { url: new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`), insecure: false },
      "lab",
      () => Promise.resolve(null),
      {
        event: () => (events += 1),
        dropped: (reason: string) => dropped.push(reason),
        connected: () => undefined,
        disconnected: () => undefined,
      },
    );
    try {
      const [socket] = (await connected) as [WebSocket];
      const message = fc.oneof(
        damaged(LINES),
        damagedJson(EVENTS).map((value) => JSON.stringify(value)),
        anyJson.map((value) => JSON.stringify(value)),
        anyText,
        fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
      );
      const messages = fc.sample(message, FUZZ_CASES);
      for (const [at, one] of messages.entries()) {
        socket.send(one);
        // The socket's buffer must not hold them all.
        if (at % 1_000 === 999) await vi.waitFor(() => expect(events + dropped.length).toBe(at + 1), 30_000);
      }
      await vi.waitFor(() => expect(events + dropped.length).toBe(messages.length), 30_000);
      expect(dropped).not.toContain("unreadable");
    } finally {
      await source.close();
      server.close();
    }
  });
});
