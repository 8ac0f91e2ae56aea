// The one place where it is decided which implementation of a cluster a gateway has.

import type { Secret } from "../net/secret.js";
import { ALONE } from "./alone.js";
import type { Cluster, ClusterNotice } from "./cluster.js";

/** What there is to know of other gateways, and of the engine over which they share. */
export interface ClusterOptions {
  /** `redis:` or `rediss:`, without user and password. */
  readonly url: URL;
  readonly username: string | null;
  readonly password: Secret | null;
  readonly secret: Secret;
  /** So that several clusters may use one engine. */
  readonly name: string;
  /** Whether a start without the engine fails. */
  readonly required: boolean;
}

/** ioredis is loaded only where it is wanted. @param options null for a gateway by itself. */
export async function openCluster(
  options: ClusterOptions | null,
  onNotice: (notice: ClusterNotice) => void = () => undefined,
): Promise<Cluster> {
  if (options === null) return ALONE;
  const { RedisCluster } = await import("./redis/cluster.js");
  const { url, username, password, secret, name, required } = options;
  return new RedisCluster({ address: { url, username, password }, secret, name, required, onNotice });
}
