// How the parts of LAVA's client reach their server.

import type { Upstream } from "../../cache/upstream.js";
import type { LavaRest } from "./rest.js";
import type { LavaXmlRpc } from "./xml-rpc.js";

export interface LavaTransport {
  /** Name of the configured server. */
  readonly server: string;
  readonly upstream: Upstream;
  readonly rest: LavaRest;
  readonly rpc: LavaXmlRpc;
}
