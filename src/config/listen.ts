// What the configuration says of Etna's own address: where it listens, and by which addresses clients ask.

import { z } from "zod";
import { key } from "../ci/config-keys.js";
import { withoutTrailingSlashes } from "../net/trailing-slashes.js";
import { isAddress } from "../net/url.js";

export interface ListenConfig {
  readonly host: string;
  readonly port: number;
  /** Names by which it may be asked, besides addresses, loopback names and `host`; none where absent. */
  readonly hosts?: readonly string[];
  /** The address by which clients ask, without a slash at its end; null where it is not known. */
  readonly url?: string | null;
  /** A proxy's folder before all paths, e.g. `/etna`; none where absent or empty. */
  readonly basePath?: string;
}

export const DEFAULT_LISTEN = { host: "127.0.0.1", port: 4000 };

export const httpAddress = z
  .string()
  .refine(
    (text) => isAddress(text, ["http:", "https:"]),
    "is not an http or https address without user, query and fragment",
  );

const keys = {
  host: key(z.string().min(1), DEFAULT_LISTEN.host, "Address to listen at, `0.0.0.0` for all. 127.0.0.1 by default."),
  port: key(
    z.coerce.number().int().min(0).max(65_535),
    String(DEFAULT_LISTEN.port),
    "Port to listen at; 0 takes a free one. 4000 by default.",
  ),
  hosts: key(
    z.array(z.string().regex(/^[\w.-]{1,253}$/, "is not a host's name, without scheme and port")),
    "[etna.example.org]",
    "Names by which clients ask, besides addresses, loopback names and `host`; a request by any other gets 421.",
  ),
  url: key(
    httpAddress,
    "https://etna.example.org",
    "The address by which clients ask, for whole addresses of exports; with a proxy's folder, where there is one. Its name is one of `hosts`.",
  ),
  basePath: key(
    z.string().regex(/^(?:\/[\w.~-]+)*\/?$/, "is not a path: a slash before each folder's name"),
    "/etna",
    "A proxy's folder before all paths, where there is no `url` to take it from.",
  ),
};

export const listenKeys = {
  listen: key(
    z.strictObject(keys),
    "{host: 127.0.0.1, port: 4000}",
    "Where Etna listens, and by which names it is asked.",
  ),
};

/** What is wrong goes to `faults`. */
export function readListen({ listen = {} }: z.infer<z.ZodObject<typeof listenKeys>>, faults: string[]): ListenConfig {
  const { host = DEFAULT_LISTEN.host, port = DEFAULT_LISTEN.port, hosts = [] } = listen;
  const given = listen.basePath === undefined ? null : withoutTrailingSlashes(listen.basePath);
  if (listen.url === undefined) return { host, port, hosts, url: null, basePath: given ?? "" };
  const { hostname, pathname } = new URL(listen.url);
  const folder = withoutTrailingSlashes(pathname);
  if (given !== null && given !== folder) {
    faults.push("listen.basePath: is not the folder of listen.url, which is enough by itself; leave basePath off");
  }
  // Clients that follow this address ask by its name.
  return { host, port, hosts: [...hosts, hostname], url: withoutTrailingSlashes(listen.url), basePath: folder };
}
