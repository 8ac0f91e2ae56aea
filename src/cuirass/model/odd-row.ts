// Rows of Cuirass' lists of which something could not be read, in the graph.

import { malformed } from "../../net/decode.js";
import type { OddRow } from "../protocol/wire.js";

/**
 * Has what could not be read throw when a client asks for it: then the row is null, and no other one is.
 * @param fields which of the thing's fields come from which one on the wire.
 * @param what the thing, for the message, e.g. `build 7`.
 */
export function withOddFields<T extends object>(
  thing: T,
  { odd }: OddRow,
  fields: Readonly<Record<string, readonly (keyof T)[]>>,
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
