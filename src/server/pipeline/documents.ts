// Which document a request means: its own text, or one that is known by its hash. With trusted documents only those run;
// without, clients may have a text remembered and send its hash from then on (Apollo's automatic persisted queries).

import { createHash } from "node:crypto";
import { GraphQLError, parse, print } from "graphql";
import { LRUCache } from "lru-cache";
import { parseWithin } from "../limits/parse.js";
import { fieldsOf } from "../../codec/mapping.js";

/** Remembered texts together, in characters. */
const REMEMBERED_MAX = 8 * 1024 * 1024;

/** What a request says of its document, on whatever transport. */
export interface DocumentRequest {
  readonly query?: unknown;
  /** SHA-256 in hexadecimal, also as `sha256:…`. */
  readonly documentId?: unknown;
  readonly extensions?: unknown;
}

export interface Documents {
  /** Whether only trusted documents run. */
  readonly trusted: boolean;
  /** The text to run, or why none is. */
  readonly resolve: (request: DocumentRequest) => string | GraphQLError;
  /** The remembered texts by hash, for a transport with its own way to persisted queries. */
  readonly remembered: LRUCache<string, string>;
}

/** @param trusted by SHA-256; null lets all run. Throws `GraphQLError` for one that is no document. */
export function createDocuments(trusted: ReadonlyMap<string, string> | null, maxTokens: number): Documents {
  const remembered = new LRUCache<string, string>({
    maxSize: REMEMBERED_MAX,
    sizeCalculation: (text) => Math.max(1, text.length),
  });
  if (trusted === null) {
    return { trusted: false, remembered, resolve: (request) => resolveRemembered(remembered, request) };
  }
  const plain = new Map([...trusted.values()].map((text) => [sha256(print(parse(text))), text]));
  return {
    trusted: true,
    remembered,
    resolve: (request) => {
      const hash = readHash(request);
      if (hash !== null) return trusted.get(hash) ?? untrusted("there is no trusted document of this hash");
      const text = textOf(request);
      if (text === null) return untrusted("give `documentId`, or the text of a trusted document");
      return (
        trusted.get(sha256(text)) ?? samePlain(plain, text, maxTokens) ?? untrusted("this document is not trusted")
      );
    },
  };
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The same document in another layout; undefined for any other text. */
function samePlain(plain: ReadonlyMap<string, string>, text: string, maxTokens: number): string | undefined {
  try {
    return plain.get(sha256(print(parseWithin(text, maxTokens))));
  } catch {
    return undefined;
  }
}

function resolveRemembered(remembered: LRUCache<string, string>, request: DocumentRequest): string | GraphQLError {
  const hash = readHash(request);
  const text = textOf(request);
  if (hash === null) return text ?? refusal("BAD_REQUEST", "there is no `query`");
  if (text === null) {
    // Names and words as Apollo has them: clients answer this one by sending the text.
    return remembered.get(hash) ?? refusal("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound");
  }
  if (sha256(text) !== hash) return refusal("BAD_REQUEST", "the hash is not the SHA-256 of `query`");
  remembered.set(hash, text);
  return text;
}

/** Null for a request that names no hash. Tools that write `sha256:` before it have their clients send it, either way. */
function readHash({ documentId, extensions }: DocumentRequest): string | null {
  const { sha256Hash } = fieldsOf(fieldsOf(extensions).persistedQuery);
  const hash = typeof documentId === "string" ? documentId : sha256Hash;
  return typeof hash === "string" ? hash.replace(/^sha256:/, "") : null;
}

/** Null for none: over a WebSocket an empty text is the only way to leave it out. */
function textOf({ query }: DocumentRequest): string | null {
  return typeof query === "string" && query !== "" ? query : null;
}

function untrusted(message: string): GraphQLError {
  return refusal("DOCUMENT_NOT_TRUSTED", `${message}; this gateway runs trusted documents only`);
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
