// A server asked with a claim on its queue: whose requests these are, and how soon somebody waits for them.

import type { HttpReply, HttpRequest, HttpStream } from "./http.js";
import type { Claim } from "./slots.js";
import type { Read, Upstream } from "./upstream.js";

/** Adds the claim to each request that makes none of its own. */
export class ClaimedUpstream implements Upstream {
  constructor(
    private readonly upstream: Upstream,
    private readonly claim: Claim,
  ) {}

  get server(): string {
    return this.upstream.server;
  }

  get detached(): Upstream {
    return new ClaimedUpstream(this.upstream.detached, this.claim);
  }

  request(request: HttpRequest): Promise<HttpReply> {
    return this.upstream.request({ ...this.claim, ...request });
  }

  stream(request: HttpRequest): Promise<HttpStream> {
    return this.upstream.stream({ ...this.claim, ...request });
  }

  read<T>(read: Read, load: (upstream: Upstream) => Promise<T>): Promise<T> {
    return this.upstream.read(read, (through) => load(new ClaimedUpstream(through, this.claim)));
  }

  readMany<T>(
    reads: readonly Read[],
    load: (upstream: Upstream, places: readonly number[]) => Promise<readonly (T | Error)[]>,
  ): Promise<(T | Error)[]> {
    return this.upstream.readMany(reads, (through, places) => load(new ClaimedUpstream(through, this.claim), places));
  }
}
