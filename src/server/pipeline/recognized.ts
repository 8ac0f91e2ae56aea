// Requests that came before, by their text: what they ask for need not be read again to find their kept answer.

import { OperationTypeNode } from "graphql";
import { LRUCache } from "lru-cache";
import type { KnownOperation, OperationRequest } from "./operation.js";

/** Of all requests together, in characters. */
const LENGTH_MAX = 2 * 1024 * 1024;
const ENTRY_LENGTH = 200;

/** A request as it came. */
export interface AskedOperation {
  /** The same only for requests that ask for the same; null where that is not known. */
  readonly text: string | null;
  /** Throws `Refusal`. */
  readonly read: () => OperationRequest;
}

/** A query that was found valid. It holds nothing of its parsed document. */
export interface Recognized {
  readonly name: string | null;
  /** All that its answer depends on but the viewer. */
  readonly key: string;
}

export class RecognizedRequests {
  readonly #byText = new LRUCache<string, Recognized>({
    maxSize: LENGTH_MAX,
    maxEntrySize: LENGTH_MAX / 8,
    sizeCalculation: ({ key }, text) => text.length + key.length + ENTRY_LENGTH,
  });

  find({ text }: AskedOperation): Recognized | null {
    return text === null ? null : (this.#byText.get(text) ?? null);
  }

  /** Not for a request that has its text remembered by its hash: that is to be done each time. */
  note({ text }: AskedOperation, { query, extensions }: OperationRequest, known: KnownOperation): void {
    if (text === null || (query != null && Object.hasOwn(extensions ?? {}, "persistedQuery"))) return;
    const key = keyOf(known);
    if (key !== null) this.#byText.set(text, { name: known.operation.name?.value ?? null, key });
  }
}

/**
 * All that an answer depends on besides the viewer, of the parsed request; null for what must run each time. Variables
 * that the operation does not have are left out.
 */
export function keyOf({ operation, hash, variables }: KnownOperation): string | null {
  if (operation.operation !== OperationTypeNode.QUERY) return null;
  const given = (operation.variableDefinitions ?? []).flatMap(({ variable: { name } }) =>
    Object.hasOwn(variables, name.value) ? [[name.value, variables[name.value]]] : [],
  );
  // Only the last part may hold a line feed.
  return [hash, operation.name?.value ?? "", JSON.stringify(given)].join("\n");
}
