// HTTP towards one upstream server: capped, timed, bounded in bytes, one retry of safe reads, a breaker, redirects never
// followed.

import { setTimeout as sleep } from "node:timers/promises";
import { Pool, errors as undiciErrors } from "undici";
import { BodyTooLarge, Overflow, UpstreamError } from "../errors.js";
import type { UpstreamErrorKind } from "../errors.js";
import type { Secret } from "./secret.js";
import { Breaker } from "./breaker.js";
import type { BreakerState } from "./breaker.js";
import { DEFAULT_HTTP_LIMITS } from "./http-limits.js";
import type { HttpLimits } from "./http-limits.js";
import { readRetryAfter } from "./retry-after.js";
import { Slots } from "./slots.js";
import { withoutTrailingSlashes } from "./trailing-slashes.js";
import type { Claim, ReleaseSlot } from "./slots.js";
import { describeFailure, hasLeft } from "./transport-failure.js";
import type { Read, Upstream } from "./upstream.js";

export interface HttpRequest extends Claim {
  /** For errors and logs, e.g. `GET jobs/`. */
  readonly operation: string;
  readonly method?: "GET" | "POST";
  /** Path and query exactly as they go on the wire, from the server's base path on; begins with `/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * A safe read may be tried a second time after a lost connection, 502, 503 or 504, or a 429 that says when.
   * Default: GET yes, POST no.
   */
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
  /** Of the operation that it was made for; null when no single one asked. */
  readonly requestId: string | null;
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
  /** The cheapest question to this server; any answer below 500 says that it is well. Absent: there is no breaker. */
  readonly probe?: { readonly operation: string; readonly path: string } | undefined;
  /** Told when the breaker opens (true) and closes. */
  readonly onBreaker?: ((open: boolean) => void) | undefined;
}

/** How a server fares, for the metrics. */
export interface HttpStatus {
  readonly inUse: number;
  readonly waiting: number;
  readonly breaker: BreakerState;
  /** When a server that is not asked any more is tried again; null while it is asked. */
  readonly openUntil: Date | null;
}

/** A longer `Retry-After` is told to the caller instead of waited for. */
const RETRY_AFTER_MAX_MS = 10_000;
/** Far more than any reason that a server gives. The rest of an error page is not read. */
const ERROR_BODY_MAX_BYTES = 64 * 1024;
const PROBE_TIMEOUT_MS = 5_000;
const TIMEOUT_WEIGHT = 2;
const RETRY_STATUS = new Set([502, 503, 504]);

/** One upstream server's HTTP side. Throws `UpstreamError` for transport faults only; the caller judges the status. */
export class HttpClient implements Upstream {
  readonly server: string;
  readonly slots: Slots;
  #limits: HttpLimits;
  #pool: Pool;
  /** With limits of before, until their last answer has been read. */
  readonly #earlierPools = new Set<Pool>();
  readonly #probePool: Pool;
  readonly #openPool: (connections: number) => Pool;
  readonly #basePath: string;
  readonly #observer: CallObserver | undefined;
  readonly #breaker: Breaker | null;
  #closed: Promise<void> | undefined;

  constructor(options: HttpClientOptions) {
    this.server = options.server;
    this.#limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
    this.slots = new Slots(this.limits.concurrency, this.limits.maxWaiting);
    this.#basePath = withoutTrailingSlashes(options.baseUrl.pathname);
    this.#observer = options.observer;
    this.#openPool = (connections) =>
      new Pool(options.baseUrl.origin, {
        pipelining: 1,
        connect: {
          timeout: this.limits.connectTimeoutMs,
          ...(options.certificate == null
            ? {}
            : { cert: options.certificate.certificate, key: options.certificate.key.reveal() }),
        },
        headersTimeout: this.limits.headersTimeoutMs,
        bodyTimeout: this.limits.bodyTimeoutMs,
        connections,
      });
    this.#pool = this.#openPool(this.limits.concurrency);
    // A connection of its own: requests that hang may hold all others.
    this.#probePool = this.#openPool(1);
    const { probe } = options;
    this.#breaker =
      probe === undefined
        ? null
        : new Breaker({
            server: this.server,
            failures: this.limits.breakerFailures,
            delayMs: this.limits.probeDelayMs,
            delayMaxMs: this.limits.probeDelayMaxMs,
            probe: () => this.#probe(probe),
            onOpen: () => {
              this.slots.refuseWaiting(() => new Error("the breaker has opened"));
              options.onBreaker?.(true);
            },
            onShut: () => options.onBreaker?.(false),
          });
  }

