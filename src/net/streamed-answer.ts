// An answer read piece by piece, as slowly as its reader wants, through node:http: it takes every byte before it looks at
// the end of the connection, where undici 7 fails (docs/decisions/0001-streams-from-servers-that-close.md).

import { Agent as HttpAgent, request as requestHttp } from "node:http";
import type { IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { errorOf } from "../errors.js";
import { CutError, LateError } from "./transport-failure.js";
import { joinHeaders } from "./whole-answer.js";

export interface StreamedRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Ends the request, and its body when it is being read. */
  readonly signal: AbortSignal;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  /** Longest silence while the reader waits. */
  readonly bodyTimeoutMs: number;
}

export interface StreamedAnswer {
  readonly status: number;
  /** Lower-case names; a repeated header is joined by comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Throws `CutError`, `LateError` or what the socket says. Breaking it off ends the connection. */
  readonly pieces: AsyncIterable<Buffer>;
  /** Ends the connection. Without an error the body just ends. */
  readonly destroy: (error?: Error) => void;
  /** Called once, when nothing more will come: read to its end, broken off or failed. */
  readonly onClose: (closed: (error: unknown) => void) => void;
}

/** Streams of one server. Each has a connection of its own, so that none begins on one that the server is closing. */
export class StreamClient {
  readonly #origin: URL;
  readonly #agent: HttpAgent;
  readonly #open = new Set<(reason: Error) => void>();
  #closed = false;

  constructor(origin: URL, certificate: { readonly cert: string; readonly key: string } | null) {
    this.#origin = origin;
    const isTls = origin.protocol === "https:";
    this.#agent = isTls ? new HttpsAgent({ keepAlive: false, ...certificate }) : new HttpAgent({ keepAlive: false });
  }

  /** Resolves when the headers are there. Rejects with `LateError`, the signal's reason or what the socket says. */
  open(asked: StreamedRequest): Promise<StreamedAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new Error("the client is closed");
      if (asked.signal.aborted) throw errorOf(asked.signal.reason);
      const isTls = this.#origin.protocol === "https:";
      const request = (isTls ? requestHttps : requestHttp)({
        protocol: this.#origin.protocol,
        // An IPv6 address stands in brackets in a URL, and without them here.
        hostname: this.#origin.hostname.replace(/^\[|\]$/g, ""),
        port: this.#origin.port,
        agent: this.#agent,
        method: asked.method,
        path: asked.path,
        headers: asked.headers,
      });
      // A request whose answer has begun ends without an error: its reader would take what has come for the whole.
      let answer: IncomingMessage | null = null;
      const end = (reason: Error) => (answer ?? request).destroy(reason);
      const leave = () => end(errorOf(asked.signal.reason));
      this.#open.add(end);
      asked.signal.addEventListener("abort", leave, { once: true });
      const limit = (stage: "connect" | "headers", ms: number) =>
        setTimeout(() => request.destroy(new LateError(stage)), ms);
      let timer = limit("connect", asked.connectTimeoutMs);
      request.once("socket", (socket) =>
        socket.once(isTls ? "secureConnect" : "connect", () => {
          clearTimeout(timer);
          timer = limit("headers", asked.headersTimeoutMs);
        }),
      );
      request.once("response", (response) => {
        clearTimeout(timer);
        answer = response;
        resolve(answerOf(response, asked));
      });
      // Once the answer is there, its own error tells what happened.
      request.on("error", reject);
      request.once("close", () => {
        clearTimeout(timer);
        asked.signal.removeEventListener("abort", leave);
        this.#open.delete(end);
        // Of an answer that nobody asked for, such as 101, node says nothing but that it is over.
        if (answer === null) reject(new CutError("closed before an answer"));
      });
      request.end(asked.body ?? undefined);
    });
  }

  /** Ends what is under way, and refuses what comes after. */
  close(): void {
    this.#closed = true;
    for (const end of this.#open) end(new Error("the client was closed"));
    this.#agent.destroy();
  }
}

function answerOf(response: IncomingMessage, { bodyTimeoutMs, signal }: StreamedRequest): StreamedAnswer {
  let failure: unknown = null;
  response.on("error", (error) => {
    failure ??= signal.aborted ? signal.reason : isCut(error) ? new CutError("cut", { cause: error }) : error;
  });
  return {
    status: response.statusCode ?? 0,
    headers: joinHeaders(response.headers),
    pieces: piecesOf(response, bodyTimeoutMs, () => failure),
    destroy: (error) => response.destroy(error),
    onClose: (closed) => response.once("close", () => closed(failure)),
  };
}

async function* piecesOf(
  response: IncomingMessage,
  silenceMs: number,
  failureOf: () => unknown,
): AsyncGenerator<Buffer, void, undefined> {
  const wait = () => setTimeout(() => response.destroy(new LateError("body")), silenceMs);
  let timer = wait();
  try {
    for await (const chunk of response) {
      // A reader that takes its time is no silence of the server.
      clearTimeout(timer);
      yield chunk as Buffer;
      timer = wait();
    }
  } catch (error) {
    throw failureOf() ?? error;
  } finally {
    clearTimeout(timer);
  }
}

/** What node:http says of a body whose connection has ended before it. */
function isCut(error: Error): boolean {
  return "code" in error && error.code === "ECONNRESET";
}
