// LAVA REST v0.2: one request, its status judged, its JSON decoded. Redirects are a login page and never followed.

import type { z } from "zod";
import { UpstreamError } from "../../errors.js";
import type { UpstreamErrorKind } from "../../errors.js";
import { decode, parseJson } from "../../net/decode.js";
import type { HttpReply, HttpStream } from "../../net/http.js";
import type { Ask } from "../../net/ask.js";
import type { Authorization } from "../../net/authorization.js";
import type { Upstream, UpstreamRequest } from "../../cache/upstream.js";
import type { Keep } from "./keep.js";
import type { Query } from "../protocol/job-search.js";
import { isMapping } from "../../codec/mapping.js";

export interface RestRequest {
  /** Below `/api/v0.2/`, with its closing slash, ids already checked, e.g. `jobs/12/logs/`. */
  readonly path: string;
  /** The same with ids as words, for errors and logs: `jobs/ID/logs/`. */
  readonly route: string;
  readonly query?: Query;
  /** Largest text; `BodyTooLarge` is thrown for more. */
  readonly maxBytes?: number;
  /** How the answer may be remembered; absent: not at all. */
  readonly keep?: Keep;
  /** Called when the server is asked, and not memory. */
  readonly onFetch?: () => void;
  /** How long the server may take before it answers, where that is longer than usual. */
  readonly patienceMs?: number;
}

const MESSAGE_MAX = 300;

/** Calls of LAVA's REST interface. Absent query values are left out: LAVA takes an empty one as no filter at all. */
export class LavaRest {
  constructor(private readonly upstream: Upstream) {}

  /** The decoded answer; null for 404, which means unknown or not visible to this viewer. */
  async get<T extends z.ZodType>(request: RestRequest, ask: Ask, schema: T): Promise<z.infer<T> | null> {
    const http = toHttp(request, ask, "application/json");
    const load = async (fetching: Ask): Promise<z.infer<T> | null> => {
      request.onFetch?.();
      const reply = await this.upstream.request(http, fetching);
      if (isNotFound(reply)) return null;
      const origin = this.#origin(request);
      if (reply.status !== 200) throw refusal(origin, reply.status, reply);
      return decode(origin, schema, parseJson(origin, reply.body)) as z.infer<T>;
    };
    const { keep } = request;
    if (keep === undefined) return load(ask);
    return this.upstream.read({ key: http.path, viewer: ask.viewer, ...keep }, ask, load);
  }

  /** A body that is not JSON (results, logs) as text; null for 404. */
  async text(request: RestRequest, ask: Ask): Promise<string | null> {
    const reply = await this.upstream.request(toHttp(request, ask, "*/*"), ask);
    if (isNotFound(reply)) return null;
    if (reply.status !== 200) throw refusal(this.#origin(request), reply.status, reply);
    return reply.body.toString("utf8");
  }

  /** The same, piece by piece. */
  async stream(request: RestRequest, ask: Ask): Promise<HttpStream | null> {
    const stream = await this.upstream.stream(toHttp(request, ask, "*/*"), ask);
    if (stream.status === 200) return stream;
    stream.discard();
    if (isNotFound(stream)) return null;
    throw refusal(this.#origin(request), stream.status);
  }

  /** Sends JSON, once, whatever happens. The status is the caller's to judge: a refusal is an answer to a submission. */
  async post(request: RestRequest, body: unknown, ask: Ask): Promise<HttpReply> {
    const http = toHttp(request, ask, "application/json");
    return this.upstream.request(
      {
        ...http,
        operation: `POST ${request.route}`,
        method: "POST",
        headers: { ...http.headers, "content-type": "application/json" },
        body: JSON.stringify(body),
      },
      ask,
    );
  }

  #origin(request: RestRequest) {
    return { server: this.upstream.server, operation: `GET ${request.route}` };
  }
}

function toHttp(request: RestRequest, { token }: Ask, accept: string): UpstreamRequest {
  const authorization: Authorization | null = token === null ? null : { scheme: "Token", secret: token };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value != null && value !== "") query.set(name, String(value));
  }
  const search = query.size === 0 ? "" : `?${query.toString()}`;
  return {
    operation: `GET ${request.route}`,
    path: `/api/v0.2/${request.path}${search}`,
    headers: { accept },
    authorization,
    ...(request.maxBytes === undefined ? {} : { maxBytes: request.maxBytes }),
    // What takes the server long is given way to what does not.
    ...(request.patienceMs === undefined ? {} : { patienceMs: request.patienceMs, priority: "bulk" as const }),
  };
}

