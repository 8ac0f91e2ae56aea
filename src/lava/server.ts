// One configured LAVA server for the life of the process: its client, its events, its place in the configuration.

import { tokenFor } from "../ci/viewer.js";
import type { Credentials } from "../ci/viewer.js";
import type { ServerProbe } from "../ci/server.type.js";
import { HttpClient } from "../net/http.js";
import type { CallObserver, HttpLimits } from "../net/http.js";
import { isLoopback } from "../net/loopback.js";
import type { Secret } from "../net/secret.js";
import { LavaClient } from "./client.js";
import { TestJobWatch } from "./watch.js";
import type { EventsOption } from "./watch.js";

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
  readonly limits?: Partial<HttpLimits> | undefined;
}

export class LavaServer {
  readonly name: string;
  /** Without a closing slash. */
  readonly url: string;
  readonly client: LavaClient;
  readonly watch: TestJobWatch;
  readonly #options: LavaServerOptions;

  constructor(options: LavaServerOptions, observer?: CallObserver) {
    this.#options = options;
    this.name = options.name;
    this.url = options.url.href.replace(/\/+$/, "");
    const http = new HttpClient({ server: options.name, baseUrl: options.url, limits: options.limits, observer });
    this.client = new LavaClient(
      http,
      options.insecure || options.url.protocol === "https:" || isLoopback(options.url.hostname),
    );
    this.watch = new TestJobWatch({
      client: this.client,
      host: options.url.hostname,
      events: options.events,
      publisher: options.publisher,
      token: options.token,
    });
  }

  /** The token to ask with for this viewer; null asks as anonymous. */
  tokenOf(credentials: Credentials): Secret | null {
    return tokenFor(credentials, this.name) ?? (this.#options.share ? this.#options.token : null);
  }

  /** Never throws. */
  async probe(): Promise<ServerProbe> {
    try {
      return { reachable: true, version: await this.client.version() };
    } catch {
      return { reachable: false, version: null };
    }
  }

  async close(): Promise<void> {
    await this.watch.close();
    await this.client.close();
  }
}
