// Puts a socket of `ws` under graphql-ws: pings, errors, and answers that are written as the bytes they already are.

import { CloseCode } from "graphql-ws";
import type { Server } from "graphql-ws";
import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import { refuseJson } from "../limits/json-values.js";
import type { Written } from "./written.js";
import { fieldsOf } from "../../codec/mapping.js";

/** What graphql-ws tells its hooks of a socket. */
export interface SocketExtra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
}

/** Bytes that wait for a client, from which on its subscriptions wait, too, each in its own bounded queue. */
const WAITING_BYTES = 64 * 1024;
/** Memory that what waits for a client that does not read may take, before it is cut off. */
const BUFFERED_MAX_BYTES = 4 * 1024 * 1024;
/** What a message that waits takes besides its own bytes: Node holds two writes for it. */
const MESSAGE_BYTES = 1_000;
/** "Try again later" of the registry of close codes: clients reconnect, as they do not for most codes of graphql-ws. */
const NOT_READ = 1013;

/**
 * Serves one socket until it closes.
 * @param pingMs between pings; a client that has not answered one by the next is cut off.
 * @param maxValues `limits.jsonValues`
 * @param onFault told of our own faults; a client's, such as a message that is too large, end its socket without a word.
 */
export function serveSocket<E extends SocketExtra>(
  server: Server<SocketExtra & Partial<E>>,
  socket: WebSocket,
  request: IncomingMessage,
  { pingMs, maxValues }: { readonly pingMs: number; readonly maxValues: number },
  onFault: (error: unknown) => void,
): void {
  // Of the protocol or of the connection: ws has closed the socket with the code that fits, or it is gone.
  socket.on("error", () => undefined);
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (text) => sendText(socket, text),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) => {
        socket.on("message", (data) => {
          // Cut off, it may go on to send for half a minute: nobody would answer.
          if (socket.readyState !== socket.OPEN) return;
          const text = (data as Buffer).toString("utf8");
          const tooMany = refuseJson(text, maxValues);
          if (tooMany !== null) {
            socket.close(CloseCode.BadRequest, tooMany.message);
            return;
          }
          take(text).catch((error: unknown) => {
            if (isServers(text)) {
              socket.close(CloseCode.BadRequest, "Only a server sends messages of this type");
              return;
            }
            onFault(error);
            socket.close(CloseCode.InternalServerError, "Internal server error");
          });
        });
      },
    },
    { socket, request } as SocketExtra & Partial<E>,
  );
  let answered = true;
  socket.on("pong", () => (answered = true));
  const pings = setInterval(() => {
    if (!answered) {
      socket.terminate();
      return;
    }
    if (socket.readyState !== socket.OPEN) return;
    answered = false;
    socket.ping();
  }, pingMs);
  socket.once("close", (code, reason) => {
    clearInterval(pings);
    closed(code, reason.toString()).catch(onFault);
  });
}

/**
 * Writes an operation's results as they come: they are JSON already, and the same for all who share them, but for the id
 * around it. What it yields is nothing but the end, so that graphql-ws says "complete" and writes nothing else.
 * @param onEnd called when the results have ended or are wanted no more; harmless when repeated.
 */
export function deliver(
  results: AsyncIterator<Written>,
  id: string,
  socket: WebSocket,
  onEnd: () => void,
): AsyncIterableIterator<never, undefined> {
  const before = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  let left = false;
  return {
    async next() {
      try {
        for (;;) {
          const result = await results.next();
          if (result.done === true || left) return { done: true, value: undefined };
          const sent = sendText(socket, `${before}${result.value.json}}`);
          if (sent !== undefined) await sent;
        }
      } finally {
        onEnd();
      }
    },
    async return() {
      left = true;
      onEnd();
      await results.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Messages of a socket that have not left yet. */
class Unsent {
  count = 0;
  readonly left = () => {
    this.count -= 1;
  };
}

const unsentOf = new WeakMap<WebSocket, Unsent>();

/** A promise only where the client reads too slowly: until what waits for it has left. Nothing is sent on a closed socket. */
function sendText(socket: WebSocket, text: string): Promise<void> | undefined {
  if (socket.readyState !== socket.OPEN) return undefined;
  let unsent = unsentOf.get(socket);
  if (unsent === undefined) unsentOf.set(socket, (unsent = new Unsent()));
  if (socket.bufferedAmount + MESSAGE_BYTES * unsent.count > BUFFERED_MAX_BYTES) {
    // The pings end it when it does not even read this.
    socket.close(NOT_READ, "Client does not read");
    return undefined;
  }
  unsent.count += 1;
  if (socket.bufferedAmount < WAITING_BYTES) {
    socket.send(text, unsent.left);
    return undefined;
  }
  const { left } = unsent;
  return new Promise((resolve) =>
    socket.send(text, () => {
      left();
      resolve();
    }),
  );
}

/** Whether a message that was well formed goes the other way: graphql-ws takes that for a fault of the server. */
function isServers(text: string): boolean {
  const { type } = fieldsOf(JSON.parse(text));
  return type === "connection_ack" || type === "next" || type === "error";
}
