// Documents that have been parsed and found valid, by their text: a thousand subscribers send the same one.

import { LRUCache } from "lru-cache";
import type { DocumentNode } from "graphql";

/** Characters of all documents together; parsed, each takes some hundred times as much memory. */
const CHARACTERS_MAX = 1_000_000;

const byOwner = new WeakMap<object, LRUCache<string, DocumentNode>>();

/** The documents that one guard has found valid; bounded, those used least lately go first. */
export function validDocumentsOf(guard: object): Pick<LRUCache<string, DocumentNode>, "get" | "set"> {
  let documents = byOwner.get(guard);
  if (documents === undefined) {
    documents = new LRUCache<string, DocumentNode>({
      maxSize: CHARACTERS_MAX,
      // One document must not push out all others.
      maxEntrySize: CHARACTERS_MAX / 20,
      sizeCalculation: (_document, text) => Math.max(1, text.length),
    });
    byOwner.set(guard, documents);
  }
  return documents;
}
