// One configured Cuirass server for the life of the process: its client and its place in the configuration.

import type { ServerProbe } from "../ci/server.type.js";
import { HttpClient } from "../net/http.js";
import type { CallObserver, HttpLimits } from "../net/http.js";
import { CuirassClient } from "./client.js";

export interface CuirassServerOptions {
  readonly name: string;
  readonly url: URL;
  /** Default: those of `HttpClient`. Four requests at a time suit Cuirass, whose eight database connections serve all. */
  readonly limits?: Partial<HttpLimits> | undefined;
}

export class CuirassServer {
  readonly name: string;
  /** Without a closing slash. */
  readonly url: string;
  readonly client: CuirassClient;

  constructor(options: CuirassServerOptions, observer?: CallObserver) {
    this.name = options.name;
    this.url = options.url.href.replace(/\/+$/, "");
    this.client = new CuirassClient(
      new HttpClient({ server: options.name, baseUrl: options.url, limits: options.limits, observer }),
    );
  }

  /** Never throws. A page of HTML proves nothing, so JSON says whether it is a Cuirass, and the page only which one. */
  async probe(): Promise<ServerProbe> {
    const [specifications, version] = await Promise.allSettled([this.client.specifications(), this.client.version()]);
    const reachable = specifications.status === "fulfilled";
    return { reachable, version: reachable && version.status === "fulfilled" ? version.value : null };
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
