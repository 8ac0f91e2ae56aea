// The file of trusted documents, in the three forms that clients' tools write: `etna documents` an object of SHA-256 and
// text, graphql-codegen's client-preset the same with `sha256:` before each hash, and Apollo a manifest with a list.

import { readFileSync } from "node:fs";
import { z } from "zod";
import { isMapping } from "../codec/mapping.js";

const APOLLO_FORMAT = "apollo-persisted-query-manifest";

const apolloManifest = z.object({
  format: z.literal(APOLLO_FORMAT),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string(), body: z.string() })),
});

type Entries = readonly (readonly [id: string, text: unknown])[];

/** By SHA-256 in hexadecimal. What is wrong goes to `faults`, and then there are none. */
export function readDocuments(path: string, faults: string[]): ReadonlyMap<string, string> {
  const fault = (what: string) => {
    faults.push(`trustedDocuments: ${path} ${what}; write it with: etna documents FILES > ${path}`);
    return new Map<string, string>();
  };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return fault(error instanceof SyntaxError ? "is not JSON" : "can't be read");
  }
  if (!isMapping(value)) return fault("is not a JSON object");
  const entries = entriesOf(value);
  if (entries === null) return fault(`says that it is an ${APOLLO_FORMAT}, but is none of version 1`);
  const documents = new Map<string, string>();
  for (const [id, text] of entries) {
    const hash = id.replace(/^sha256:/, "");
    if (!/^[0-9a-f]{64}$/.test(hash) || typeof text !== "string")
      return fault(`holds "${id.slice(0, 71)}", which is no SHA-256 with its document`);
    documents.set(hash, text);
  }
  return documents;
}

/** Null for a manifest of Apollo's that can't be read. */
function entriesOf(value: object): Entries | null {
  if (!("format" in value)) return Object.entries(value);
  const manifest = apolloManifest.safeParse(value);
  return manifest.success ? manifest.data.operations.map(({ id, body }) => [id, body]) : null;
}
