// One result as a whole HTTP answer, and a refusal with its status.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { tagOf } from "../pipeline/answer.js";
import type { AnswerForm, Encoding } from "../pipeline/answer.js";
import type { Outcome } from "../pipeline/pipeline.js";
import { DocumentRefusal } from "../pipeline/refusal.js";
import type { Refusal } from "../pipeline/refusal.js";
import { encodingTaken, isRead, takesJsonOnly } from "./answer-form.js";
import { bodyOf } from "./written.js";

const SMALL_BODY_BYTES = 16 * 1024;
const READ_VARY = "Accept, Accept-Encoding, Authorization, X-Etna-Token";
/** What a form's tag has at its end. */
const TAG_ENDS: readonly (Encoding | null)[] = [null, "br", "gzip"];

/** What the head of a result says besides. */
interface Head {
  readonly mediaType: string;
  readonly requestId: string;
}

export function writeResult(
  request: IncomingMessage,
  response: ServerResponse,
  { mediaType, requestId }: Head,
  { answer, isPublic }: Pick<Extract<Outcome, { kind: "answered" }>, "answer" | "isPublic">,
): void {
  const form = answer.forms?.choose(encodingTaken(request)) ?? { body: answer.body, encoding: null };
  const headers: OutgoingHttpHeaders = {
    "content-type": mediaType,
    "content-length": form.body.length,
    "x-request-id": requestId,
  };
  if (form.encoding !== null) headers["content-encoding"] = form.encoding;
  if (!isRead(request) || answer.status !== 200) {
    if (form.encoding !== null) response.appendHeader("vary", "Accept-Encoding");
    writeBody(response, answer.status, headers, form.body);
    return;
  }
  response.appendHeader("vary", READ_VARY);
  // An event may end its life at any time, so it is never given again without asking.
  headers["cache-control"] = isPublic ? "public, no-cache" : "private, no-cache";
  const tag = answer.forms?.tag ?? tagOf(answer.body);
  const known = knownTag(request.headers["if-none-match"], tag, form);
  headers["etag"] = known ?? entityTag(tag, form.encoding);
  if (known === null) {
    writeBody(response, 200, headers, form.body);
    return;
  }
  delete headers["content-encoding"];
  delete headers["content-length"];
  response.writeHead(304, headers).end();
}

function entityTag(tag: string, encoding: Encoding | null): string {
  return encoding === null ? `"${tag}"` : `"${tag}-${encoding}"`;
}

/** The tag of the form that the client has; null for none. Proxies that compress make tags weak. RFC 9110, 13.1.2. */
function knownTag(ifNoneMatch: string | undefined, tag: string, form: AnswerForm): string | null {
  if (ifNoneMatch === undefined) return null;
  if (ifNoneMatch.trim() === "*") return entityTag(tag, form.encoding);
  const given = new Set(ifNoneMatch.split(",").map((one) => one.trim().replace(/^W\//, "")));
  return TAG_ENDS.map((end) => entityTag(tag, end)).find((one) => given.has(one)) ?? null;
}

function writeBody(response: ServerResponse, status: number, headers: OutgoingHttpHeaders, body: Buffer): void {
  response.writeHead(status, headers);
  // As text, byte for byte, a small body goes in one piece with the headers.
  if (body.length <= SMALL_BODY_BYTES) response.end(body.toString("latin1"), "latin1");
  else response.end(body);
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
  if (isRead(request)) response.setHeader("cache-control", "private, no-store");
  // What is left of the body is not read.
  if (!request.complete) response.setHeader("connection", "close");
  const status = isUnknownHash || (isNotRun && takesJsonOnly(request)) ? 200 : refusal.status;
  const body = bodyOf(refusal);
  writeBody(response, status, { "content-type": mediaType, "content-length": body.length }, body);
}
