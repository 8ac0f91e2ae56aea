// Which configured server an argument `server` means.

import { InputRefused } from "../errors.js";

export function unknownServer(name: string, known: readonly string[]): InputRefused {
  const names = known.length === 0 ? "none is configured" : `known are ${known.join(", ")}`;
  return new InputRefused("server", `no server is called "${name.slice(0, 60)}"; ${names}`);
}

/**
 * The session of the named server, or of the only one. Throws `InputRefused` when the name is unknown, or when none is
 * given and there are several or none of this kind.
 */
export function pickServer<T extends { readonly name: string }>(
  servers: readonly T[],
  name: string | null | undefined,
  kind: string,
): T {
  const known = servers.map((server) => server.name);
  if (name == null) {
    const [only, ...others] = servers;
    if (only === undefined) throw new InputRefused("server", `no ${kind} server is configured`);
    if (others.length > 0)
      throw new InputRefused("server", `is needed with several ${kind} servers; known are ${known.join(", ")}`);
    return only;
  }
  const found = servers.find((server) => server.name === name);
  if (found === undefined) throw unknownServer(name, known);
  return found;
}
