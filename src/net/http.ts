// HTTP towards one upstream server: capped, timed, bounded in bytes, one retry of safe reads, redirects never followed.

import { setTimeout as sleep } from "node:timers/promises";
import { Pool, errors as undiciErrors } from "undici";
import { BodyTooLarge, Overflow, UpstreamError } from "../errors.js";
import type { UpstreamErrorKind } from "../errors.js";
import type { Secret } from "./secret.js";
import { Slots } from "./slots.js";

const MiB = 1024 * 1024;

/** Limits towards one server. All have defaults that suit a LAVA as packaged (it serves about four requests at a time). */
export interface HttpLimits {
  /** Requests in flight at once. */
  readonly concurrency: number;
  /** Requests that may wait for a slot; one more is refused. */
  readonly maxWaiting: number;
  readonly connectTimeoutMs: number;
  /** From the request's last byte to the answer's headers. */
  readonly headersTimeoutMs: number;
  /** Longest silence inside a body. */
  readonly bodyTimeoutMs: number;
  /** Whole call, waiting for a slot included. Streams are not bound by it after their headers. */
  readonly totalTimeoutMs: number;
  /** Largest body that is read whole, in bytes as received. */
  readonly maxBodyBytes: number;
  /** Delay before the one retry of a safe read; jittered by half of it. */
  readonly retryDelayMs: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  concurrency: 4,
  maxWaiting: 1000,
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  totalTimeoutMs: 60_000,
  maxBodyBytes: 64 * MiB,
  retryDelayMs: 200,
};

export interface HttpRequest {
  /** For errors and logs, e.g. `GET jobs/`. */
  readonly operation: string;
  readonly method?: "GET" | "POST";
  /** Path and query exactly as they go on the wire, from the server's base path on; begins with `/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A safe read may be tried a second time after a lost connection or 502, 503, 504. Default: GET yes, POST no. */
  readonly safe?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Largest body for `request`, where less than `maxBodyBytes` is enough. */
  readonly maxBytes?: number;
  /** For an answer that takes the server long to make: instead of `headersTimeoutMs` and `totalTimeoutMs`, where longer. */
  readonly patienceMs?: number;
}

export interface HttpReply {
  readonly status: number;
  /** Lower-case names; a repeated header is joined by comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface HttpStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Must be iterated (breaking off is fine) or discarded, else the slot stays taken. */
  readonly body: AsyncIterable<Buffer>;
  /** Ends a body that nobody will read. */
  readonly discard: () => void;
}

/** What an observer learns of each call: for the log and the metrics. */
export interface UpstreamCall {
  readonly server: string;
  readonly operation: string;
  readonly ms: number;
  /** HTTP status, or null when none came. */
  readonly status: number | null;
  readonly error: UpstreamErrorKind | null;
}

export type CallObserver = (call: UpstreamCall) => void;

/** Shown to a server that asks for one, both PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: Secret;
}

export interface HttpClientOptions {
  /** Name of the configured server. */
  readonly server: string;
  readonly baseUrl: URL;
  readonly limits?: Partial<HttpLimits> | undefined;
  readonly observer?: CallObserver | undefined;
  readonly certificate?: ClientCertificate | null | undefined;
}

const RETRY_STATUS = new Set([502, 503, 504]);

