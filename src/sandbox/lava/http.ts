// Requests and replies of the sandbox's HTTP server, apart from node:http, so that faults can be played on any reply.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { USERS, type Viewer } from "./lab.js";
import type { RequestCounter } from "./counter.js";
import type { Fault } from "../fault.js";
import type { FaultRequest } from "./options.js";
import { errorPage } from "./text.js";

/** A request body above this is refused: definitions are a few kilobytes. */
const BODY_MAX_BYTES = 8 * 1024 * 1024;
/** Of what is sent piece by piece, in characters. */
const CHUNK_LENGTH = 16 * 1024;

export interface Call {
  readonly method: string;
  /** As requested, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
  /** `http://HOST` as the client named it: LAVA builds its links from the Host header. */
  readonly origin: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Instead of `body`, for what is too large to be made at once; sent as fast as the client reads it. */
  readonly pieces?: Iterable<string>;
}

/** A handled call: the counter's route, the XML-RPC method if it is one, and how to answer. */
export interface Handling {
  readonly route: string;
  readonly rpcMethod?: string;
  /** Any value in the form of this protocol, for the fault `json`. */
  readonly lie: (value: unknown) => Reply;
  readonly answer: () => Reply;
}

/** Thrown by handlers to answer at once. */
export class ReplyWith extends Error {
  constructor(readonly reply: Reply) {
    super(`HTTP ${reply.status}`);
    this.name = "ReplyWith";
  }
}

export function json(status: number, value: unknown): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

export function html(status: number, body: string): Reply {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

export function notFoundPage(): Reply {
  return html(404, errorPage(404, "Not found"));
}

/** What an unhandled exception in LAVA looks like. */
export function crash(message: string): Reply {
  return html(500, errorPage(500, "Internal Server Error", message));
}

export function notFound(): Reply {
  return json(404, { detail: "Not found." });
}

/** As in LAVA, a user may have many tokens: `alice-sandbox-token.17` is alice's, too. */
export function userOfToken(token: string): Viewer {
  return USERS.find((user) => user.token !== undefined && user.token === token.replace(/\.\d{1,4}$/, ""));
}

/** Serves `handle` on a node:http server, counts, and plays the faults that `faultOf` orders. */
export function serve(
  server: Server,
  counter: RequestCounter,
  handle: (call: Call) => Handling | Promise<Handling>,
  faultOf: (request: FaultRequest) => Fault | undefined,
): void {
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    counter.begin();
    response.once("close", () => counter.end());
    request.on("error", () => request.destroy());
    void answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) void send(response, crash(error instanceof Error ? error.message : "unknown"));
      else response.destroy();
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "GET";
    const target = request.url ?? "/";
    const url = new URL(target, "http://sandbox");
    const body = await readBody(request);
    const origin = `http://${request.headers.host ?? "localhost"}`;
    const call = { method, path: url.pathname, query: url.searchParams, body, headers: request.headers, origin };
    const handling = await handle(call);
    counter.count(handling.route);
    const { rpcMethod } = handling;
    const { headers } = request;
    const fault = faultOf({ method, path: target, headers, ...(rpcMethod === undefined ? {} : { rpcMethod }) });
    await play(fault, handling, response);
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_MAX_BYTES) throw new Error("Request body too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function play(fault: Fault | undefined, handling: Handling, response: ServerResponse): Promise<void> {
  const right = (): Reply => {
    try {
      return handling.answer();
    } catch (error) {
      if (error instanceof ReplyWith) return error.reply;
      throw error;
    }
  };
  switch (fault?.kind) {
    case undefined:
      await send(response, right());
      return;
    case "hang":
      return;
    case "delay":
      await sleep(fault.ms, undefined, { ref: false });
      await send(response, right());
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "html":
      await send(response, html(200, "<!DOCTYPE html>\n<html><body><h1>It works!</h1></body></html>\n"));
      return;
    case "cut": {
      const reply = right();
      const bytes = Buffer.from([reply.body, ...(reply.pieces ?? [])].join(""));
      response.writeHead(reply.status, { ...reply.headers, "content-length": bytes.length });
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
      return;
    }
    case "status":
      await send(response, {
        status: fault.status,
        headers: { "content-type": fault.contentType ?? "text/html; charset=utf-8" },
        body: fault.body ?? errorPage(fault.status, "Ordered by the test"),
      });
      return;
    case "json":
      await send(response, handling.lie(fault.body));
      return;
  }
}

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  if (reply.pieces !== undefined) {
    response.writeHead(reply.status, { ...reply.headers });
    // A client that leaves is no fault of the sandbox.
    await pipeline(Readable.from(inChunks(reply.pieces)), response).catch(() => undefined);
    return;
  }
  response.writeHead(reply.status, { ...reply.headers, "content-length": Buffer.byteLength(reply.body) });
  response.end(reply.body);
}

/** Lines together: as chunks of their own, each would cost sender and reader more than all its text. */
function* inChunks(pieces: Iterable<string>): Generator<string> {
  let chunk = "";
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk !== "") yield chunk;
}
