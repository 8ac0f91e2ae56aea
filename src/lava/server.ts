// One configured LAVA server for the life of the process: its client, its events, its place in the configuration.

import type { ConfiguredServer } from "../ci/server-list.js";
import { tokenFor } from "../ci/viewer.js";
import type { Credentials } from "../ci/viewer.js";
import type { ServerNotice, ServerProbe } from "../ci/server.js";
import { UpstreamError } from "../errors.js";
import { Sharing } from "../events/sharing.js";
import { HttpClient } from "../net/http.js";
import type { HttpLimits } from "../net/http-limits.js";
import type { CallObserver, HttpStatus } from "../net/http.js";
import { createAsk, viewerKey } from "../net/ask.js";
import type { Ask } from "../net/ask.js";
import { Slots } from "../net/slots.js";
import { sameWithSecrets } from "../net/secret.js";
import type { Secret } from "../net/secret.js";
import { withoutTrailingSlashes } from "../net/trailing-slashes.js";
import { ReadCache } from "../cache/read-cache.js";
import type { FinalStore } from "../cache/read-cache.js";
import type { Memory } from "../cache/memory.js";
import type { OperationScope } from "../cache/operation-scope.js";
import { Upstream } from "../cache/upstream.js";
import { LavaClient } from "./client/client.js";
import type { EventRights } from "./live/event-rights.js";
import { LOOK_MS, LavaFeed } from "./live/feed.js";
import type { EventsOption } from "./live/feed.js";
import { touchedBy } from "./client/keep.js";
import { followableDevices, followableWorkers } from "./live/lab-watch.js";
import { StateWatch } from "./live/state-watch.js";
import { TestJobWatch } from "./live/watch.js";
import type { WireDevice, WireWorker } from "./protocol/wire.js";

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

/** Exports under way at once, and that wait: each holds one of the few requests that LAVA serves at a time, for long. */
const EXPORTS_MAX = 2;
const EXPORTS_WAITING_MAX = 20;

/** Asks for the server's version, which it tells everybody. */
const PROBE = createAsk(null, { claim: { priority: "background" } });

export class LavaServer implements ConfiguredServer<LavaServerOptions> {
  readonly name: string;
  /** Without a closing slash. */
  readonly url: string;
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
    this.url = withoutTrailingSlashes(options.url.href);
    this.#http = new HttpClient({
      ...{ server: options.name, baseUrl: options.url, limits: options.limits, observer },
      insecure: options.insecure,
      probe: { operation: "GET system/version/", path: "/api/v0.2/system/version/" },
      onBreaker: (open) => onNotice?.({ kind: "breaker", server: options.name, open }),
      onLibraryFault: (error) => onNotice?.({ kind: "library", server: options.name, error }),
    });
    this.cache = new ReadCache({
      server: options.name,
      url: this.url,
      memory,
      finals,
      eventsMs: () => LOOK_MS[this.feed.status().source],
    });
    this.client = new LavaClient(new Upstream(this.#http, this.cache));
    this.feed = new LavaFeed({
      ...options,
      ask: () => createAsk(this.#options.token, { claim: { priority: "background" } }),
      client: this.client,
      onEvent: (event) => this.cache.drop(touchedBy(event)),
      onGap: () => this.cache.dropTold(),
      onSource: (source, first) => onNotice?.({ kind: "events", server: options.name, source, first }),
    });
    this.testJobs = new TestJobWatch(this.client, this.feed);
    this.devices = new StateWatch(this.feed, followableDevices(this.client));
    this.workers = new StateWatch(this.feed, followableWorkers(this.client));
  }

  /** Asks in the name of an operation's viewer. */
  ask(credentials: Credentials, scope: OperationScope): Ask {
    const token = this.#tokenOf(credentials);
    return createAsk(token, { scope, signal: scope.signal, claim: { fairKey: viewerKey(token) } });
  }

  /** Null asks as anonymous. */
  #tokenOf(credentials: Credentials): Secret | null {
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
      return { reachable: true, version: await this.client.version(PROBE) };
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
