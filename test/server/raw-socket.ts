// A bare graphql-transport-ws client, for what no proper client sends. Messages are queued so that none is missed.

import { once } from "node:events";
import { WebSocket } from "ws";
import type { ClientOptions } from "ws";

export interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: any;
}

export interface RawSocket {
  /** An object is sent as JSON, text as it is. */
  send(message: Message | string): void;
  /** The next message; rejects when the socket closes before. */
  next(): Promise<Message>;
  /** `connection_init`, and the answer to it. */
  init(payload?: Record<string, unknown>): Promise<Message>;
  /** Resolves when the other side, or this one, has closed it. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** The one that was agreed upon. */
  readonly protocol: string;
  /** Says good-bye as a client does. */
  close(code: number): void;
  /** Cuts the connection without a word. */
  terminate(): void;
}

/** @param origin of the gateway. */
export async function openSocket(
  origin: string,
  protocol: string | string[] = "graphql-transport-ws",
  options: ClientOptions = {},
): Promise<RawSocket> {
  const socket = new WebSocket(`${origin.replace("http", "ws")}/graphql`, protocol, options);
  const queue: Message[] = [];
  const waiting: { readonly resolve: (message: Message) => void; readonly reject: (error: Error) => void }[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => {
      for (const { reject } of waiting) reject(new Error(`closed with ${code} ${reason.toString()}`));
      resolve({ code, reason: reason.toString() });
    });
  });
  socket.on("message", (data: Buffer) => {
    const message = JSON.parse(data.toString("utf8")) as Message;
    const next = waiting.shift();
    if (next === undefined) queue.push(message);
    else next.resolve(message);
  });
  await once(socket, "open");
  const raw: RawSocket = {
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    next: async () => {
      const queued = queue.shift();
      if (queued !== undefined) return queued;
      return new Promise<Message>((resolve, reject) => waiting.push({ resolve, reject }));
    },
    init: (payload) => {
      raw.send({ type: "connection_init", ...(payload === undefined ? {} : { payload }) });
      return raw.next();
    },
    closed,
    protocol: socket.protocol,
    close: (code) => socket.close(code),
    terminate: () => socket.terminate(),
  };
  return raw;
}
