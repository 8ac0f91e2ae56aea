// Which configured server an argument `server` means; and which thing on it, by its global `id` or by its own name there.

import { InputRefused } from "../errors.js";
import { decodeGlobalId } from "./global-id.js";

function unknownServer(name: string, known: readonly string[]): InputRefused {
  const names = known.length === 0 ? "none is configured" : `known are ${known.join(", ")}`;
  return new InputRefused("server", `no server is called "${name.slice(0, 60)}"; ${names}`);
}

/** Names of the servers of all systems. Throws `InputRefused` for a given name that is none of them. */
export function serverNames(
  sessions: readonly { readonly servers: readonly { readonly name: string }[] }[],
  given: string | null,
): readonly string[] {
  const known = sessions.flatMap(({ servers }) => servers.map(({ name }) => name));
  if (given !== null && !known.includes(given)) throw unknownServer(given, known);
  return known;
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

/** Marks an input type of which exactly one field is given: `@Extensions(ONE_OF)`; see `markOneOf` in schema.ts. */
export const ONE_OF = { oneOf: true } as const;

/** The servers of one system, as one operation sees them. */
export interface Views<V> {
  view(name: string | null | undefined): V;
  find(name: string): V | undefined;
  readonly servers: readonly { readonly name: string }[];
}

/** What a key is of, and what came with it. */
export interface KeyArgument {
  /** E.g. `testJob`. */
  readonly argument: string;
  readonly typeName: string;
  /** The argument beside it. */
  readonly server: string | null | undefined;
}

/** The server that a key leads to, and the thing's own name there, with the argument that it came in. */
export interface ReadKey<V, N> {
  readonly view: V;
  readonly argument: string;
  readonly native: N | string;
}

/**
 * @param key of which GraphQL has made sure that one field is given.
 * @param name the field beside `id`.
 * Throws `InputRefused` for an id of something else, or of another server than the one that is named.
 */
export function readKey<V, K extends string, N>(
  views: Views<V>,
  key: { readonly id?: string | null } & Readonly<Partial<Record<K, N | null>>>,
  name: K,
  { argument, typeName, server }: KeyArgument,
): ReadKey<V, N> {
  const native = key[name];
  if (native != null) return { view: views.view(server), argument: `${argument}.${name}`, native };
  const place = `${argument}.id`;
  const id = decodeGlobalId(key.id ?? "", place);
  if (id.typeName !== typeName)
    throw new InputRefused(place, `is the id of a ${id.typeName}; give one of a ${typeName}`);
  if (server != null && server !== id.server) throw new InputRefused("server", `the ${argument} is on ${id.server}`);
  const view = views.find(id.server);
  if (view !== undefined) return { view, argument: place, native: id.key };
  throw unknownServer(
    id.server,
    views.servers.map((one) => one.name),
  );
}
