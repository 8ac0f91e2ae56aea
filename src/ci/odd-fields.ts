// Rows of lists of which something could not be read, in the graph.

import { malformed } from "../net/decode.js";
import type { OddRow } from "../net/rows.js";

/** Things made of a row whose key could not be read, which would lead to another thing or none. */
const LOST = new WeakMap<object, Error>();

/** A thing as a list shows it: for one that is lost the error, which GraphQL puts in its place. */
export function shownThing<T extends object>(thing: T): T {
  const error = LOST.get(thing);
  if (error === undefined) return thing;
  // GraphQL takes an error among the items of a list for a fault of that item.
  return error as unknown as T;
}

/** By field on the wire: which of the thing's fields come from it. */
export type OddFields<T> = Readonly<Record<string, readonly (keyof T)[]>>;

/** A row as it came, of which the fields that could not be read throw. */
export function withOddRow<T extends OddRow>(row: T, origin: { readonly server: string; readonly what: string }): T {
  if (row.odd === undefined) return row;
  const same = Object.fromEntries(Object.keys(row.odd).map((name) => [name, [name as keyof T]] as const));
  return withOddFields({ ...row }, row, same, origin);
}

/**
 * Has what could not be read throw when a client asks for it: then the row is null, and no other one is.
 * @param what the thing, for the message, e.g. `build 7`.
 */
export function withOddFields<T extends object>(
  thing: T,
  { odd, lost }: OddRow,
  fields: OddFields<T>,
  { server, what }: { readonly server: string; readonly what: string },
): T {
  if (lost !== undefined) LOST.set(thing, malformed({ server, operation: "a list" }, lost));
  for (const [name, fault] of Object.entries(odd ?? {})) {
    const get = () => {
      throw malformed({ server, operation: "a list" }, `${what}: ${fault}`);
    };
    for (const field of fields[name] ?? []) Object.defineProperty(thing, field, { get, enumerable: true });
  }
  return thing;
}
