// What every transport writes: one result as JSON, or several one after the other.

import type { Outcome } from "../pipeline/pipeline.js";
import type { Refusal } from "../pipeline/refusal.js";

/** A result as JSON. */
export interface Written {
  readonly json: string;
}

/** The body of a refusal, with the line feed that ends an answer. */
export function bodyOf({ errors }: Refusal): Buffer {
  return Buffer.from(`${JSON.stringify({ errors })}\n`);
}

/** An outcome as a stream, whatever it is. */
export function resultsOf(outcome: Outcome): AsyncIterator<Written> {
  if (outcome.kind === "stream") return outcome.results;
  const body = outcome.kind === "refused" ? bodyOf(outcome.refusal) : outcome.answer.body;
  // Without the line feed.
  return single(body.toString("utf8", 0, body.length - 1));
}

async function* single(json: string): AsyncGenerator<Written, undefined> {
  yield await Promise.resolve({ json });
  return undefined;
}
