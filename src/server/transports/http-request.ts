// What a request over HTTP asks for, whether by GET or by POST; or why it is none. Nothing is known of its document here.

import type { GraphQLError } from "graphql";
import type { IncomingMessage } from "node:http";
import { coded } from "../pipeline/operation.js";
import type { OperationRequest } from "../pipeline/operation.js";

/** Refused before anything ran. */
export class HttpRefusal {
  constructor(
    readonly status: number,
    readonly errors: readonly GraphQLError[],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}

/** For its document, its variables or what it costs. */
export class DocumentRefusal extends HttpRefusal {
  constructor(errors: readonly GraphQLError[]) {
    super(400, errors);
  }
}

/** With the code `BAD_REQUEST`. */
export function badRequest(message: string, status = 400, headers: Readonly<Record<string, string>> = {}): HttpRefusal {
  return new HttpRefusal(status, [coded("BAD_REQUEST", message)], headers);
}

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

export function readHttpRequest(request: IncomingMessage, body: string): OperationRequest | HttpRefusal {
  const { method } = request;
  if (method !== "GET" && method !== "POST") {
    return badRequest("GraphQL is asked for with GET or POST", 405, { allow: "GET, POST" });
  }
  if (!isDeliberate(request)) {
    return badRequest(
      `a page of another origin could have sent this request (CSRF): send the content type application/json, or the header ${OWN_HEADERS.join(" or ")} with any value`,
    );
  }
  return method === "GET" ? readSearch(request) : readJson(request, body);
}

/** Whether no page of another origin can have sent it without leave. A GET of a program changes nothing, whoever sends it. */
function isDeliberate({ method, headers }: IncomingMessage): boolean {
  const type = typeOf(headers["content-type"]);
  if (type !== undefined && !FORM_TYPES.has(type)) return true;
  if (OWN_HEADERS.some((name) => (headers[name] ?? "").length > 0)) return true;
  return method === "GET" && PAGE_HEADERS.every((name) => headers[name] === undefined);
}

function readJson({ headers }: IncomingMessage, body: string): OperationRequest | HttpRefusal {
  if (!/^application\/([\w.+-]+\+)?json$/.test(typeOf(headers["content-type"]) ?? "")) {
    return badRequest("the request's body must be JSON, with the content type application/json");
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return badRequest("the request's body is not JSON");
  }
  if (Array.isArray(value)) return badRequest("one operation at a time: a list of them is not taken");
  return isObject(value) ? checked(value) : badRequest("the request's body must be a JSON object with `query`");
}

function readSearch({ headers, url = "" }: IncomingMessage): OperationRequest | HttpRefusal {
  const type = typeOf(headers["content-type"]);
  if (type !== undefined && type !== "application/json") {
    return badRequest("a GET has no content type but application/json", 415);
  }
  const params = new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?") + 1) : "");
  const value: Record<string, unknown> = {};
  for (const name of ["query", "operationName", "documentId", "variables", "extensions"]) {
    const [text, ...more] = params.getAll(name);
    if (more.length > 0) return badRequest(`the parameter ${name} is given more than once`);
    if (text === undefined) continue;
    try {
      value[name] = name === "variables" || name === "extensions" ? JSON.parse(text) : text;
    } catch {
      return badRequest(`the parameter ${name} is not JSON`);
    }
  }
  return checked(value);
}

function checked(value: Readonly<Record<string, unknown>>): OperationRequest | HttpRefusal {
  const { query, documentId, operationName, variables, extensions } = value;
  if (query != null && typeof query !== "string") return badRequest("`query` must be text");
  if (operationName != null && typeof operationName !== "string") return badRequest("`operationName` must be text");
  if (variables != null && !isObject(variables)) return badRequest("`variables` must be an object");
  if (extensions != null && !isObject(extensions)) return badRequest("`extensions` must be an object");
  return { query, documentId, operationName, variables: variables ?? null, extensions };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A media type without its parameters, in small letters. */
function typeOf(contentType: string | undefined): string | undefined {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase();
}
