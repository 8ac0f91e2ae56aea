// Which answers hold a text that their asker chose: those of a viewer with a token are not compressed.

import { getOperationAST, parse } from "graphql";
import { expect, test } from "vitest";
import { holdsChosenText } from "../../../src/server/pipeline/chosen-texts.js";

function holds(text: string, answer: string, variables: Record<string, unknown> = {}, trusted = false): boolean {
  const document = parse(text);
  const operation = getOperationAST(document, "Q");
  if (operation == null) throw new Error("there is no operation Q");
  return holdsChosenText(Buffer.from(answer), { document, operation, variables }, trusted);
}

test.each<[string, boolean, string, string, Record<string, unknown>]>([
  ["nothing is chosen", false, "query Q { jobs { name } }", `{"jobs":[{"name":"secret"}]}`, {}],
  ["an alias", true, "query Q { secret: jobs { name } }", `{"secret":[]}`, {}],
  ["an alias in a fragment", true, "query Q { ...F } fragment F on Query { secret: jobs }", `{"secret":[]}`, {}],
  ["a text in the document", true, `query Q { job(name: "Secret") }`, `{"job":"the secret"}`, {}],
  ["a text in an input object", true, `query Q { job(by: { names: ["secret"] }) }`, `{"job":"secret"}`, {}],
  ["a default of a variable", true, `query Q($n: String = "secret") { job(n: $n) }`, `{"job":"secret"}`, {}],
  ["a number in the document", true, "query Q { job(id: 12345) }", `{"job":"12345"}`, {}],
  ["a variable", true, "query Q($n: String) { job(n: $n) }", `{"job":"secret"}`, { n: "secret" }],
  [
    "a text in a variable's object",
    true,
    "query Q($n: In) { job(n: $n) }",
    `{"job":"secret"}`,
    { n: { a: ["secret"] } },
  ],
  ["a text that JSON escapes", true, "query Q($n: String) { job(n: $n) }", `{"job":"say \\"secret"}`, { n: `"secret` }],
  ["a text that the answer has not", false, "query Q($n: String) { job(n: $n) }", `{"job":"other"}`, { n: "secret" }],
  ["a variable that the operation has not", false, "query Q { job }", `{"job":"secret"}`, { n: "secret" }],
  ["what is too short to be found again", false, "query Q { a: job(first: 50) }", `{"a":"50"}`, {}],
])("%s: %s", (_, expected, text, answer, variables) => {
  expect(holds(text, answer, variables)).toBe(expected);
});

test("in a trusted document only the variables are the asker's", () => {
  const text = `query Q($n: String) { mine: job(name: "secret", n: $n) }`;
  expect(holds(text, `{"mine":"secret"}`, { n: "other" }, true)).toBe(false);
  expect(holds(text, `{"mine":"secret other"}`, { n: "other" }, true)).toBe(true);
});

test("more texts than a client needs are taken for held", () => {
  const names = Array.from({ length: 300 }, (_, at) => `name${at}`);
  expect(holds("query Q($n: [String]) { job(n: $n) }", `{"job":null}`, { n: names })).toBe(true);
});
