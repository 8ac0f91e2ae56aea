// What a request over HTTP asks for, whether by GET or by POST; or why it is none. Nothing is known of its document here.

import type { IncomingMessage } from "node:http";
import type { OperationRequest } from "../pipeline/operation.js";
import { refuseJson } from "../limits/json-values.js";
import type { AskedOperation } from "../pipeline/recognized.js";
import { Refusal, badRequest } from "../pipeline/refusal.js";
import type { Endpoint } from "./answer-form.js";
import { formOfResult, isRead } from "./answer-form.js";
import { isMapping } from "../../codec/mapping.js";
import type { Mapping } from "../../codec/mapping.js";

/** What browsers say of a request that a page makes: the first always since 2023, one of the others before. */
const PAGE_HEADERS = ["sec-fetch-site", "origin", "referer"] as const;
/** Headers that a page of another origin can send only after the browser has asked Etna for leave. */
const OWN_HEADERS = ["x-apollo-operation-name", "apollo-require-preflight"] as const;
/** Types of a body that a page of another origin can send without leave. */
const FORM_TYPES: ReadonlySet<string> = new Set([
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "text/plain",
]);

/** All that its head says against it, before its body is read; throws `Refusal`. */
export function checkHead(request: IncomingMessage, endpoint: Endpoint): void {
  const { method, headers } = request;
  const methods = endpoint === "stream" ? ["POST"] : ["GET", "HEAD", "POST"];
  if (!methods.includes(method ?? ""))
    throw badRequest(`GraphQL is asked for here with ${methods.join(" or ")}`, 405, { allow: methods.join(", ") });
  if (endpoint === "stream") {
    if (formOfResult(request, endpoint) === null)
      throw badRequest("the answer is text/event-stream, which `Accept` of this request does not take", 406);
    if (typeOf(headers["content-type"]) !== "application/json")
      throw badRequest("the request's body must be application/json", 415);
  }
  if (isDeliberate(request)) return;
  const own = OWN_HEADERS.join(" or ");
  throw badRequest(
    `a page of another origin could have sent this request (CSRF): send the content type application/json, or the header ${own} with any value`,
  );
}

/** Whether no page of another origin can have sent it without leave. A GET of a program changes nothing, whoever sends it. */
function isDeliberate(request: IncomingMessage): boolean {
  const { headers } = request;
  const type = typeOf(headers["content-type"]);
  if (type !== undefined && !FORM_TYPES.has(type)) return true;
  if (OWN_HEADERS.some((name) => (headers[name]?.length ?? 0) > 0)) return true;
  return isRead(request) && PAGE_HEADERS.every((name) => headers[name] === undefined);
}

/**
 * The operation of a POST. Throws `Refusal`.
 * @param maxValues `limits.jsonValues`
 */
export function readJson({ headers }: IncomingMessage, body: string, maxValues: number): AskedOperation {
  if (!/^application\/([\w.+-]+\+)?json$/.test(typeOf(headers["content-type"]) ?? ""))
    throw badRequest("the request's body must be JSON, with the content type application/json");
  // So that it is no text of a GET.
  return { text: body.startsWith("{") ? body : null, read: () => parseJson(body, maxValues) };
}

function parseJson(body: string, maxValues: number): OperationRequest {
  const value = parseWithin("the request's body", body, maxValues);
  if (Array.isArray(value)) throw badRequest("one operation at a time: a list of them is not taken");
  if (!isMapping(value)) throw badRequest("the request's body must be a JSON object with `query`");
  return checked(value);
}

/**
 * The operation of a GET. Throws `Refusal`.
 * @param maxValues `limits.jsonValues`
 */
export function readSearch({ headers, url = "" }: IncomingMessage, maxValues: number): AskedOperation {
  const type = typeOf(headers["content-type"]);
  if (type !== undefined && type !== "application/json")
    throw badRequest("a GET has no content type but application/json", 415);
  const search = url.includes("?") ? url.slice(url.indexOf("?")) : "";
  return { text: search === "" ? null : search, read: () => parseSearch(search, maxValues) };
}

function parseSearch(search: string, maxValues: number): OperationRequest {
  const params = new URLSearchParams(search);
  const value: Record<string, unknown> = {};
  for (const name of ["query", "operationName", "documentId", "variables", "extensions"]) {
    const [text, ...more] = params.getAll(name);
    if (more.length > 0) throw badRequest(`the parameter ${name} is given more than once`);
    if (text === undefined) continue;
    const isJson = name === "variables" || name === "extensions";
    value[name] = isJson ? parseWithin(`the parameter ${name}`, text, maxValues) : text;
  }
  return checked(value);
}

function parseWithin(what: string, text: string, maxValues: number): unknown {
  const tooMuch = refuseJson(text, maxValues);
  if (tooMuch !== null) throw new Refusal([tooMuch], tooMuch.extensions["code"] === "LIMIT_EXCEEDED" ? 413 : 400);
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(`${what} is not JSON`);
  }
}

function checked(value: Mapping): OperationRequest {
  const { query, documentId, operationName, variables, extensions } = value;
  if (query != null && typeof query !== "string") throw badRequest("`query` must be text");
  if (operationName != null && typeof operationName !== "string") throw badRequest("`operationName` must be text");
  if (variables != null && !isMapping(variables)) throw badRequest("`variables` must be an object");
  if (extensions != null && !isMapping(extensions)) throw badRequest("`extensions` must be an object");
  return { query, documentId, operationName, variables, extensions };
}

/** A media type without its parameters, in small letters. */
function typeOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || contentType === "application/json") return contentType;
  return contentType.split(";", 1)[0]?.trim().toLowerCase();
}