  get limits(): HttpLimits {
    return this.#limits;
  }

  /** Other limits for what is asked from now on; those of the breaker stay as they are. */
  configure(limits: Partial<HttpLimits> | undefined): void {
    this.#limits = { ...DEFAULT_HTTP_LIMITS, ...limits };
    this.slots.resize(this.limits.concurrency);
    const earlier = this.#pool;
    this.#pool = this.#openPool(this.limits.concurrency);
    this.#earlierPools.add(earlier);
    const forget = () => void this.#earlierPools.delete(earlier);
    earlier.close().then(forget, forget);
  }

  status(): HttpStatus {
    const { inUse, waiting } = this.slots;
    const { state: breaker, openUntil } = this.#breaker ?? { state: "closed" as const, openUntil: null };
    return { inUse, waiting, breaker, openUntil };
  }

  /** Sees to it that what is asked next is not refused because the server was down a moment ago. Never throws. */
  async recheck(): Promise<void> {
    await this.#breaker?.recheck();
  }

  /** Reads a whole answer of at most `maxBodyBytes`; of one that is not a success no more than its first 64 KiB. */
  async request(request: HttpRequest): Promise<HttpReply> {
    const maxBytes = Math.min(request.maxBytes ?? Infinity, this.limits.maxBodyBytes);
    const errorMaxBytes = Math.min(maxBytes, ERROR_BODY_MAX_BYTES);
    return this.#retrying(request, async (signal) => {
      const stream = await this.#open(request, signal);
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of stream.body) {
        if (stream.status >= 300 && size + chunk.length > errorMaxBytes) {
          chunks.push(chunk.subarray(0, errorMaxBytes - size));
          size = errorMaxBytes;
          break;
        }
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

  /** Always asks: the memory is `cache/`'s. */
  read<T>(_read: Read, load: (upstream: Upstream) => Promise<T>): Promise<T> {
    return load(this);
  }

  async readMany<T>(
    reads: readonly Read[],
    load: (upstream: Upstream, places: readonly number[]) => Promise<readonly (T | Error)[]>,
  ): Promise<(T | Error)[]> {
    return [...(await load(this, [...reads.keys()]))];
  }

  get detached(): this {
    return this;
  }

  close(): Promise<void> {
    this.#breaker?.close();
    const pools = [this.#pool, this.#probePool, ...this.#earlierPools];
    this.#closed ??= Promise.all(pools.map((pool) => pool.destroy())).then(() => undefined);
    return this.#closed;
  }

  async #retrying<T extends Pick<HttpReply, "status" | "headers"> & { readonly discard?: () => void }>(
    request: HttpRequest,
    attempt: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const safe = request.safe ?? (request.method ?? "GET") === "GET";
    // Not `AbortSignal.timeout`: it would go on to cut a stream that is being read.
    const deadline = new AbortController();
    const late = () => deadline.abort(new DOMException("the whole call took too long", "TimeoutError"));
    const totalMs = Math.max(this.limits.totalTimeoutMs, request.patienceMs ?? 0);
    const until = performance.now() + totalMs;
    const timer = setTimeout(late, totalMs);
    const signal = request.signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, request.signal]);
    try {
      for (let tries = 1; ; tries += 1) {
        const last = !safe || tries > 1;
        let delayMs = this.limits.retryDelayMs * (0.75 + Math.random() / 2);
        try {
          const reply = await attempt(signal);
          const retryAfterMs = retryAfterOf(reply);
          if (retryAfterMs === null && (last || !RETRY_STATUS.has(reply.status))) return reply;
          reply.discard?.();
          if (retryAfterMs !== null) {
            const asked = retryAfterMs + delayMs;
            if (last || retryAfterMs > RETRY_AFTER_MAX_MS || performance.now() + asked > until) {
              throw this.#laterError(request.operation, reply.status, retryAfterMs);
            }
            delayMs = asked;
          }
        } catch (error) {
          const lost = error instanceof UpstreamError && error.kind === "UpstreamUnreachable";
          if (last || !lost || error.retryAfterSeconds !== undefined) throw error;
        }
        await sleep(delayMs, undefined, { signal }).catch((error: unknown) => {
          throw this.#transportError(request.operation, error, signal);
        });
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
        requestId: request.headers?.["x-request-id"] ?? null,
      });
    };
    const release = await this.#enter(request, signal);
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
      release();
      const wrapped = this.#transportError(request.operation, error, signal);
      report(null, wrapped.kind);
      this.#judge(null, wrapped, signal);
      throw wrapped;
    }
    const headers = Object.fromEntries(
      Object.entries(reply.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(", ") : (value ?? ""),
      ]),
    );
    const { statusCode: status, body } = reply;
    let failure: UpstreamError | null = null;
    const fail = (error: unknown) => (failure ??= this.#transportError(request.operation, error, signal));
    const late = () => body.destroy(new DOMException("the whole body took too long", "TimeoutError"));
    const timer = setTimeout(late, this.limits.streamTimeoutMs).unref();
    body.once("error", (error: unknown) => {
      // What the reader has broken off himself is no failure.
      if (signal.aborted || !(error instanceof undiciErrors.RequestAbortedError)) fail(error);
    });
    // Read to its end, broken off or discarded: a body always closes, once.
    body.once("close", () => {
      clearTimeout(timer);
      release();
      report(status, failure?.kind ?? null);
      this.#judge(status, failure, signal);
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

  /** Waits for a slot; throws at once while the breaker is open. */
  async #enter(request: HttpRequest, signal: AbortSignal): Promise<ReleaseSlot> {
    const { operation } = request;
    const refusal = this.#breaker?.refusal(operation);
    if (refusal != null) throw refusal;
    try {
      return await this.slots.acquire(signal, request);
    } catch (error) {
      if (error instanceof Overflow) throw error;
      throw (
        (signal.aborted ? null : this.#breaker?.refusal(operation)) ?? this.#transportError(operation, error, signal)
      );
    }
  }

  /** What the breaker learns of a request that has gone out. A caller that has left proves nothing. */
  #judge(status: number | null, failure: UpstreamError | null, signal: AbortSignal): void {
    if (failure !== null && hasLeft(signal)) return;
    if (failure === null && (status ?? 0) < 500) this.#breaker?.succeeded();
    else this.#breaker?.failed(failure?.kind === "UpstreamTimeout" ? TIMEOUT_WEIGHT : 1);
  }

  async #probe({ operation, path }: { readonly operation: string; readonly path: string }): Promise<boolean> {
    const started = performance.now();
    const signal = AbortSignal.timeout(Math.min(PROBE_TIMEOUT_MS, this.limits.totalTimeoutMs));
    let status: number | null = null;
    let error: UpstreamErrorKind | null = null;
    try {
      const reply = await this.#probePool.request({
        method: "GET",
        path: this.#basePath + path,
        headers: { "user-agent": "etna" },
        signal,
      });
      status = reply.statusCode;
      await reply.body.dump({ limit: 128 * 1024, signal });
    } catch (cause) {
      error = describeFailure(cause, signal).kind;
    }
    this.#observer?.({
      ...{ server: this.server, operation, ms: performance.now() - started, status, error },
      requestId: null,
    });
    return error === null && status !== null && status < 500;
  }

  #laterError(operation: string, status: number, retryAfterMs: number): UpstreamError {
    const retryAfterSeconds = Math.ceil(retryAfterMs / 1000);
    return new UpstreamError({
      kind: status === 429 ? "UpstreamRejected" : "UpstreamFailed",
      server: this.server,
      operation,
      status,
      message: `answered ${status} and wants to be asked again in ${retryAfterSeconds} s`,
      retryAfterSeconds,
    });
  }

  #transportError(operation: string, error: unknown, signal: AbortSignal): UpstreamError {
    if (error instanceof UpstreamError) return error;
    const { kind, message } = describeFailure(error, signal);
    return new UpstreamError({ kind, server: this.server, operation, message, cause: error });
  }
}

/** Null unless the server asks for time. */
function retryAfterOf({ status, headers }: Pick<HttpReply, "status" | "headers">): number | null {
  return status === 429 || status === 503 ? readRetryAfter(headers["retry-after"], Date.now()) : null;
}
