// One operation over each transport, asked the same way and answered in the same form.

import { openSocket } from "./raw-socket.js";

export interface Payload {
  readonly query?: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly documentId?: string;
  readonly extensions?: Record<string, unknown>;
}

export interface Answer {
  readonly data?: any;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, any> }[];
}

export interface Way {
  readonly name: string;
  ask(origin: string, payload: Payload, headers?: Record<string, string>): Promise<Answer>;
}

const http: Way = {
  name: "HTTP",
  ask: async (origin, payload, headers = {}) => {
    const reply = await fetch(`${origin}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(payload),
    });
    return (await reply.json()) as Answer;
  },
};

const sse: Way = {
  name: "SSE",
  ask: async (origin, payload, headers = {}) => {
    const reply = await fetch(`${origin}/graphql/stream`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream", ...headers },
      body: JSON.stringify(payload),
    });
    const text = await reply.text();
    if (/json/.test(reply.headers.get("content-type") ?? "")) return JSON.parse(text) as Answer;
    return JSON.parse(/^event: next\ndata: (.*)$/m.exec(text)?.[1] ?? "null") as Answer;
  },
};

const webSocket: Way = {
  name: "WebSocket",
  ask: async (origin, payload, headers = {}) => {
    const socket = await openSocket(origin);
    try {
      await socket.init(headers);
      // The protocol has no other way to leave the text out.
      socket.send({ type: "subscribe", id: "1", payload: { query: "", ...payload } });
      const { type, payload: answer } = await socket.next();
      return type === "error" ? { errors: answer } : answer;
    } finally {
      socket.terminate();
      await socket.closed;
    }
  },
};

export const WAYS: readonly Way[] = [http, webSocket, sse];
