// What the configuration says of other gateways of the same servers, and of the engine over which they share.

import { z } from "zod";
import type { ClusterOptions } from "../cluster/open.js";
import { key } from "../ci/config-keys.js";
import { isLoopback } from "../net/loopback.js";
import { Secret } from "../net/secret.js";
import { parseUrl } from "../net/url.js";

const SECRET_MIN = 16;
const NAME = "etna";

const keys = {
  url: z
    .string()
    .refine((text) => toUrl(text) !== null, "is not the address of a Redis, with redis or rediss and a host")
    .meta({
      description:
        "Address of a Redis 7 or a Valkey; needed. With user and password where it has them: `rediss://etna:${REDIS_PASSWORD}@redis.example.org`.",
      examples: ["rediss://redis.example.org:6379"],
    }),
  secret: z
    .string()
    .refine((text) => text.length >= SECRET_MIN, `must have at least ${SECRET_MIN} characters`)
    .meta({
      description: `Needed; the same for all gateways, at least ${SECRET_MIN} characters: \`openssl rand -base64 32\`. What is in Redis is sealed with it, and so are cursors.`,
      examples: ["${ETNA_CLUSTER_SECRET}"],
    }),
  required: key(
    z.boolean(),
    "true",
    "Whether Etna refuses to start while Redis does not answer. By default it starts alone and joins later.",
  ),
  name: key(
    z.string().regex(/^[\w.-]{1,40}$/, "must hold only letters, digits, _, . and -"),
    "etna-staging",
    `Of the cluster, so that several may use one Redis; the same for all its gateways. ${NAME} by default.`,
  ),
  insecure: key(
    z.boolean(),
    "true",
    "Whether the connection may go over a network in clear (redis beyond this machine); false by default.",
  ),
};

export const clusterKeys = {
  cluster: key(
    z.strictObject(keys),
    '{url: "redis://127.0.0.1:6379", secret: "${ETNA_CLUSTER_SECRET}"}',
    "Several gateways of the same servers, over one Redis: see many-gateways.md. None by default.",
  ),
};

/** Null for a gateway by itself. What no single key shows goes to `faults`. */
export function readCluster(
  { cluster }: z.infer<z.ZodObject<typeof clusterKeys>>,
  faults: string[],
): ClusterOptions | null {
  const given = cluster === undefined ? null : toUrl(cluster.url);
  if (cluster === undefined || given === null) return null;
  if (given.protocol === "redis:" && !isLoopback(given.hostname) && cluster.insecure !== true) {
    faults.push(
      "cluster.url: would go over the network in clear; write rediss://, or cluster.insecure: true where the network is yours",
    );
  }
  const url = new URL(given);
  url.username = "";
  url.password = "";
  return {
    url,
    username: given.username === "" ? null : decodeURIComponent(given.username),
    password: given.password === "" ? null : new Secret(decodeURIComponent(given.password)),
    secret: new Secret(cluster.secret),
    required: cluster.required ?? false,
    name: cluster.name ?? NAME,
  };
}

function toUrl(text: string): URL | null {
  const url = parseUrl(text);
  const isRedis = url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== "";
  return isRedis && /^(?:\/\d{0,2})?$/.test(url.pathname) && url.search === "" && url.hash === "" ? url : null;
}
