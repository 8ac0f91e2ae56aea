// How refusals are shown over all transports: limits by their own code, and no guesses where those are off.

import { GraphQLError } from "graphql";
import type { GraphQLFormattedError } from "graphql";
import { nameTokenLimit } from "./limits.js";

const GUESS = /\s*Did you mean [^?]*\?/g;

/** What a GraphQL error of ours or the library's looks like to a client. */
export function showRefusal(formatted: GraphQLFormattedError, suggestions: boolean): GraphQLFormattedError {
  const { extensions, message } = formatted;
  // Apollo gives every refusal of a stage the same code.
  if (typeof extensions?.["limit"] === "string")
    return { ...formatted, extensions: { ...extensions, code: "LIMIT_EXCEEDED" } };
  const named = nameTokenLimit(message);
  if (named !== null) return named.toJSON();
  return suggestions ? formatted : { ...formatted, message: withoutGuess(message) };
}

/** The error with the code of its stage, or its own where it has reached a limit. */
export function withStageCode(code: string, error: GraphQLError, suggestions: boolean): GraphQLError {
  const named = nameTokenLimit(error.message);
  if (named !== null) return named;
  if (error.extensions["code"] === "LIMIT_EXCEEDED") return error;
  const { nodes, source, positions } = error;
  const place = { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null };
  return new GraphQLError(suggestions ? error.message : withoutGuess(error.message), {
    ...place,
    extensions: { code },
  });
}

/** `Did you mean …?` tells names to somebody who may not ask for the schema. */
function withoutGuess(message: string): string {
  return message.replace(GUESS, "");
}
