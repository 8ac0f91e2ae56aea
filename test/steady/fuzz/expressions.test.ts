// Every regular expression of the program takes time in proportion to the text, whatever the text is. Recheck proves it
// from the expression itself (an automaton), or looks for an attack and counts the steps of its own matcher: no clock.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { checkSync } from "recheck";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { usualLine } from "../../../src/lava/client/log/log-search.js";

// No child process, and no other program than the one in the package.
process.env["RECHECK_SYNC_BACKEND"] = "pure";

const SRC = join(import.meta.dirname, "../../../src");
/** Made of texts in the source, which are checked where they stand. */
const COMPOSED = [
  // Checked below: made of classes of characters, whatever is searched for.
  "lava/client/log/log-search.ts",
  "lava/model/custom-query.ts",
  "sandbox/cuirass/file-routes.ts",
  "sandbox/lava/rest.ts",
];

interface Expression {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

/** The literals of a file, and whether it makes others while it runs. */
function expressionsIn(file: string): { readonly literals: readonly Expression[]; readonly composes: boolean } {
  const literals: Expression[] = [];
  let composes = false;
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      literals.push({ file, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    } else if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === "RegExp") {
      composes = true;
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(join(SRC, file), "utf8"), ts.ScriptTarget.Latest, true));
  return { literals, composes };
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file))
  .sort();
const found = files.map((file) => ({ file, ...expressionsIn(file) }));
const attackOn = ({ source, flags }: Pick<Expression, "source" | "flags">): string | null => {
  const check = () => checkSync(source, flags, { timeout: null });
  let result = check();
  // What it has guessed, not proved, is now and then wrong: it must be found three times.
  for (let more = 2; more > 0 && result.status === "vulnerable" && result.checker === "fuzz"; more -= 1)
    result = check();
  if (result.status === "safe") return null;
  return result.status === "vulnerable"
    ? `${result.complexity.summary}, e.g. ${result.attack.pattern}`
    : `not decided: ${result.error.kind}`;
};

describe("regular expressions of the program", () => {
  test("are found", () => {
    expect(found.flatMap(({ literals }) => literals).length).toBeGreaterThan(100);
  });

  test.each([
    ["a run that is tried from each of its places", "\\s*Did you mean [^?]*\\?", "g"],
    ["a start that is found again and again before its end", "<h2>(.*?)<\\/h2>", "s"],
    ["two runs that share a character", "^(\\d+\\.?\\d*)$", ""],
  ])("would not pass with %s", (_, source, flags) => {
    expect(attackOn({ source, flags })).toMatch(/polynomial/);
  });

  const withLiterals = found.filter(({ literals }) => literals.length > 0);
  test.each(withLiterals)("take time in proportion to the text in $file", ({ literals }) => {
    for (const literal of literals)
      expect({ ...literal, attack: attackOn(literal) }).toEqual({ ...literal, attack: null });
  });

  test.each(["error", "u001b", "\\", "\n", "Größe", ""])(
    "for a search of %j in a log take time in proportion",
    (text) => {
      for (const plain of [true, false]) expect(attackOn(usualLine(text, plain))).toBeNull();
    },
  );

  test("are composed at run time only where that is known", () => {
    expect(found.filter(({ composes }) => composes).map(({ file }) => file)).toEqual(COMPOSED);
  });
});
