// Who asks: the credentials that came with a request, kept apart by server.

import { InputRefused } from "../errors.js";
import { Secret } from "../net/secret.js";

/** The viewer's tokens. Empty means anonymous. */
export interface Credentials {
  /** From `Authorization: Token …`, for every LAVA server that has none of its own below. */
  readonly token: Secret | null;
  /** From `X-Etna-Token: <server>=<secret>`, by server name. */
  readonly byServer: ReadonlyMap<string, Secret>;
}

export const ANONYMOUS: Credentials = { token: null, byServer: new Map() };

export function tokenFor(credentials: Credentials, server: string): Secret | null {
  return credentials.byServer.get(server) ?? credentials.token;
}

/** Equal for viewers with the same tokens, so that what one may be told the other may be told, too. Says nothing of them. */
export function viewerKey({ token, byServer }: Credentials): string {
  const servers = [...byServer].map(([server, secret]) => [server, secret.fingerprint()]);
  return JSON.stringify([token?.fingerprint() ?? null, ...servers.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))]);
}

/**
 * Reads the two header values (or the keys of `connection_init`'s payload). Throws `InputRefused` for a scheme other
 * than Token, since LAVA would silently treat such a request as anonymous.
 */
export function readCredentials(authorization: string | undefined, serverTokens: readonly string[]): Credentials {
  const byServer = new Map<string, Secret>();
  for (const entry of serverTokens.flatMap((value) => value.split(","))) {
    const [, server, secret] = /^\s*([^=\s]+)=(\S+)\s*$/.exec(entry) ?? [];
    if (server === undefined || secret === undefined) {
      throw new InputRefused("X-Etna-Token", "write it as `X-Etna-Token: <server>=<secret>`");
    }
    byServer.set(server, new Secret(secret));
  }
  if (authorization === undefined || authorization.trim() === "") return { token: null, byServer };
  const [, secret] = /^token\s+(\S+)$/i.exec(authorization.trim()) ?? [];
  if (secret === undefined) throw new InputRefused("Authorization", "write it as `Authorization: Token <secret>`");
  return { token: new Secret(secret), byServer };
}
