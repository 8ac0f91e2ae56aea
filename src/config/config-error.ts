// What is wrong with a configuration, in words for who wrote it.

import type { z } from "zod";

/** Everything that is wrong with the configuration, a line each: key, fault, example. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(readonly faults: readonly string[]) {
    super(
      `the configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n${faults.map((fault) => `  ${fault}`).join("\n")}`,
    );
  }
}

/** @param examples by the path of a key, without the places in lists. */
export function toFault(issue: z.core.$ZodIssue, examples: Readonly<Record<string, string>>): string {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const where = path.length === 0 ? "" : `${path.join(".")}: `;
    return `${where}unknown ${issue.keys.length === 1 ? "key" : "keys"} ${issue.keys.join(", ")}; see docs/configuration.md`;
  }
  const example = examples[path.filter((part) => !/^\d+$/.test(part)).join(".")];
  return `${path.join(".")}: ${describeFault(issue)}${example === undefined ? "" : `; e.g. ${example}`}`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
};

/** In our own words where zod's are those of its types. */
function describeFault(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return issue.origin === "string" ? "must not be empty" : `must be at least ${issue.minimum}`;
    case "too_big":
      return `must be at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}
