// Parses a document within its limit of tokens, comments included: GraphQL's own count leaves those out, though each is a
// token that its reader makes and keeps.

import { parse } from "graphql";
import type { DocumentNode } from "graphql";
import { limitError } from "./limits.js";

/** Throws `GraphQLError`. */
export function parseWithin(text: string, maxTokens: number): DocumentNode {
  if (hasMoreComments(text, maxTokens)) {
    throw limitError({
      limit: "query.tokens",
      asked: maxTokens + 1,
      allowed: maxTokens,
      message: `the document has more than ${maxTokens} comments, which count as tokens; leave them out`,
    });
  }
  return parse(text, { maxLexicalTokens: maxTokens });
}

/** Steps over strings, in which `#` begins none; whatever is wrong with the document is the parser's to say. */
function hasMoreComments(text: string, max: number): boolean {
  const marks = /#|"(?:"")?/g;
  let count = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === "#") {
      count += 1;
      if (count > max) return true;
    }
    marks.lastIndex = endOf(text, mark[0], marks.lastIndex);
  }
  return false;
}

/** Where what begins with this mark has ended. */
function endOf(text: string, mark: string, from: number): number {
  if (mark === '"""') {
    let end = text.indexOf(mark, from);
    while (end > 0 && text[end - 1] === "\\") end = text.indexOf(mark, end + 1);
    return end < 0 ? text.length : end + mark.length;
  }
  // A string that has no end ends with its line, as a comment does.
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === "\n" || character === "\r") return at + 1;
    if (mark === "#") continue;
    if (character === mark) return at + 1;
    if (character === "\\") at += 1;
  }
  return text.length;
}
