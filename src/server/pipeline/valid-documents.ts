// Documents that have been parsed and found valid, by their text: a thousand subscribers send the same one.

import { LRUCache } from "lru-cache";
import type { DocumentNode } from "graphql";
import { sha256 } from "./documents.js";

/** Of all documents together, parsed. */
const BYTES_MAX = 16 * 1024 * 1024;
/** What a parsed document takes in memory for each of its tokens; measured, at most 480. */
const TOKEN_BYTES = 500;

export interface ValidDocument {
  readonly text: string;
  /** SHA-256 of the text in hexadecimal. */
  readonly hash: string;
  readonly document: DocumentNode;
}

/** Bounded: the document that was used least lately goes first. */
export class ValidDocuments {
  readonly #byHash = new Map<string, ValidDocument>();
  readonly #byText = new LRUCache<string, ValidDocument>({
    maxSize: BYTES_MAX,
    // One document must not push out all others.
    maxEntrySize: BYTES_MAX / 4,
    sizeCalculation: ({ document }, text) => TOKEN_BYTES * (document.tokenCount ?? text.length) + 2 * text.length,
    dispose: ({ hash }) => this.#byHash.delete(hash),
  });

  get(text: string): ValidDocument | undefined {
    return this.#byText.get(text);
  }

  getByHash(hash: string): ValidDocument | undefined {
    return this.#byHash.get(hash);
  }

  set(text: string, document: DocumentNode): ValidDocument {
    const valid = { text, hash: sha256(text), document };
    this.#byText.set(text, valid);
    // A large one is not kept.
    if (this.#byText.peek(text) === valid) this.#byHash.set(valid.hash, valid);
    return valid;
  }
}

const byOwner = new WeakMap<object, ValidDocuments>();

/** The documents that one guard has found valid. */
export function validDocumentsOf(guard: object): ValidDocuments {
  let documents = byOwner.get(guard);
  if (documents === undefined) {
    documents = new ValidDocuments();
    byOwner.set(guard, documents);
  }
  return documents;
}
