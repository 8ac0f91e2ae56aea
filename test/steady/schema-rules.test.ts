// The schema by the rules of graphql-eslint, recommended and Relay's; what is switched off has its reason in eslint.config.js.

import { join } from "node:path";
import { ESLint } from "eslint";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

test("the schema has no finding", async () => {
  const results = await new ESLint({ cwd: ROOT }).lintFiles("schema.graphql");
  expect(results.map(({ messages }) => messages)).toEqual([[]]);
});

test("and one that breaks a rule would have", async () => {
  const [result] = await new ESLint({ cwd: ROOT }).lintText("type Query { build_id: Int }", {
    filePath: join(ROOT, "schema.graphql"),
  });
  expect(result?.errorCount).toBeGreaterThan(0);
});
