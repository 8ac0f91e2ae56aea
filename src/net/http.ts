// HTTP towards one upstream server: capped, timed, bounded in bytes, one retry of safe reads, a breaker, redirects never
// followed.

import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { BodyTooLarge, Overflow, UpstreamError } from "../errors.js";
import type { UpstreamErrorKind } from "../errors.js";
import { authorizationHeader } from "./authorization.js";
import type { Authorization, Destination } from "./authorization.js";
import type { Secret } from "./secret.js";
import { Breaker, unlessHung } from "./breaker.js";
import type { BreakerState } from "./breaker.js";
import { guardedConnector } from "./guarded-connector.js";
import { DEFAULT_HTTP_LIMITS } from "./http-limits.js";
import type { HttpLimits } from "./http-limits.js";
import { readRetryAfter } from "./retry-after.js";
import { NO_BUDGET, Slots } from "./slots.js";
import { withoutTrailingSlashes } from "./trailing-slashes.js";
import type { Budget, Claim, ReleaseSlot } from "./slots.js";
import { StreamClient } from "./streamed-answer.js";
import { describeFailure, hasLeft } from "./transport-failure.js";
import { readWhole } from "./whole-answer.js";

export interface HttpRequest extends Claim {
  /** For errors and logs, e.g. `GET jobs/`. */
  readonly operation: string;
  readonly method?: "GET" | "POST";
  /** Path and query exactly as they go on the wire, from the server's base path on; begins with `/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Becomes the header of that name. The request is refused where the secret would travel in clear. */
  readonly authorization?: Authorization | null | undefined;
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
  /** Whether secrets may travel to it over plain http, beyond loopback. */
  readonly insecure?: boolean | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
  readonly observer?: CallObserver | undefined;
  readonly certificate?: ClientCertificate | null | undefined;
  /** The cheapest question to this server; any answer below 500 says that it is well. Absent: there is no breaker. */
  readonly probe?: { readonly operation: string; readonly path: string } | undefined;
  /** Told when the breaker opens (true) and closes. */
  readonly onBreaker?: ((open: boolean) => void) | undefined;
  /** Told of an error that the HTTP library threw in a socket's callback; the request on that connection fails. */
  readonly onLibraryFault?: ((error: unknown) => void) | undefined;
  /** What may be asked of the server by other processes as well; asked when a slot of its own is free. */
  readonly budget?: Budget | undefined;
}

/** How a server fares, for the metrics. */
export interface HttpStatus {
  readonly inUse: number;
  readonly waiting: number;
  readonly breaker: BreakerState;
  /** When a server that is not asked any more is tried again; null while it is asked. */
  readonly openUntil: Date | null;
  /** When the first of the failed requests in a row was; null where the last one was answered. */
  readonly failingSince: Date | null;
}

/** A longer `Retry-After` is passed to the caller instead of waited for. */
const RETRY_AFTER_MAX_MS = 10_000;
/** Far more than any reason that a server gives. The rest of an error page is not read. */
const ERROR_BODY_MAX_BYTES = 64 * 1024;
const PROBE_TIMEOUT_MS = 5_000;
const TIMEOUT_WEIGHT = 2;
const RETRY_STATUS = new Set([502, 503, 504]);
/** Of a probe's answer: any more says nothing. */
const PROBE_MAX_BYTES = 128 * 1024;

/** One upstream server's HTTP side. Throws `UpstreamError` for transport errors only; the caller judges the status. */
export class HttpClient {
  readonly server: string;
  readonly slots: Slots;
  #limits: HttpLimits;
  #pool: Pool;
  /** With limits of before, until their last answer has been read. */
  readonly #earlierPools = new Set<Pool>();
  readonly #probePool: Pool;
  readonly #openPool: (connections: number) => Pool;
  readonly #destination: Destination;
  readonly #origin: string;
  readonly #streams: StreamClient;
  readonly #basePath: string;
  readonly #observer: CallObserver | undefined;
  readonly #budget: Budget;
  readonly #breaker: Breaker | null;
  readonly #isWell: () => Promise<boolean>;
  #closed: Promise<void> | undefined;

