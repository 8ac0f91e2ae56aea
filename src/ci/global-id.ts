// Opaque global ids of the graph's nodes: type, server and native key, in base64url.

import { InputRefused } from "../errors.js";

export interface GlobalId {
  readonly typeName: string;
  readonly server: string;
  /** The upstream's own key, e.g. a test job's integer or a device's hostname. */
  readonly key: string;
}

export function encodeGlobalId(typeName: string, server: string, key: string | number): string {
  return Buffer.from(`${typeName}:${server}:${key}`, "utf8").toString("base64url");
}

/** Throws `InputRefused`, which names the argument, for text that no `encodeGlobalId` made. */
export function decodeGlobalId(id: string, argument = "id"): GlobalId {
  const decoded = parseGlobalId(id);
  if (decoded !== null) return decoded;
  throw new InputRefused(argument, `"${id.slice(0, 60)}" is not an id of this graph; take one from a field \`id\``);
}

/** Null for text that no `encodeGlobalId` made. */
export function parseGlobalId(id: string): GlobalId | null {
  const text = Buffer.from(id, "base64url").toString("utf8");
  const [, typeName, server, key] = /^([A-Za-z]+):([^:]+):(.+)$/s.exec(text) ?? [];
  if (
    typeName === undefined ||
    server === undefined ||
    key === undefined ||
    encodeGlobalId(typeName, server, key) !== id
  ) {
    return null;
  }
  return { typeName, server, key };
}
