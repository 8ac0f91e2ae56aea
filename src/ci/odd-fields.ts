// Rows of lists of which something could not be read, in the graph.

import { malformed } from "../net/decode.js";
import type { OddRow } from "../net/rows.js";

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
  { odd }: OddRow,
  fields: OddFields<T>,
  { server, what }: { readonly server: string; readonly what: string },
): T {
  for (const [name, fault] of Object.entries(odd ?? {})) {
    const get = () => {
      throw malformed({ server, operation: "a list" }, `${what}: ${fault}`);
    };
    for (const field of fields[name] ?? []) Object.defineProperty(thing, field, { get, enumerable: true });
  }
  return thing;
}