/** LAVA's own 404 is JSON. An HTML page with 404 means that this server does not know the path at all. */
function isNotFound(reply: Pick<HttpReply, "status" | "headers">): boolean {
  return reply.status === 404 && (reply.headers["content-type"] ?? "").includes("json");
}

/** The error for an answer that is none; its text is what LAVA said, cut short. */
export function refusal(
  origin: { readonly server: string; readonly operation: string },
  status: number,
  reply?: HttpReply,
): UpstreamError {
  const said = reply === undefined ? "" : `: ${readMessage(reply)}`;
  return new UpstreamError({
    ...origin,
    kind: kindOf(status),
    status,
    message: `answered ${status}${isLogin(reply) ? " (asks for a login)" : said}`,
  });
}

function isLogin(reply: Pick<HttpReply, "status" | "headers"> | undefined): boolean {
  return reply?.status === 302 && (reply.headers.location ?? "").includes("/accounts/login");
}

function kindOf(status: number): UpstreamErrorKind {
  if (status === 302 || status === 401 || status === 403) return "UpstreamDenied";
  return status >= 500 ? "UpstreamFailed" : "UpstreamRejected";
}

/**
 * LAVA says what is wrong in one of five ways: `detail`, `message`, a map of fields, a list, or the `h2` of an HTML page.
 * Anything else is not LAVA's: a proxy's page, named by its title, or an address that is not the server's.
 */
export function readMessage(reply: HttpReply): string {
  const body = reply.body.toString("utf8");
  const location = reply.headers.location;
  const message =
    readJsonMessage(body) ??
    textBetween(body, "<h2>", "</h2>") ??
    (reply.status >= 300 && reply.status < 400 && location !== undefined
      ? `redirects to ${withoutQuery(location)}; is the configured url the server's own?`
      : describePage(body));
  return message.replace(/\s+/g, " ").trim().slice(0, MESSAGE_MAX);
}

function readJsonMessage(body: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  if (Array.isArray(value)) return value.map(String).join(" ");
  if (!isMapping(value)) return String(value);
  const named = value.detail ?? value.message;
  if (typeof named === "string") return named;
  return Object.entries(value)
    .map(([field, faults]) => `${field}: ${Array.isArray(faults) ? faults.join(" ") : String(faults)}`)
    .join("; ");
}

function textBetween(body: string, open: string, close: string): string | null {
  const start = body.indexOf(open);
  const end = start < 0 ? -1 : body.indexOf(close, start);
  return end < 0 ? null : unescapeHtml(body.slice(start + open.length, end));
}

function describePage(body: string): string {
  if (body.trim() === "") return "no reason given";
  const title = textBetween(body, "<title>", "</title>");
  if (title !== null) return `a page "${title}", which is not LAVA's: a proxy's, perhaps`;
  return /^\s*</.test(body) ? "an HTML page without a title, which is not LAVA's" : body;
}

/** An address may hold a token in its query. */
function withoutQuery(address: string): string {
  const [before = ""] = address.split(/[?#]/, 1);
  return before.slice(0, 100);
}

function unescapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = { quot: '"', amp: "&", lt: "<", gt: ">" };
  return text
    .replace(/&(quot|lt|gt);/g, (_, name: string) => names[name] ?? "")
    .replace(/&#x?27;|&#39;/g, "'")
    .replace(/&amp;/g, "&");
}
