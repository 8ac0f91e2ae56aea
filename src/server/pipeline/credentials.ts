// The viewer's credentials: from the headers of a request, or from a WebSocket's `connection_init`.

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { readCredentials } from "../../ci/viewer.js";
import type { Credentials } from "../../ci/viewer.js";
import { InputRefused } from "../../errors.js";

/** What the last request of a connection said of its viewer. */
interface Told {
  readonly authorization: string | undefined;
  readonly tokens: string | undefined;
  readonly credentials: Credentials;
}

// A token is in memory as long as its client's connection, and no key is made of it.
const lastOf = new WeakMap<Socket, Told>();

/**
 * Throws `InputRefused`. The same object for the same headers on the same connection, so that what is derived of it is
 * derived once. Node joins a repeated header by commas, which also part the tokens of one.
 */
export function credentialsOf({ headers, socket }: IncomingMessage): Credentials {
  const { authorization } = headers;
  const given = headers["x-etna-token"];
  const tokens = given === undefined ? undefined : [given].flat().join(",");
  const last = lastOf.get(socket);
  if (last !== undefined && last.authorization === authorization && last.tokens === tokens) return last.credentials;
  const credentials = readCredentials(authorization, tokens === undefined ? [] : [tokens]);
  lastOf.set(socket, { authorization, tokens, credentials });
  return credentials;
}

const TOKEN_KEYS: ReadonlySet<string> = new Set(["authorization", "x-etna-token"]);
const KEY_SHOWN_MAX = 20;

/**
 * From `connection_init`, under the headers' names, in which upper and lower case are alike. Throws `InputRefused`, also
 * for any other key: passed over, a token in it would make the viewer anonymous without a word.
 */
export function credentialsOfParams(params: Readonly<Record<string, unknown>>): Credentials {
  const unknown = Object.keys(params).find((name) => !TOKEN_KEYS.has(name.toLowerCase()));
  if (unknown !== undefined) {
    // Short enough for the reason of a close frame, of which 123 bytes are left.
    const shown = unknown.slice(0, KEY_SHOWN_MAX);
    throw new InputRefused(
      "connection_init",
      `takes no "${shown}"; write {"Authorization": "Token <secret>"} or X-Etna-Token`,
    );
  }
  const byName = new Map(Object.entries(params).map(([name, value]) => [name.toLowerCase(), value]));
  const perServer = byName.get("x-etna-token");
  return readCredentials(
    textOf("Authorization", byName.get("authorization")),
    (Array.isArray(perServer) ? perServer : [perServer]).flatMap((value) => textOf("X-Etna-Token", value) ?? []),
  );
}

/** Anything but text is refused: left out, it would make the viewer anonymous without a word. */
function textOf(name: string, value: unknown): string | undefined {
  if (value == null || typeof value === "string") return value ?? undefined;
  throw new InputRefused(name, "must be text, as in the header of this name");
}