  constructor(options: HttpClientOptions) {
    this.server = options.server;
    this.#limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
    this.slots = new Slots(this.limits.concurrency, this.limits.maxWaiting);
    this.#destination = { url: options.baseUrl, insecure: options.insecure ?? false };
    this.#basePath = withoutTrailingSlashes(options.baseUrl.pathname);
    this.#observer = options.observer;
    this.#budget = options.budget ?? NO_BUDGET;
    const { certificate } = options;
    const tls = certificate == null ? null : { cert: certificate.certificate, key: certificate.key.reveal() };
    this.#origin = options.baseUrl.origin;
    this.#streams = new StreamClient(options.baseUrl, tls);
    this.#openPool = (connections) =>
      new Pool(this.#origin, {
        pipelining: 1,
        connect: guardedConnector({ timeout: this.limits.connectTimeoutMs, ...tls }, options.onLibraryFault),
        headersTimeout: this.limits.headersTimeoutMs,
        bodyTimeout: this.limits.bodyTimeoutMs,
        connections,
      });
    this.#pool = this.#openPool(this.limits.concurrency);
    // A connection of its own: requests that hang may hold all others.
    this.#probePool = this.#openPool(1);
    const { probe } = options;
    this.#isWell = () => (probe === undefined ? Promise.resolve(true) : this.#probe(probe));
    this.#breaker =
      probe === undefined
        ? null
        : new Breaker({
            server: this.server,
            failures: this.limits.breakerFailures,
            delayMs: this.limits.probeDelayMs,
            delayMaxMs: this.limits.probeDelayMaxMs,
            probe: this.#isWell,
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
    const none = { state: "closed", openUntil: null, failingSince: null } as const;
    const { state: breaker, openUntil, failingSince } = this.#breaker ?? none;
    return { inUse, waiting, breaker, openUntil, failingSince };
  }

  /** Sees to it that what is asked next is not refused because the server was down a moment ago. Never throws. */
  async recheck(): Promise<void> {
    await this.#breaker?.recheck();
  }

  /** What `asked` brings; throws `UpstreamTimeout` after some seconds where the server hangs, however long it may take else. */
  unlessHung<T>(asked: Promise<T>): Promise<T> {
    return unlessHung(this.server, asked, this.#isWell);
  }

  /** Reads a whole answer of at most `maxBodyBytes`; of one that is not a success no more than its first 64 KiB. */
  async request(request: HttpRequest): Promise<HttpReply> {
    const maxBytes = Math.min(request.maxBytes ?? Infinity, this.limits.maxBodyBytes);
    const signed = this.#signed(request);
    return this.#retrying(request, (signal) => this.#whole(signed, signal, maxBytes));
  }

  /** Gives the headers as soon as they are there, and the body piece by piece. The retry covers only the time before the headers. */
  async stream(request: HttpRequest): Promise<HttpStream> {
    const signed = this.#signed(request);
    return this.#retrying(request, (signal) => this.#open(signed, signal));
  }

  close(): Promise<void> {
    this.#breaker?.close();
    this.#streams.close();
    const pools = [this.#pool, this.#probePool, ...this.#earlierPools];
    this.#closed ??= Promise.all(pools.map((pool) => pool.destroy())).then(() => undefined);
    return this.#closed;
  }

  #signed(request: HttpRequest): HttpRequest {
    if (request.authorization == null) return request;
    const origin = { server: this.server, operation: request.operation };
    const authorization = authorizationHeader(request.authorization, this.#destination, origin);
    return { ...request, headers: { ...request.headers, authorization } };
  }

  async #retrying<T extends Pick<HttpReply, "status" | "headers"> & { readonly discard?: () => void }>(
    request: HttpRequest,
    attempt: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const safe = request.safe ?? (request.method ?? "GET") === "GET";
    // Not `AbortSignal.timeout`: it would go on to cut a stream that is being read.
    const deadline = new AbortController();
    const late = () => deadline.abort(new DOMException("the whole call took too long", "TimeoutError"));
    const totalMs = this.#totalMs(request);
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

  async #whole(request: HttpRequest, signal: AbortSignal, maxBytes: number): Promise<HttpReply> {
    const call = await this.#begin(request, signal, this.#totalMs(request));
    let status: number | null = null;
    let sent = false;
    let answer;
    try {
      answer = await readWhole(this.#pool, {
        options: { ...this.#toWire(request), origin: this.#origin, headersTimeout: this.#headersTimeoutMs(request) },
        signal,
        maxBytes,
        errorMaxBytes: ERROR_BODY_MAX_BYTES,
        onStart: () => (sent = true),
        onStatus: (code) => (status = code),
      });
    } catch (error) {
      throw call.fail(status, error, !sent);
    }
    call.end(answer.status);
    const { body } = answer;
    if (body === null) {
      throw new BodyTooLarge(`${this.server}: ${request.operation}: the answer is larger than ${maxBytes} bytes`);
    }
    return { ...answer, body };
  }

  async #open(request: HttpRequest, signal: AbortSignal): Promise<HttpStream> {
    const call = await this.#begin(request, signal, this.#totalMs(request) + this.limits.streamTimeoutMs);
    let answer;
    try {
      answer = await this.#streams.open({
        ...this.#toWire(request),
        signal,
        connectTimeoutMs: this.limits.connectTimeoutMs,
        headersTimeoutMs: this.#headersTimeoutMs(request),
        bodyTimeoutMs: this.limits.bodyTimeoutMs,
      });
    } catch (error) {
      throw call.fail(null, error);
    }
    const { status, headers, pieces, destroy } = answer;
    const late = () => destroy(new DOMException("the whole body took too long", "TimeoutError"));
    const timer = setTimeout(late, this.limits.streamTimeoutMs).unref();
    // Read to its end, broken off or discarded: a body always closes, once.
    answer.onClose((failure) => {
      clearTimeout(timer);
      if (failure === null) call.end(status);
      else call.fail(status, failure);
    });
    const body = async function* () {
      try {
        yield* pieces;
      } catch (error) {
        throw call.fail(status, error);
      }
    };
    return { status, headers, body: body(), discard: () => destroy() };
  }

  /**
   * Takes a slot. The function it returns is called once with how the call ended, and gives the slot back.
   * @param holdMs how long it is held at most.
   */
  async #begin(request: HttpRequest, signal: AbortSignal, holdMs: number) {
    const started = performance.now();
    const release = await this.#enter(request, signal, holdMs);
    let ended = false;
    let failure: UpstreamError | null = null;
    const end = (status: number | null) => {
      if (ended) return;
      ended = true;
      release();
      this.#observer?.({
        server: this.server,
        operation: request.operation,
        ms: performance.now() - started,
        status,
        error: failure?.kind ?? null,
        requestId: request.headers?.["x-request-id"] ?? null,
      });
      this.#judge(status, failure, signal);
    };
    const fail = (status: number | null, error: unknown, unsent = false): UpstreamError => {
      failure ??= this.#transportError(request.operation, error, signal, unsent);
      end(status);
      return failure;
    };
    return { end, fail };
  }

  #toWire(request: HttpRequest) {
    return {
      method: request.method ?? "GET",
      path: this.#basePath + request.path,
      headers: { "user-agent": "etna", ...request.headers },
      body: request.body ?? null,
    };
  }

  /** Of a whole call; of a stream, until its headers. */
  #totalMs(request: HttpRequest): number {
    return Math.max(this.limits.totalTimeoutMs, request.patienceMs ?? 0);
  }

  #headersTimeoutMs(request: HttpRequest): number {
    return Math.max(this.limits.headersTimeoutMs, request.patienceMs ?? 0);
  }

  /** Waits for a slot; throws at once while the breaker is open. */
  async #enter(request: HttpRequest, signal: AbortSignal, holdMs: number): Promise<ReleaseSlot> {
    const { operation } = request;
    const refusal = this.#breaker?.refusal(operation);
    if (refusal != null) throw refusal;
    try {
      return await this.#acquire(request, signal, holdMs);
    } catch (error) {
      if (error instanceof Overflow) throw error;
      throw (
        (signal.aborted ? null : this.#breaker?.refusal(operation)) ??
        this.#transportError(operation, error, signal, true)
      );
    }
  }

  /** A slot of this process, then one of all. */
  async #acquire(request: HttpRequest, signal: AbortSignal, holdMs: number): Promise<ReleaseSlot> {
    const release = await this.slots.acquire(signal, request);
    try {
      const { priority = "interactive" } = request;
      const releaseShared = await this.#budget.take({ priority, limit: this.limits.concurrency, holdMs }, signal);
      return () => {
        releaseShared();
        release();
      };
    } catch (error) {
      release();
      throw error;
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
    // Written in a callback, which the compiler does not see.
    let status = null as number | null;
    let error: UpstreamErrorKind | null = null;
    try {
      await readWhole(this.#probePool, {
        options: { ...this.#toWire({ operation, path }), origin: this.#origin },
        signal,
        maxBytes: PROBE_MAX_BYTES,
        errorMaxBytes: PROBE_MAX_BYTES,
        onStatus: (code) => (status = code),
      });
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

  #transportError(operation: string, error: unknown, signal: AbortSignal, unsent = false): UpstreamError {
    if (error instanceof UpstreamError) return error;
    const { kind, message } = describeFailure(error, signal);
    return new UpstreamError({ kind, server: this.server, operation, message, unsent, cause: error });
  }
}

/** Null unless the server asks for time. */
function retryAfterOf({ status, headers }: Pick<HttpReply, "status" | "headers">): number | null {
  return status === 429 || status === 503 ? readRetryAfter(headers["retry-after"], Date.now()) : null;
}
