// One configured Cuirass server for the life of the process: its client, its pollers and its place in the configuration.

import { make } from "../ci/make.js";
import { EventFeed, ServerEvents } from "../ci/server.type.js";
import type { ServerProbe } from "../ci/server.type.js";
import { HttpClient } from "../net/http.js";
import type { CallObserver, HttpLimits } from "../net/http.js";
import { CuirassAdmin } from "./admin-client.js";
import type { CuirassCredentials } from "./admin-client.js";
import { BuildLooks } from "./build-looks.js";
import type { BuildScope } from "./build-scope.js";
import { CuirassClient } from "./client.js";
import { EvaluationLooks } from "./evaluation-looks.js";
import type { EvaluationScope } from "./evaluation-looks.js";
import { POLL_DEFAULT_MS, Poller } from "./poller.js";
import type { WireBuild, WireEvaluation } from "./wire.js";

export interface CuirassServerOptions {
  readonly name: string;
  readonly url: URL;
  /** Default: those of `HttpClient`. Four requests at a time suit Cuirass, whose eight database connections serve all. */
  readonly limits?: Partial<HttpLimits> | undefined;
  /** Seconds between looks at what somebody follows. Default: 5. */
  readonly poll?: number | undefined;
  /** Whether Etna may change something there, for whoever asks Etna. Default: no. */
  readonly mutations?: boolean | undefined;
  /** What the reverse proxy before it wants for changes. */
  readonly credentials?: CuirassCredentials | null | undefined;
}

export class CuirassServer {
  readonly name: string;
  /** Without a closing slash. */
  readonly url: string;
  readonly client: CuirassClient;
  /** Null unless the configuration allows changes. */
  readonly admin: CuirassAdmin | null;
  /** Followers of its builds, and of its evaluations. */
  readonly builds: Poller<WireBuild, BuildScope>;
  readonly evaluations: Poller<WireEvaluation, EvaluationScope>;

  constructor(options: CuirassServerOptions, observer?: CallObserver) {
    this.name = options.name;
    this.url = options.url.href.replace(/\/+$/, "");
    const http = { server: options.name, baseUrl: options.url, limits: options.limits, observer };
    const connection = new HttpClient(http);
    this.client = new CuirassClient(connection);
    const pollMs = options.poll === undefined ? POLL_DEFAULT_MS : options.poll * 1_000;
    // A client of their own: it shares no answer to what somebody else has asked a moment before.
    const live = new CuirassClient(connection);
    this.builds = new Poller(new BuildLooks(live), pollMs);
    this.evaluations = new Poller(new EvaluationLooks(live), pollMs);
    const credentials = options.credentials ?? null;
    // Connections of its own, so that a certificate goes with changes only.
    this.admin =
      options.mutations === true
        ? new CuirassAdmin(
            new HttpClient({
              ...http,
              limits: { ...options.limits, concurrency: 1 },
              certificate: credentials?.certificate,
            }),
            credentials?.login ?? null,
          )
        : null;
  }

  /** Never throws. A page of HTML proves nothing, so JSON says whether it is a Cuirass, and the page only which one. */
  async probe(): Promise<ServerProbe> {
    const [specifications, version] = await Promise.allSettled([this.client.specifications(), this.client.version()]);
    const reachable = specifications.status === "fulfilled";
    return { reachable, version: reachable && version.status === "fulfilled" ? version.value : null };
  }

  /** How the pollers fare: Cuirass has no events of its own. */
  events(): ServerEvents {
    const [builds, evaluations] = [this.builds.status, this.evaluations.status];
    return make(ServerEvents, {
      source: EventFeed.POLL,
      connected: false,
      since: later(builds.since, evaluations.since),
      lastEventAt: later(builds.lastChangeAt, evaluations.lastChangeAt),
      received: builds.changes + evaluations.changes,
      dropped: 0,
      repaired: 0,
    });
  }

  async close(): Promise<void> {
    this.builds.close();
    this.evaluations.close();
    await Promise.all([this.client.close(), this.admin?.close()]);
  }
}

function later(one: string | null, other: string | null): string | null {
  return one === null || (other !== null && other > one) ? other : one;
}
