// In which form an answer over HTTP is written: agreed from `Accept` and the type of the operation before anything runs.

import { OperationTypeNode } from "graphql";
import type { IncomingMessage } from "node:http";
import Negotiator from "negotiator";
import { ENCODINGS } from "../pipeline/answer.js";
import type { Encoding } from "../pipeline/answer.js";
import type { Transport } from "../pipeline/observer.js";
import { badRequest } from "../pipeline/refusal.js";
import type { Framing } from "./http-stream.js";
import { MULTIPART, acceptsMultipart } from "./multipart.js";
import { EVENT_STREAM, namesEventStream } from "./sse.js";

/** `/graphql`, or `/graphql/stream`, which answers with event streams only. */
export type Endpoint = "graphql" | "stream";

/** One result as JSON of this media type, or a stream of results. */
export type Form =
  | { readonly kind: "result"; readonly transport: Transport; readonly mediaType: string }
  | { readonly kind: "stream"; readonly transport: Transport; readonly framing: Framing };

const JSON_TYPE = "application/json; charset=utf-8";
/** What one result is written as; the first is for who takes anything. */
const RESULT_TYPES = [JSON_TYPE, "application/graphql-response+json; charset=utf-8"];
const STREAM_TYPE = "text/event-stream";

/** Whether it is a GET, or a HEAD, which is answered like one, without the body. */
export function isRead({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

/** Throws `Refusal` for a type that can't be asked for this way, and for a client that takes no form that there is. */
export function agreeOnForm(request: IncomingMessage, endpoint: Endpoint, type: OperationTypeNode): Form {
  if (isRead(request) && type !== OperationTypeNode.QUERY)
    throw badRequest(`a ${request.method ?? "GET"} may ask for a query only, not for a ${type}`, 405, {
      allow: "POST",
    });
  if (endpoint === "graphql" && type === OperationTypeNode.SUBSCRIPTION) return agreeOnStream(request);
  return formOfResult(request, endpoint) ?? refuseForm(endpoint);
}

/** A stream only for who names one: anybody else could not read it. */
function agreeOnStream(request: IncomingMessage): Form {
  if (namesEventStream(request)) return stream(EVENT_STREAM);
  if (acceptsMultipart(request)) return stream(MULTIPART);
  throw badRequest(
    "a subscription has many answers: POST it to /graphql/stream, or here with `Accept: text/event-stream` or `Accept: multipart/mixed;subscriptionSpec=1.0`, or open a WebSocket (graphql-transport-ws) on /graphql",
    406,
  );
}

/** The form of one result, a refusal included; null when the client takes none that there is. */
export function formOfResult(request: IncomingMessage, endpoint: Endpoint): Form | null {
  const { accept } = request.headers;
  const isPost = request.method === "POST";
  const offered = endpoint === "stream" ? [STREAM_TYPE] : isPost ? [...RESULT_TYPES, STREAM_TYPE] : RESULT_TYPES;
  const chosen =
    accept === undefined || accept === "" ? offered[0] : new Negotiator({ headers: { accept } }).mediaType(offered);
  if (chosen === undefined) return null;
  return chosen === STREAM_TYPE ? stream(EVENT_STREAM) : { kind: "result", transport: "http", mediaType: chosen };
}

/**
 * The form of a refusal: as JSON with a status, but for a client that has named event streams, and is told in the stream
 * what is wrong with its document, since a browser's EventSource shows nothing of any other answer.
 */
export function formOfRefusal(request: IncomingMessage, endpoint: Endpoint, isOfDocument: boolean): Form {
  const form = formOfResult(request, endpoint);
  if (form?.kind === "result") return form;
  if (form !== null && isOfDocument && namesEventStream(request)) return form;
  return { kind: "result", transport: "http", mediaType: JSON_TYPE };
}

/**
 * Whether a client knows of nothing but `application/json`: old ones take 400 for a server that is broken, so that they
 * get 200 for a document that can't be run, as GraphQL over HTTP has it.
 */
export function takesJsonOnly({ headers: { accept = "" } }: IncomingMessage): boolean {
  return /^application\/json\b[^,]*$/i.test(accept);
}

const takenByHeader = new Map<string, Encoding | null>();
/** Clients are of few kinds. */
const HEADERS_MAX = 100;

/** What a body is compressed as for this client: the better one of those that it takes; null for nothing. RFC 9110, 12.5.3. */
export function encodingTaken({ headers }: IncomingMessage): Encoding | null {
  const accept = headers["accept-encoding"];
  if (accept === undefined) return null;
  const known = takenByHeader.get(accept);
  if (known !== undefined) return known;
  // All browsers take both, and name the older one first.
  const all = new Negotiator({ headers: { "accept-encoding": accept } }).encodings([...ENCODINGS]);
  const taken = ENCODINGS.find((encoding) => all.includes(encoding)) ?? null;
  if (takenByHeader.size >= HEADERS_MAX) takenByHeader.clear();
  takenByHeader.set(accept, taken);
  return taken;
}

function stream(framing: Framing): Form {
  return { kind: "stream", transport: framing.transport, framing };
}

function refuseForm(endpoint: Endpoint): never {
  const offered = endpoint === "stream" ? STREAM_TYPE : "application/json, application/graphql-response+json";
  throw badRequest(`the answer is ${offered}, which \`Accept\` of this request does not take`, 406);
}
