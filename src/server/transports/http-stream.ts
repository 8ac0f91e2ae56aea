// An HTTP answer that goes on: one part for each result of a subscription, as its framing writes it, with a heartbeat between.
// A client that reads slowly is waited for, while its own bounded queue fills; one that has stopped reading is cut off.

import type { ServerResponse } from "node:http";
import type { Transport } from "../pipeline/observer.js";
import type { Written } from "./written.js";

/** How a protocol writes a stream of JSON results. */
export interface Framing {
  readonly transport: Transport;
  readonly headers: Readonly<Record<string, string>>;
  /** Before the first result. */
  readonly begin: string;
  readonly part: (json: string) => string;
  readonly heartbeat: string;
  /** After the last result; not written when the server stops. */
  readonly end: string;
}

export interface Streams {
  /** Resolves when the stream has ended, however it did. */
  readonly write: (response: ServerResponse, framing: Framing, results: AsyncIterator<Written>) => Promise<void>;
  /** Open streams. */
  readonly size: () => number;
  /** Ends every stream; its client may come back elsewhere. */
  readonly stop: () => void;
}

const HEARTBEAT_MS = 12_000;
/** Longest wait for a client that does not read. */
const UNREAD_MAX_MS = 60_000;

export function createStreams(): Streams {
  const open = new Set<ServerResponse>();
  return {
    write: async (response, framing, results) => {
      // Not by the loop below: it may be waiting for a result that never comes.
      const leave = () => {
        open.delete(response);
        void results.return?.();
      };
      if (isOver(response)) {
        leave();
        return;
      }
      open.add(response);
      response.once("close", leave);
      // nginx would hold back the whole stream, its head included.
      response.writeHead(200, { ...framing.headers, "cache-control": "no-cache", "x-accel-buffering": "no" });
      response.write(framing.begin);
      const heartbeat = setInterval(() => {
        if (!isOver(response) && !response.writableNeedDrain) response.write(framing.heartbeat);
      }, HEARTBEAT_MS);
      response.once("close", () => clearInterval(heartbeat));
      for (let next = await results.next(); next.done !== true; next = await results.next()) {
        if (isOver(response)) return;
        if (!response.write(framing.part(next.value.json))) await drained(response);
      }
      if (!response.writableEnded) response.end(framing.end);
    },
    size: () => open.size,
    stop: () => {
      for (const response of open) response.end();
    },
  };
}

function isOver({ destroyed, writableEnded }: ServerResponse): boolean {
  return destroyed || writableEnded;
}

/** Resolves when the client has read on, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      response.off("drain", done).off("close", done);
      resolve();
    };
    const timer = setTimeout(() => response.destroy(), UNREAD_MAX_MS);
    response.once("drain", done).once("close", done);
  });
}