/** One upstream server's HTTP side. Throws `UpstreamError` for transport faults only; the caller judges the status. */
export class HttpClient {
  readonly server: string;
  readonly limits: HttpLimits;
  readonly slots: Slots;
  readonly #pool: Pool;
  readonly #basePath: string;
  readonly #observer: CallObserver | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: HttpClientOptions) {
    this.server = options.server;
    this.limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
    this.slots = new Slots(this.limits.concurrency, this.limits.maxWaiting);
    this.#basePath = options.baseUrl.pathname.replace(/\/+$/, "");
    this.#observer = options.observer;
    this.#pool = new Pool(options.baseUrl.origin, {
      connections: this.limits.concurrency,
      pipelining: 1,
      connect: {
        timeout: this.limits.connectTimeoutMs,
        ...(options.certificate == null
          ? {}
          : { cert: options.certificate.certificate, key: options.certificate.key.reveal() }),
      },
      headersTimeout: this.limits.headersTimeoutMs,
      bodyTimeout: this.limits.bodyTimeoutMs,
    });
  }

  /** Reads a whole answer of at most `maxBodyBytes`. */
  async request(request: HttpRequest): Promise<HttpReply> {
    const maxBytes = Math.min(request.maxBytes ?? Infinity, this.limits.maxBodyBytes);
    return this.#retrying(request, async (signal) => {
      const stream = await this.#open(request, signal);
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of stream.body) {
        size += chunk.length;
        if (size > maxBytes) {
          throw new BodyTooLarge(`${this.server}: ${request.operation}: the answer is larger than ${maxBytes} bytes`);
        }
        chunks.push(chunk);
      }
      return { status: stream.status, headers: stream.headers, body: Buffer.concat(chunks, size) };
    });
  }

  /** Gives the headers as soon as they are there, and the body piece by piece. The retry covers only the time before the headers. */
  async stream(request: HttpRequest): Promise<HttpStream> {
    return this.#retrying(request, (signal) => this.#open(request, signal));
  }

  close(): Promise<void> {
    this.#closed ??= this.#pool.destroy();
    return this.#closed;
  }

  async #retrying<T extends { readonly status: number; readonly discard?: () => void }>(
    request: HttpRequest,
    attempt: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const safe = request.safe ?? (request.method ?? "GET") === "GET";
    // Not `AbortSignal.timeout`: it would go on to cut a stream that is being read.
    const deadline = new AbortController();
    const late = () => deadline.abort(new DOMException("the whole call took too long", "TimeoutError"));
    const timer = setTimeout(late, Math.max(this.limits.totalTimeoutMs, request.patienceMs ?? 0));
    const signal = request.signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, request.signal]);
    try {
      for (let tries = 1; ; tries += 1) {
        const last = !safe || tries > 1;
        try {
          const reply = await attempt(signal);
          if (last || !RETRY_STATUS.has(reply.status)) return reply;
          reply.discard?.();
        } catch (error) {
          const lost = error instanceof UpstreamError && error.kind === "UpstreamUnreachable";
          if (last || !lost) throw error;
        }
        await sleep(this.limits.retryDelayMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(
          (error: unknown) => {
            throw this.#transportError(request.operation, error, signal);
          },
        );
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async #open(request: HttpRequest, signal: AbortSignal): Promise<HttpStream> {
    const started = performance.now();
    const report = (status: number | null, error: UpstreamErrorKind | null) => {
      this.#observer?.({
        server: this.server,
        operation: request.operation,
        ms: performance.now() - started,
        status,
        error,
      });
    };
    try {
      await this.slots.acquire(signal);
    } catch (error) {
      throw error instanceof Overflow ? error : this.#transportError(request.operation, error, signal);
    }
    let reply;
    try {
      reply = await this.#pool.request({
        method: request.method ?? "GET",
        path: this.#basePath + request.path,
        headers: { "user-agent": "etna", ...request.headers },
        body: request.body ?? null,
        signal,
        headersTimeout: Math.max(this.limits.headersTimeoutMs, request.patienceMs ?? 0),
      });
    } catch (error) {
      this.slots.release();
      const wrapped = this.#transportError(request.operation, error, signal);
      report(null, wrapped.kind);
      throw wrapped;
    }
    const headers = Object.fromEntries(
      Object.entries(reply.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(", ") : (value ?? ""),
      ]),
    );
    const { statusCode: status, body } = reply;
    let kind: UpstreamErrorKind | null = null;
    const fail = (error: unknown) => {
      const wrapped = this.#transportError(request.operation, error, signal);
      kind = wrapped.kind;
      return wrapped;
    };
    // Read to its end, broken off or discarded: a body always closes, once.
    body.once("close", () => {
      this.slots.release();
      report(status, kind);
    });
    const pieces = async function* () {
      try {
        for await (const chunk of body) yield chunk as Buffer;
      } catch (error) {
        throw fail(error);
      }
    };
    const discard = () => {
      body.on("error", () => undefined).destroy();
    };
    return { status, headers, body: pieces(), discard };
  }

  #transportError(operation: string, error: unknown, signal: AbortSignal): UpstreamError {
    if (error instanceof UpstreamError) return error;
    const { kind, message } = describe(error, signal);
    return new UpstreamError({ kind, server: this.server, operation, message, cause: error });
  }
}

function describe(error: unknown, signal: AbortSignal): { kind: UpstreamErrorKind; message: string } {
  if (error instanceof undiciErrors.ConnectTimeoutError) {
    return { kind: "UpstreamUnreachable", message: "no connection within the limit" };
  }
  if (error instanceof undiciErrors.HeadersTimeoutError || error instanceof undiciErrors.BodyTimeoutError) {
    return { kind: "UpstreamTimeout", message: "no whole answer within the limit" };
  }
  if (signal.aborted) {
    const timedOut = signal.reason instanceof DOMException && signal.reason.name === "TimeoutError";
    return {
      kind: "UpstreamTimeout",
      message: timedOut ? "no whole answer within the limit" : "given up: the client has left",
    };
  }
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "no code";
  return { kind: "UpstreamUnreachable", message: `connection failed (${code})` };
}
