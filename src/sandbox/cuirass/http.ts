// A small HTTP/1.1 responder that writes the bytes Guile's fibers web server writes (cuirass.md, section 1), because
// node:http adds headers of its own and can't close a kept connection unannounced.

import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Answer } from "./answers.js";

/** A request as far as Cuirass looks at it. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as sent, undecoded. */
  readonly target: string;
  /** Path as sent, undecoded. */
  readonly path: string;
  /** Raw text after `?`; null without one. */
  readonly query: string | null;
}

/** What becomes of a request: an answer, half of one, nothing ever, or a reset connection. */
export type Delivery =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "cut"; readonly answer: Answer }
  | { readonly kind: "hang" }
  | { readonly kind: "reset" };

export interface HttpServer {
  readonly port: number;
  /** Ends all connections; harmless the second time. */
  close(): Promise<void>;
}

/**
 * How connections end.
 * - `silent`: as Cuirass does, right behind each file and without a word in the headers.
 * - `announced`: the same, and the answer says `Connection: close`.
 * - A number, as a reverse proxy before it does: files end nothing, but the n-th answer of a connection says
 *   `Connection: close` and is its last (nginx: 1,000).
 */
export type Closing = "silent" | "announced" | number;

interface Handlers {
  /** Called once for each request; what it returns is called when the request is over, however it ends. */
  readonly begin: (request: HttpRequest) => () => void;
  readonly serve: (request: HttpRequest, signal: AbortSignal) => Promise<Delivery>;
}

const HEAD_MAX_BYTES = 65_536;
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  302: "Found",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};
const MALFORMED = Buffer.from("HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n");

type Parsed =
  | { readonly kind: "incomplete" }
  | { readonly kind: "malformed" }
  | { readonly kind: "request"; readonly request: HttpRequest; readonly length: number };

function parse(received: Buffer): Parsed {
  const firstLineEnd = received.indexOf("\r\n");
  if (firstLineEnd < 0) return { kind: received.length > HEAD_MAX_BYTES ? "malformed" : "incomplete" };
  const line = /^([A-Z]+) (?:http:\/\/[^/\s]+)?(\/\S*) HTTP\/1\.[01]$/.exec(
    received.toString("latin1", 0, firstLineEnd),
  );
  if (line === null) return { kind: "malformed" };
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) return { kind: received.length > HEAD_MAX_BYTES ? "malformed" : "incomplete" };

  let bodyLength = 0;
  const fields = headEnd > firstLineEnd ? received.toString("latin1", firstLineEnd + 2, headEnd).split("\r\n") : [];
  for (const field of fields) {
    const colon = field.indexOf(":");
    if (colon < 1) return { kind: "malformed" };
    // Transfer-Encoding is deliberately not read: Cuirass takes the chunks for the next request.
    if (field.slice(0, colon).toLowerCase() !== "content-length") continue;
    const value = field.slice(colon + 1).trim();
    if (!/^\d{1,9}$/.test(value)) return { kind: "malformed" };
    bodyLength = Number(value);
  }
  const length = headEnd + 4 + bodyLength;
  if (received.length < length) return { kind: "incomplete" };

  const target = Buffer.from(line[2] ?? "/", "latin1").toString("utf8");
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? null : target.slice(mark + 1);
  return { kind: "request", request: { method: line[1] ?? "", target, path, query }, length };
}

/** The exact bytes of an answer. A HEAD is told the length of the body it does not get. */
function toBytes(answer: Answer, method: string, announcesEnd: boolean): Buffer {
  const lines = [`HTTP/1.1 ${answer.status} ${REASONS[answer.status] ?? "Unknown"}`];
  if (answer.body !== null) lines.push(`Content-Length: ${answer.body.length}`);
  for (const [name, value] of answer.headers) lines.push(`${name}: ${value}`);
  if (announcesEnd) lines.push("Connection: close");
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
  return method === "HEAD" || answer.body === null ? head : Buffer.concat([head, answer.body]);
}

/** Serves one connection, request after request. */
function attend(socket: Socket, handlers: Handlers, closing: Closing): void {
  const gone = new AbortController();
  let received: Buffer = Buffer.alloc(0);
  let busy = false;
  let clientDone = false;
  let answers = 0;

  /** Whether an answer is the last of its connection, and says so. */
  function lastOf({ close, body }: Answer): { readonly isLast: boolean; readonly announced: boolean } {
    if (typeof closing !== "number") return { isLast: close, announced: close && closing === "announced" };
    // What is told by its end alone can't be kept by a proxy either.
    const isLast = answers % closing === 0 || body === null;
    return { isLast, announced: isLast };
  }

  /** Writes and closes both directions: what the client sends afterwards is answered by a reset. */
  function endWith(bytes: Buffer): void {
    socket.end(bytes, () => socket.destroy());
  }

  async function answerNext(request: HttpRequest): Promise<void> {
    const over = handlers.begin(request);
    try {
      const delivery = await handlers.serve(request, gone.signal);
      if (gone.signal.aborted) return;
      switch (delivery.kind) {
        case "answer": {
          answers += 1;
          const { isLast, announced } = lastOf(delivery.answer);
          const bytes = toBytes(delivery.answer, request.method, announced);
          if (isLast) endWith(bytes);
          else socket.write(bytes);
          return;
        }
        case "cut": {
          const bytes = toBytes(delivery.answer, request.method, closing === "announced");
          const kept = bytes.length - Math.ceil((delivery.answer.body?.length ?? 0) / 2);
          endWith(bytes.subarray(0, kept));
          return;
        }
        case "reset":
          socket.resetAndDestroy();
          return;
        case "hang":
          await new Promise<void>((resolve) => gone.signal.addEventListener("abort", () => resolve(), { once: true }));
      }
    } finally {
      over();
    }
  }

  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    while (socket.writable) {
      const parsed = parse(received);
      if (parsed.kind === "incomplete") break;
      if (parsed.kind === "malformed") {
        endWith(MALFORMED);
        break;
      }
      received = received.subarray(parsed.length);
      await answerNext(parsed.request);
    }
    busy = false;
    if (clientDone && socket.writable) socket.end();
  }

  socket.setNoDelay(true);
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    void work();
  });
  socket.on("end", () => {
    clientDone = true;
    // Only a faulty answer takes longer than its request; a client that leaves meanwhile has given up.
    if (busy) socket.destroy();
    else void work();
  });
  // A client that resets is its own affair; "close" follows.
  socket.on("error", () => undefined);
  socket.on("close", () => gone.abort());
}

/** Listens on 127.0.0.1. */
export async function createHttpServer(
  port: number,
  handlers: Handlers,
  closing: Closing = "silent",
): Promise<HttpServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    attend(socket, handlers, closing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  let closed: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      closed ??= new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      return closed;
    },
  };
}
