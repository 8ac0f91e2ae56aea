// How much the JSON of a request may hold, and how deep, counted in its text: to parse half a million members takes half a
// second, in one turn of the loop, and whatever would refuse them comes after; and whoever walks ten thousand lists in lists
// runs out of stack, which is an internal error. Tested by test/server/limits/clients.test.ts.

import { GraphQLError } from "graphql";
import { limitError } from "./limits.js";

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Objects and lists in each other. No argument of the schema has ten. */
const DEPTH_MAX = 200;

/**
 * Why a text is not parsed as JSON; null when it may be. What is wrong with it otherwise is the parser's to say.
 * @param allowed members of objects and items of lists, objects and lists themselves included.
 */
export function refuseJson(text: string, allowed: number): GraphQLError | null {
  switch (excessOf(text, allowed)) {
    case "values":
      return limitError({
        limit: "jsonValues",
        asked: allowed + 1,
        allowed,
        message: `the request's JSON has more than ${allowed} members and items; ask for less at a time`,
      });
    case "depth":
      return new GraphQLError(`the request's JSON has more than ${DEPTH_MAX} objects and lists in each other`, {
        extensions: { code: "BAD_REQUEST" },
      });
    case null:
      return null;
  }
}

/** Each value but the first of an object or a list has a comma before it, and each object and list an opening bracket. */
function excessOf(text: string, allowed: number): "values" | "depth" | null {
  // Each takes a character at least.
  if (text.length <= Math.min(allowed, DEPTH_MAX)) return null;
  let count = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === COMMA || code === OPEN_BRACKET || code === OPEN_BRACE) {
      count += 1;
      if (count > allowed) return "values";
      if (code === COMMA) continue;
      depth += 1;
      if (depth > DEPTH_MAX) return "depth";
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) {
      depth -= 1;
    }
  }
  return null;
}

/** The place of the quote that ends the string whose first is at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}
