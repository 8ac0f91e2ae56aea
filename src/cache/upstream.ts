// One server as its clients ask it: each call with the asker's rights, signal and counters, each read through the cache.

import type { Ask, Fetch } from "../net/ask.js";
import type { HttpClient, HttpReply, HttpRequest, HttpStream } from "../net/http.js";
import type { Read } from "../net/read.js";
import type { ReadCache } from "./read-cache.js";

/** A request before it is known who asks. A priority of its own counts before the asker's. */
export type UpstreamRequest = Omit<HttpRequest, "signal" | "fairKey">;

export class Upstream {
  constructor(
    private readonly http: HttpClient,
    /** Null where nothing is cached. */
    private readonly cache: ReadCache | null = null,
  ) {}

  /** Name of the configured server. */
  get server(): string {
    return this.http.server;
  }

  /** Whether requests wait for a place at the server. */
  get isCrowded(): boolean {
    return this.http.status().waiting > 0;
  }

  async request(request: UpstreamRequest, ask: Ask): Promise<HttpReply> {
    const reply = await this.#counted(request, ask, (signed) => this.http.request(signed));
    if (ask.fetch !== null) ask.fetch.bytes += reply.body.length;
    return reply;
  }

  async stream(request: UpstreamRequest, ask: Ask): Promise<HttpStream> {
    const stream = await this.#counted(request, ask, (signed) => this.http.stream(signed));
    return ask.fetch === null ? stream : { ...stream, body: countedBody(stream.body, ask.fetch) };
  }

  /** The cached answer, or the one that `load` fetches; fetched once for all who ask at the same time. */
  async read<T>(read: Read, ask: Ask, load: (ask: Ask) => Promise<T>): Promise<T> {
    const [answer] = await this.readMany<T>([read], ask, async (fetching) => [await load(fetching)]);
    if (answer instanceof Error) throw answer;
    return answer as T;
  }

  /**
   * The same for many; `load` is called once, with the places of those that are not cached. An error stands in its place.
   */
  async readMany<T>(
    reads: readonly Read[],
    ask: Ask,
    load: (ask: Ask, places: readonly number[]) => Promise<readonly (T | Error)[]>,
  ): Promise<(T | Error)[]> {
    if (this.cache === null || ask.scope === null) return [...(await load(ask, [...reads.keys()]))];
    return this.cache.readMany(reads, ask.scope, ask.signal, (fetch, places) =>
      load({ ...ask, fetch, signal: fetch.signal }, places),
    );
  }

  async #counted<T extends { readonly status: number }>(
    request: UpstreamRequest,
    ask: Ask,
    send: (request: HttpRequest) => Promise<T>,
  ): Promise<T> {
    const writes = !(request.safe ?? (request.method ?? "GET") === "GET");
    const { scope, claim } = ask;
    // A change that was begun is brought to its end: given up half way, nobody would know what came of it.
    const signal = writes ? null : ask.signal;
    const signed: HttpRequest = { ...claim, ...request, ...(signal === null ? {} : { signal }) };
    try {
      return await (scope === null ? send(signed) : this.#observed(signed, ask, scope, send));
    } finally {
      // Whatever came of it: what was changed must be seen at once by whoever changed it.
      if (writes) {
        this.cache?.dropAll();
        if (scope !== null) scope.changedAt = performance.now();
      }
    }
  }

  async #observed<T extends { readonly status: number }>(
    request: HttpRequest,
    { fetch }: Ask,
    scope: NonNullable<Ask["scope"]>,
    send: (request: HttpRequest) => Promise<T>,
  ): Promise<T> {
    if (fetch === null) scope.forbidReuse();
    scope.upstreamCalls += 1;
    const { requestId, startCall } = scope.origin;
    const span = startCall?.(this.server, request.operation);
    const headers = {
      ...request.headers,
      ...(requestId === null ? {} : { "x-request-id": requestId }),
      ...span?.headers,
    };
    const began = performance.now();
    try {
      const reply = await send({ ...request, headers });
      span?.end(reply.status);
      return reply;
    } catch (error) {
      span?.end(null, error);
      throw error;
    } finally {
      scope.upstreamMs += performance.now() - began;
    }
  }
}

async function* countedBody(body: AsyncIterable<Buffer>, fetch: Fetch): AsyncGenerator<Buffer, void, undefined> {
  for await (const piece of body) {
    fetch.bytes += piece.length;
    yield piece;
  }
}
