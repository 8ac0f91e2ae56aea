// Where the gateway is, and what it is shown of the token.

import { EtnaError } from "./errors.js";

export interface Credentials {
  /** LAVA token; null asks as anonymous. Asked again for each request and each connection. */
  readonly token: () => string | null | Promise<string | null>;
  /** The LAVA server that the token is for; null for all that the gateway has. */
  readonly server: string | null;
  /** Whether it may travel over plain http to a host that is not loopback. */
  readonly insecure: boolean;
}

/** `/graphql` below the gateway's address; an address that ends in it already is left as it is. */
export function endpointOf(url: string | URL): URL {
  const endpoint = new URL(url);
  let path = endpoint.pathname;
  while (path.endsWith("/")) path = path.slice(0, -1);
  endpoint.pathname = path.endsWith("/graphql") ? path : `${path}/graphql`;
  endpoint.hash = "";
  return endpoint;
}

/** For messages: without user and password. */
export function shown({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/**
 * As headers, or as the payload of `connection_init`. Throws `EtnaError` where others could read it on the way, and `TypeError`
 * for what no header can carry.
 */
export async function credentialHeaders(
  endpoint: URL,
  { token: read, server, insecure }: Credentials,
): Promise<Record<string, string>> {
  const token = await read();
  if (token === null) return {};
  if (!insecure && endpoint.protocol !== "https:" && !isLoopback(endpoint.hostname)) {
    throw new EtnaError(`the token is not sent over plain http to ${endpoint.host}; use https, or set insecure`, {
      code: "INSECURE",
    });
  }
  const [name, value] = server === null ? ["Authorization", `Token ${token}`] : ["X-Etna-Token", `${server}=${token}`];
  if (!/^[\x20-\x7e]*$/.test(value)) throw new TypeError("the token, or its server's name, is more than plain ASCII");
  return { [name]: value };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
