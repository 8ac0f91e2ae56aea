// How refusals are shown over all transports: limits by their own code, and no guesses where those are off.

import { GraphQLError } from "graphql";
import type { GraphQLFormattedError } from "graphql";
import { nameTokenLimit } from "./limits.js";

const GUESS = "Did you mean ";
/** A quoted text in a message, such as a value that a client sent. */
const QUOTED_MAX_CHARACTERS = 100;
const MESSAGE_MAX_CHARACTERS = 2_000;

/** What a GraphQL error of ours or the library's looks like to a client. */
export function showRefusal(formatted: GraphQLFormattedError, suggestions: boolean): GraphQLFormattedError {
  const { extensions, message } = formatted;
  // Apollo gives every refusal of a stage the same code.
  if (typeof extensions?.["limit"] === "string")
    return { ...formatted, extensions: { ...extensions, code: "LIMIT_EXCEEDED" } };
  const named = nameTokenLimit(message);
  if (named !== null) return named.toJSON();
  return { ...formatted, message: toShown(message, suggestions) };
}

/** The error with the code of its stage, or its own where it has reached a limit. */
export function withStageCode(code: string, error: GraphQLError, suggestions: boolean): GraphQLError {
  const named = nameTokenLimit(error.message);
  if (named !== null) return named;
  if (error.extensions["code"] === "LIMIT_EXCEEDED") return error;
  const { nodes, source, positions } = error;
  const place = { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null };
  return new GraphQLError(toShown(error.message, suggestions), {
    ...place,
    extensions: { code },
  });
}

/** GraphQL's messages repeat the client's own text, however long it is: each step here takes as long as the message. */
function toShown(message: string, suggestions: boolean): string {
  const short = shortenQuoted(suggestions ? message : withoutGuess(message));
  return short.length <= MESSAGE_MAX_CHARACTERS ? short : `${short.slice(0, MESSAGE_MAX_CHARACTERS)}…`;
}

/** `Did you mean …?` tells names to somebody who may not ask for the schema. */
function withoutGuess(message: string): string {
  const [first = "", ...guesses] = message.split(GUESS);
  const kept = [first];
  for (const guess of guesses) {
    const end = guess.indexOf("?");
    if (end < 0) kept.push(GUESS + guess);
    else kept.push((kept.pop() ?? "").trimEnd(), guess.slice(end + 1));
  }
  return kept.join("");
}

/** Cuts each text between double quotes; an escaped quote does not end it. */
function shortenQuoted(message: string): string {
  if (message.length <= QUOTED_MAX_CHARACTERS) return message;
  const kept: string[] = [];
  let from = 0;
  for (let start = message.indexOf('"'); start >= 0; start = message.indexOf('"', from)) {
    let end = start + 1;
    while (end < message.length && message[end] !== '"') end += message[end] === "\\" ? 2 : 1;
    if (end >= message.length) break;
    const quoted = message.slice(start + 1, end);
    const isLong = quoted.length > QUOTED_MAX_CHARACTERS;
    kept.push(message.slice(from, start + 1), isLong ? `${quoted.slice(0, QUOTED_MAX_CHARACTERS)}…` : quoted, '"');
    from = end + 1;
  }
  return kept.join("") + message.slice(from);
}
