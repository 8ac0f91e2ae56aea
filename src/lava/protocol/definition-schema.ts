// The YAML of definitions as LAVA reads it. By itself, so that the types of Etna's package need none of js-yaml's.

import yaml from "js-yaml";

// Scalars stay text as written: a commit of digits only, `1.10` and `0123` would not survive the way through a double.
export const DEFINITION_SCHEMA = yaml.FAILSAFE_SCHEMA.extend({
  implicit: [
    new yaml.Type("tag:yaml.org,2002:null", {
      kind: "scalar",
      resolve: (text: string | null) => text === null || /^(?:|~|null|Null|NULL)$/.test(text),
      construct: () => null,
    }),
    new yaml.Type("tag:yaml.org,2002:merge", { kind: "scalar", resolve: (text: string | null) => text === "<<" }),
  ],
  // YAML's standard tags, written out: `!!int "5"`. Others LAVA refuses, too.
  explicit: [
    ...["int", "float", "bool", "timestamp", "binary"].map((name) =>
      standardType(name, "scalar", (value) => value ?? ""),
    ),
    ...["omap", "pairs"].map((name) => standardType(name, "sequence", (value) => value ?? [])),
    standardType("set", "mapping", (value) => Object.keys(value ?? {})),
  ],
});

function standardType(
  name: string,
  kind: "scalar" | "sequence" | "mapping",
  construct: (value: object | string | null) => unknown,
): yaml.Type {
  return new yaml.Type(`tag:yaml.org,2002:${name}`, { kind, construct });
}
