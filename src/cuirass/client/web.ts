// One request to Cuirass' web server and what its answer means (cuirass.md, section 1): raw query strings, and errors
// in three shapes, of which a 500 may be our own mistake, the server's, or "unknown".

import { UpstreamError } from "../../errors.js";
import type { UpstreamErrorKind } from "../../errors.js";
import { malformed, parseJson } from "../../net/decode.js";
import type { HttpReply, HttpStream } from "../../net/http.js";
import type { Upstream } from "../../cache/upstream.js";
import type { Ask } from "../../net/ask.js";
import { EVERY_VIEWER } from "../../net/read.js";
import type { QueryText } from "../protocol/ids.js";
import type { Absence, Keep } from "./keep.js";
import { fieldsOf } from "../../codec/mapping.js";

/** Values go on the wire as they are; absent ones are left out. */
export type RawQuery = Readonly<Record<string, QueryText | number | readonly QueryText[] | null | undefined>>;

export interface WebRequest {
  /** Path with its parts percent-encoded: unlike queries, paths are decoded. */
  readonly path: string;
  /** The same with ids as words, for errors and logs: `/build/ID`. */
  readonly route: string;
  readonly query?: RawQuery;
}

export type WebAnswer =
  | { readonly kind: "found"; readonly value: unknown }
  /** 404 in JSON: there is no such thing. */
  | { readonly kind: "unknown" }
  /** The empty 500 of any uncaught exception; on some routes it means "unknown". */
  | { readonly kind: "bare" };

/** There is a file: only that there is none is remembered. */
class Present extends Error {}

const MESSAGE_MAX = 300;

export class CuirassWeb {
  constructor(
    private readonly upstream: Upstream,
    private readonly ask: Ask,
  ) {}

  /** What `make` makes of the answer to a request, or has made of it before. */
  remembered<T>(request: WebRequest, keep: Keep<T>, make: (web: CuirassWeb) => Promise<T>, keySuffix = ""): Promise<T> {
    // Cuirass shows everybody the same.
    const read = { key: this.#toHttp(request).path + keySuffix, viewer: EVERY_VIEWER, ...keep };
    return this.upstream.read(read, this.ask, (fetching) => make(new CuirassWeb(this.upstream, fetching)));
  }

  /** Asks for JSON. */
  async json(request: WebRequest): Promise<WebAnswer> {
    const reply = await this.#ask(request);
    const origin = this.origin(request);
    const type = reply.headers["content-type"] ?? "";
    if (reply.status === 200) return { kind: "found", value: parseJson(origin, reply.body) };
    if (reply.status === 404 && type.includes("json")) return { kind: "unknown" };
    if (reply.status === 404) throw this.refusal(request, 404, "this server has no such route");
    if (reply.status === 500 && reply.body.length === 0) return { kind: "bare" };
    throw this.refusal(request, reply.status, readMessage(reply));
  }

  /** A page of HTML. */
  async text(request: WebRequest): Promise<string> {
    const reply = await this.#ask(request);
    if (reply.status !== 200) throw this.refusal(request, reply.status, null);
    return reply.body.toString("utf8");
  }

  /** The same; null for 404. */
  async textIfAny(request: WebRequest): Promise<string | null> {
    const reply = await this.#ask(request);
    if (reply.status === 404) return null;
    if (reply.status !== 200) throw this.refusal(request, reply.status, null);
    return reply.body.toString("utf8");
  }

  /** Whether there is such a page of HTML: 404 says no. */
  async exists(request: WebRequest): Promise<boolean> {
    const { status } = await this.#ask(request);
    if (status === 200 || status === 404) return status === 200;
    throw this.refusal(request, status, null);
  }

  /** Where a redirect points; it is not followed. Null for 404. */
  async location(request: WebRequest): Promise<string | null> {
    const reply = await this.#ask(request);
    if (reply.status === 404) return null;
    const location = reply.headers.location ?? "";
    if (reply.status < 300 || reply.status >= 400 || location === "") throw this.refusal(request, reply.status, null);
    return location;
  }

  /** A file, piece by piece and as stored; null for 404. The stream must be read or discarded. */
  async stream(request: WebRequest): Promise<HttpStream | null> {
    const stream = await this.upstream.stream({ ...this.#toHttp(request), priority: "bulk" }, this.ask);
    if (stream.status === 200) return stream;
    stream.discard();
    if (stream.status === 404) return null;
    throw this.refusal(request, stream.status, null);
  }

  /** The same; that there is no such file is remembered. */
  async streamIfAny(request: WebRequest, { state, keep }: Absence): Promise<HttpStream | null> {
    let opened: HttpStream | null | undefined;
    const read = { key: `no ${request.path} ${state}`, viewer: EVERY_VIEWER, keep, tags: [] };
    try {
      await this.upstream.read(read, this.ask, async () => {
        opened = await this.stream(request);
        if (opened !== null) throw new Present();
        return true;
      });
      return null;
    } catch (error) {
      if (opened != null) return opened;
      // Somebody else asked, whose stream it is.
      if (error instanceof Present) return this.stream(request);
      throw error;
    }
  }

  origin(request: WebRequest) {
    return { server: this.upstream.server, operation: `GET ${request.route}` };
  }

  /** The error for an answer that is none. */
  refusal(request: WebRequest, status: number, said: string | null): UpstreamError {
    const origin = this.origin(request);
    if (status >= 300 && status < 400) return malformed(origin, `answered ${status} and points elsewhere`);
    const message = `answered ${status}${said === null ? "" : `: ${said}`}`;
    // Cuirass gives its reason only for mistakes of the client.
    const kind = status === 500 && said !== null ? "UpstreamRejected" : kindOf(status);
    return new UpstreamError({ ...origin, kind, status, message });
  }

  #ask(request: WebRequest): Promise<HttpReply> {
    return this.upstream.request(this.#toHttp(request), this.ask);
  }

  #toHttp(request: WebRequest) {
    const pairs = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
      value == null ? [] : [`${name}=${typeof value === "object" ? value.join(",") : value}`],
    );
    const search = pairs.length === 0 ? "" : `?${pairs.join("&")}`;
    return { operation: `GET ${request.route}`, path: request.path + search };
  }
}

function kindOf(status: number): UpstreamErrorKind {
  if (status === 401 || status === 403) return "UpstreamDenied";
  return status >= 500 ? "UpstreamFailed" : "UpstreamRejected";
}

/** Cuirass' own reason, `{"error": …}`; null for anything else, such as a proxy's page. */
function readMessage(reply: HttpReply): string | null {
  try {
    const { error } = fieldsOf(JSON.parse(reply.body.toString("utf8")));
    if (typeof error === "string") return error.replace(/\s+/g, " ").slice(0, MESSAGE_MAX);
  } catch {
    // Not JSON: no reason given.
  }
  return null;
}
