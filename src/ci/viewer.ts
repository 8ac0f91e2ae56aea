// Who asks: the credentials that came with a request, kept apart by server.

import { InputRefused } from "../errors.js";
import { TOKEN_FAULT, isToken } from "../net/authorization.js";
import { Secret } from "../net/secret.js";

/** The viewer's tokens. Empty means anonymous. */
export interface Credentials {
  /** From `Authorization: Token …`; `addressTokens` says for which servers. */
  readonly token: Secret | null;
  /** From `X-Etna-Token: <server>=<secret>`, by server name. */
  readonly byServer: ReadonlyMap<string, Secret>;
}

export const ANONYMOUS: Credentials = { token: null, byServer: new Map() };

export function tokenFor(credentials: Credentials, server: string): Secret | null {
  return credentials.byServer.get(server) ?? credentials.token;
}

/** Whose tokens a server takes. */
export interface TokenAudience {
  readonly name: string;
  /** `shared`: the one in `Authorization`, with others that do. Absent: its own, and that one if there is no other server. */
  readonly tokens?: "shared" | undefined;
}

/**
 * Each token under the name of the server that gets it. One server's token is a secret towards the others. Throws
 * `InputRefused` for a token that no server is to get: left out, it would make the viewer anonymous without a word.
 * @param servers those that know users.
 * @param title of their systems, for messages.
 */
export function addressTokens(
  { token, byServer }: Credentials,
  servers: readonly TokenAudience[],
  title = "LAVA",
): Credentials {
  for (const given of byServer.keys()) {
    if (!servers.some(({ name }) => name === given))
      throw new InputRefused("X-Etna-Token", `there is no ${title} server "${given.slice(0, 40)}"`);
  }
  const [first, second] = servers;
  if (token === null || first === undefined) return { token: null, byServer };
  const takers = second === undefined ? [first] : servers.filter(({ tokens }) => tokens === "shared");
  if (takers.length === 0) {
    const how = `X-Etna-Token: ${first.name}=<secret>`;
    throw new InputRefused("Authorization", `there are several ${title} servers; write \`${how}\``);
  }
  return { token: null, byServer: new Map([...takers.map(({ name }) => [name, token] as const), ...byServer]) };
}

const keys = new WeakMap<Credentials, string>();

/** Equal for viewers with the same tokens, so that what one may be told the other may be told, too. Says nothing of them. */
export function viewerKey(credentials: Credentials): string {
  let key = keys.get(credentials);
  if (key === undefined) {
    const servers = [...credentials.byServer].map(([server, secret]) => [server, secret.fingerprint()]);
    const own = credentials.token?.fingerprint() ?? null;
    key = JSON.stringify([own, ...servers.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))]);
    keys.set(credentials, key);
  }
  return key;
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
    byServer.set(server, toToken("X-Etna-Token", secret));
  }
  if (authorization === undefined || authorization.trim() === "") return { token: null, byServer };
  const [, secret] = /^token\s+(\S+)$/i.exec(authorization.trim()) ?? [];
  if (secret === undefined) throw new InputRefused("Authorization", "write it as `Authorization: Token <secret>`");
  return { token: toToken("Authorization", secret), byServer };
}

function toToken(argument: string, text: string): Secret {
  if (!isToken(text)) throw new InputRefused(argument, TOKEN_FAULT);
  return new Secret(text);
}
