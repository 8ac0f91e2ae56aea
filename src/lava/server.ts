// One configured LAVA server for the life of the process: its client, its events, its place in the configuration.

import type { ConfiguredServer } from "../ci/server-list.js";
import { tokenFor } from "../ci/viewer.js";
import type { Credentials } from "../ci/viewer.js";
import type { ServerNotice, ServerProbe } from "../ci/server.type.js";
import { UpstreamError } from "../errors.js";
import { Sharing } from "../events/sharing.js";
import { HttpClient } from "../net/http.js";
import type { HttpLimits } from "../net/http-limits.js";
import type { CallObserver, HttpStatus } from "../net/http.js";
import { ClaimedUpstream } from "../net/claimed-upstream.js";
import { isLoopback } from "../net/loopback.js";
import { Slots } from "../net/slots.js";
import type { Claim } from "../net/slots.js";
import { sameWithSecrets } from "../net/secret.js";
import type { Secret } from "../net/secret.js";
import type { Upstream } from "../net/upstream.js";
import { ReadCache } from "../cache/read-cache.js";
import type { FinalStore } from "../cache/read-cache.js";
import type { Memory } from "../cache/memory.js";
import type { OperationScope } from "../cache/operation-scope.js";
import { ScopedUpstream } from "../cache/scoped-upstream.js";
import { LavaClient } from "./client.js";
import type { EventRights } from "./event-rights.js";
import { LOOK_MS, LavaFeed } from "./feed.js";
import type { EventsOption } from "./feed.js";
import { touchedBy, viewerKey } from "./keep.js";
import { followableDevices, followableWorkers } from "./lab-watch.js";
import { StateWatch } from "./state-watch.js";
import { TestJobWatch } from "./watch.js";
import type { WireDevice, WireWorker } from "./wire.js";

export interface LavaServerOptions {
  readonly name: string;
  readonly url: URL;
  /** The gateway's own token: for event discovery and `doctor`; answers viewers only with `share`. */
  readonly token: Secret | null;
  readonly share: boolean;
  /** Whether tokens may travel over plain http to a host that is not loopback. */
  readonly insecure: boolean;
  readonly events: EventsOption;
  /** Address of lava-publisher's ZMQ socket; null asks the server. */
  readonly publisher: string | null;
  /** Address of its websocket twin; null takes `/ws/` on the server. */
  readonly websocket: string | null;
  readonly limits?: Partial<HttpLimits> | undefined;
}

/** What all servers of the process share. */
export interface Shared {
  readonly memory: Memory;
  /** On disk; null for none. */
  readonly finals: FinalStore | null;
  readonly observer?: CallObserver | undefined;
  readonly onNotice?: ((notice: ServerNotice) => void) | undefined;
}

/** What follows the server waits in a line of its own: whoever asks for much must not keep subscribers waiting. */
const FOLLOWERS: Claim = { fairKey: "followers" };

/** Exports under way at once, and that wait: each holds one of the few requests that LAVA serves at a time, for long. */
const EXPORTS_MAX = 2;
const EXPORTS_WAITING_MAX = 20;

export class LavaServer implements ConfiguredServer<LavaServerOptions> {
  readonly name: string;
  /** Without a closing slash. */
  readonly url: string;
  /** Always asks the server: for what follows it, and for changes. */
  readonly client: LavaClient;
  readonly cache: ReadCache;
  readonly exports = new Slots(EXPORTS_MAX, EXPORTS_WAITING_MAX);
  readonly feed: LavaFeed;
  readonly testJobs: TestJobWatch;
  readonly devices: StateWatch<WireDevice>;
  readonly workers: StateWatch<WireWorker>;
  /** By viewer, while somebody listens to the bus. */
  readonly eventRights = new Sharing<EventRights>();
  #options: LavaServerOptions;
  readonly #http: HttpClient;

  constructor(options: LavaServerOptions, { memory, finals, observer, onNotice }: Shared) {
    this.#options = options;
    this.name = options.name;
    this.url = options.url.href.replace(/\/+$/, "");
    this.#http = new HttpClient({
      ...{ server: options.name, baseUrl: options.url, limits: options.limits, observer },
      probe: { operation: "GET system/version/", path: "/api/v0.2/system/version/" },
      onBreaker: (open) => onNotice?.({ kind: "breaker", server: options.name, open }),
    });
    const carriesTokens = options.insecure || options.url.protocol === "https:" || isLoopback(options.url.hostname);
    this.client = new LavaClient(new ClaimedUpstream(this.#http, FOLLOWERS), carriesTokens);
    this.cache = new ReadCache({
      server: options.name,
      url: this.url,
      memory,
      finals,
      eventsMs: () => LOOK_MS[this.feed.status().source],
    });
    const token = () => this.#options.token;
    this.feed = new LavaFeed({
      ...options,
      get token() {
        return token();
      },
      client: new LavaClient(new ClaimedUpstream(this.#http, { priority: "background" }), carriesTokens, this.client),
      onEvent: (event) => this.cache.drop(touchedBy(event)),
      onGap: () => this.cache.dropTold(),
      onSource: (source, first) => onNotice?.({ kind: "events", server: options.name, source, first }),
    });
    this.testJobs = new TestJobWatch(this.client, this.feed);
    this.devices = new StateWatch(this.feed, followableDevices(this.client));
    this.workers = new StateWatch(this.feed, followableWorkers(this.client));
  }

  /** The server as one operation asks it. */
  within(scope: OperationScope, token: Secret | null): { readonly client: LavaClient; readonly upstream: Upstream } {
    const claimed = new ClaimedUpstream(this.#http, { fairKey: viewerKey(token) });
    const upstream = new ScopedUpstream(claimed, this.cache, scope);
    return { client: this.client.through(upstream), upstream };
  }

  /** The token to ask with for this viewer; null asks as anonymous. */
  tokenOf(credentials: Credentials): Secret | null {
    return tokenFor(credentials, this.name) ?? (this.#options.share ? this.#options.token : null);
  }

  /** How the connection to it fares, for the metrics. */
  get status(): HttpStatus {
    return this.#http.status();
  }

  /** Never throws. */
  async probe(): Promise<ServerProbe> {
    await this.#http.recheck();
    try {
      return { reachable: true, version: await this.client.version() };
    } catch (error) {
      // A server that wants a login answers nobody else, not even its version.
      return { reachable: error instanceof UpstreamError && error.kind === "UpstreamDenied", version: null };
    }
  }

  /** Token, sharing and limits may change while it goes on. */
  adopt(options: LavaServerOptions): boolean {
    const { token, share, limits } = options;
    if (!sameWithSecrets({ ...this.#options, token, share, limits }, options)) return false;
    if (!sameWithSecrets(this.#options.limits ?? {}, limits ?? {})) this.#http.configure(limits);
    this.#options = options;
    return true;
  }

  start(): void {
    this.feed.start();
  }

  retire(error: Error): void {
    this.feed.end(error);
  }

  async close(): Promise<void> {
    await this.feed.close();
    await this.#http.close();
  }
}
