// A log line as PyYAML may write it: tags of Python's types, aliases, sets, tuples (lava.md, section 5). LAVA up to 2020.07
// wrote measurements as `!!python/object/apply:decimal.Decimal ["2.50"]`, and logs are never rewritten.

import yaml from "js-yaml";
import { DEFINITION_SCHEMA, isWithinBounds } from "./definition-yaml.js";
import { isMapping } from "../../codec/mapping.js";

/** YAML that a log line may be; longer ones are shown raw. LAVA cuts what it writes at 100,000 characters. */
const YAML_MAX_CHARACTERS = 200_000;

const anyTag = (kind: "scalar" | "sequence" | "mapping", construct: (value: unknown) => unknown) =>
  new yaml.Type("", { kind, multi: true, construct });

/** Scalars stay text, lists lists, mappings mappings, whatever their tag; what a constructor is applied to stands for it. */
const SCHEMA = DEFINITION_SCHEMA.extend({
  explicit: [
    new yaml.Type("tag:yaml.org,2002:python/object/apply:", {
      kind: "sequence",
      multi: true,
      construct: (value: readonly unknown[] | null) => (value?.length === 1 ? value[0] : value),
    }),
    anyTag("scalar", (value) => value ?? ""),
    anyTag("sequence", (value) => value ?? []),
    anyTag("mapping", (value) => value ?? {}),
  ],
});

/** The mapping of one list item; null when it is none, or aliases make it too large to be shown. */
export function parseYamlItem(text: string): Readonly<Record<string, unknown>> | null {
  if (text.length > YAML_MAX_CHARACTERS) return null;
  try {
    const value = yaml.load(text, { schema: SCHEMA, json: true });
    return isMapping(value) && isWithinBounds(value) ? value : null;
  } catch {
    return null;
  }
}
