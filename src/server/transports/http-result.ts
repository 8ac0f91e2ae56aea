// One result as a whole HTTP answer, and a refusal with its status.

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { DocumentRefusal } from "../pipeline/refusal.js";
import type { Refusal } from "../pipeline/refusal.js";
import type { Answer } from "../pipeline/response-cache.js";
import { takesJsonOnly } from "./answer-form.js";
import { bodyOf } from "./written.js";

const SMALL_BODY_BYTES = 16 * 1024;

/** @param isPublic whether the answer is the same for everybody. */
export function writeResult(
  request: IncomingMessage,
  response: ServerResponse,
  mediaType: string,
  { status, body }: Pick<Answer, "status" | "body">,
  isPublic: boolean,
): void {
  response.setHeader("content-type", mediaType);
  if (request.method !== "GET" || status !== 200) {
    response.writeHead(status);
    endWith(response, body);
    return;
  }
  response.appendHeader("vary", "Accept, Authorization, X-Etna-Token");
  if (!isPublic) {
    response.setHeader("cache-control", "private, no-store");
    response.writeHead(200);
    endWith(response, body);
    return;
  }
  // An event may end its life at any time, so it is never held without asking; and a token's answers by nobody.
  response.setHeader("cache-control", "public, no-cache");
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
  response.setHeader("etag", etag);
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200);
  endWith(response, body);
}

function endWith(response: ServerResponse, body: Buffer): void {
  // As text, byte for byte, a small body goes in one piece with the headers.
  if (body.length <= SMALL_BODY_BYTES) {
    response.end(`${body.toString("latin1")}\n`, "latin1");
    return;
  }
  response.write(body);
  response.end("\n");
}

/** Faults of the document and its variables, which old clients take for a broken server when their status is 400. */
const NOT_RUN: ReadonlySet<unknown> = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "BAD_USER_INPUT",
]);

export function writeRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  mediaType: string,
  refusal: Refusal,
): void {
  const codes = refusal.errors.map(({ extensions }) => extensions["code"]);
  const isUnknownHash = codes.includes("PERSISTED_QUERY_NOT_FOUND");
  const isNotRun = refusal instanceof DocumentRefusal && codes.every((code) => NOT_RUN.has(code));
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  // Of a GET, whose hash is known as soon as the client has sent the text, or whose fault is mended.
  if (request.method === "GET") response.setHeader("cache-control", "private, no-store");
  // What is left of the body is not read.
  if (!request.complete) response.setHeader("connection", "close");
  response.setHeader("content-type", mediaType);
  response.writeHead(isUnknownHash || (isNotRun && takesJsonOnly(request)) ? 200 : refusal.status);
  endWith(response, bodyOf(refusal));
}
