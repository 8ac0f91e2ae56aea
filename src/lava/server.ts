// One configured LAVA server for the life of the process: its client, its events, its place in the configuration.

import type { ServerCapability } from "../ci/capability.js";
import { tokenFor } from "../ci/viewer.js";
import type { Credentials } from "../ci/viewer.js";
import type { ServerProbe } from "../ci/server.type.js";
import { UpstreamError } from "../errors.js";
import { HttpClient } from "../net/http.js";
import type { CallObserver, HttpLimits } from "../net/http.js";
import { isLoopback } from "../net/loopback.js";
import { Slots } from "../net/slots.js";
import type { Secret } from "../net/secret.js";
import { capabilitiesOf } from "./capabilities.js";
import { LavaClient } from "./client.js";
import { LavaFeed } from "./feed.js";
import type { EventsOption } from "./feed.js";
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

/** Exports under way at once, and that wait: each holds one of the few requests that LAVA serves at a time, for long. */
const EXPORTS_MAX = 2;
const EXPORTS_WAITING_MAX = 20;

export class LavaServer {
  readonly name: string;
  /** Without a closing slash. */
  readonly url: string;
  readonly client: LavaClient;
  readonly exports = new Slots(EXPORTS_MAX, EXPORTS_WAITING_MAX);
  readonly feed: LavaFeed;
  readonly testJobs: TestJobWatch;
  readonly devices: StateWatch<WireDevice>;
  readonly workers: StateWatch<WireWorker>;
  readonly #options: LavaServerOptions;
  #capabilities: readonly ServerCapability[] | undefined;

  constructor(options: LavaServerOptions, observer?: CallObserver) {
    this.#options = options;
    this.name = options.name;
    this.url = options.url.href.replace(/\/+$/, "");
    const http = new HttpClient({ server: options.name, baseUrl: options.url, limits: options.limits, observer });
    this.client = new LavaClient(
      http,
      options.insecure || options.url.protocol === "https:" || isLoopback(options.url.hostname),
    );
    this.feed = new LavaFeed({ ...options, client: this.client });
    this.testJobs = new TestJobWatch(this.client, this.feed);
    this.devices = new StateWatch(this.feed, followableDevices(this.client));
    this.workers = new StateWatch(this.feed, followableWorkers(this.client));
  }

  /** The token to ask with for this viewer; null asks as anonymous. */
  tokenOf(credentials: Credentials): Secret | null {
    return tokenFor(credentials, this.name) ?? (this.#options.share ? this.#options.token : null);
  }

  /** Never throws. */
  async probe(): Promise<ServerProbe> {
    try {
      const version = await this.client.version();
      this.#capabilities = capabilitiesOf(version);
      return { reachable: true, version };
    } catch (error) {
      // A server that wants a login answers nobody else, not even its version.
      return { reachable: error instanceof UpstreamError && error.kind === "UpstreamDenied", version: null };
    }
  }

  /** Learned once from the version, and anew with each probe. Throws `UpstreamError` when it had to ask in vain. */
  async capabilities(): Promise<readonly ServerCapability[]> {
    return (this.#capabilities ??= capabilitiesOf(await this.client.version()));
  }

  async close(): Promise<void> {
    await this.feed.close();
    await this.client.close();
  }
}
