// In which form an answer over HTTP is written, agreed from `Accept` before anything runs.

import type { IncomingMessage } from "node:http";
import Negotiator from "negotiator";

/** What one result is written as; the first is for who takes anything. */
const RESULT_TYPES = ["application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"];

/** The answer's media type, e.g. `application/json; charset=utf-8`; null when the client takes none that there is. */
export function chooseResultType({ headers: { accept } }: IncomingMessage): string | null {
  if (accept === undefined || accept === "") return RESULT_TYPES[0] ?? null;
  return new Negotiator({ headers: { accept } }).mediaType(RESULT_TYPES) ?? null;
}

/**
 * Whether a client knows of nothing but `application/json`: old ones take 400 for a server that is broken, so that they
 * get 200 for a document that can't be run, as GraphQL over HTTP has it.
 */
export function wantsJsonOnly({ headers: { accept = "" } }: IncomingMessage): boolean {
  return /^application\/json\b[^,]*$/i.test(accept);
}
