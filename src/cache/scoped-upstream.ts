// One server as one operation asks it: with the operation's signal, its counters, and the server's memory.

import type { HttpReply, HttpRequest, HttpStream } from "../net/http.js";
import type { Read, Upstream } from "../net/upstream.js";
import type { OperationScope } from "./operation-scope.js";
import type { Fetch, ReadCache } from "./read-cache.js";

export class ScopedUpstream implements Upstream {
  constructor(
    private readonly direct: Upstream,
    private readonly cache: ReadCache,
    private readonly scope: OperationScope,
    /** The fetch that this stands for; null for the operation itself. */
    private readonly fetch: Fetch | null = null,
    private readonly signal: AbortSignal | null = scope.signal,
  ) {}

  get server(): string {
    return this.direct.server;
  }

  get detached(): Upstream {
    return new ScopedUpstream(this.direct, this.cache, this.scope, this.fetch, null);
  }

  async request(request: HttpRequest): Promise<HttpReply> {
    const reply = await this.#counted(request, (signalled) => this.direct.request(signalled));
    if (this.fetch !== null) this.fetch.bytes += reply.body.length;
    return reply;
  }

  async stream(request: HttpRequest): Promise<HttpStream> {
    const stream = await this.#counted(request, (signalled) => this.direct.stream(signalled));
    return this.fetch === null ? stream : { ...stream, body: countedBody(stream.body, this.fetch) };
  }

  async read<T>(read: Read, load: (upstream: Upstream) => Promise<T>): Promise<T> {
    const [answer] = await this.readMany<T>([read], async (upstream) => [await load(upstream)]);
    if (answer instanceof Error) throw answer;
    return answer as T;
  }

  async readMany<T>(
    reads: readonly Read[],
    load: (upstream: Upstream, places: readonly number[]) => Promise<readonly (T | Error)[]>,
  ): Promise<(T | Error)[]> {
    return this.cache.readMany(reads, this.scope, this.signal, (fetch, places) =>
      load(new ScopedUpstream(this.direct, this.cache, this.scope, fetch, fetch.signal), places),
    );
  }

  async #counted<T extends { readonly status: number }>(
    request: HttpRequest,
    send: (request: HttpRequest) => Promise<T>,
  ): Promise<T> {
    const writes = !(request.safe ?? (request.method ?? "GET") === "GET");
    if (this.fetch === null) this.scope.forbidReuse();
    // A change that was begun is brought to its end: given up half way, nobody would know what came of it.
    const signals = [request.signal, writes ? null : this.signal].filter((signal) => signal != null);
    this.scope.upstreamCalls += 1;
    const { requestId, startCall } = this.scope.origin;
    const span = startCall?.(this.server, request.operation);
    const headers = {
      ...request.headers,
      ...(requestId === null ? {} : { "x-request-id": requestId }),
      ...span?.headers,
    };
    const began = performance.now();
    try {
      const reply = await send({
        ...request,
        headers,
        ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
      });
      span?.end(reply.status);
      return reply;
    } catch (error) {
      span?.end(null, error);
      throw error;
    } finally {
      this.scope.upstreamMs += performance.now() - began;
      // Whatever came of it: what was changed must be seen at once by whoever changed it.
      if (writes) this.cache.dropAll();
    }
  }
}

async function* countedBody(body: AsyncIterable<Buffer>, fetch: Fetch): AsyncGenerator<Buffer, void, undefined> {
  for await (const piece of body) {
    fetch.bytes += piece.length;
    yield piece;
  }
}
