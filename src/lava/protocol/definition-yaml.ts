// The YAML of definitions as LAVA reads it, and how large it may be. By itself, so that the types of Etna's package need
// none of js-yaml's.

import yaml from "js-yaml";

/** Largest definition that is read, in bytes of UTF-8. */
export const DEFINITION_MAX_BYTES = 2 * 1024 * 1024;
// A few bytes of aliases can stand for billions of nodes, or for one that holds itself.
const EXPANDED_MAX_NODES = 200_000;
const EXPANDED_MAX_CHARACTERS = 4 * DEFINITION_MAX_BYTES;

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

/** Whether a parsed structure can be walked: its aliases don't stand for more than what a definition may hold. */
export function isWithinBounds(root: unknown): boolean {
  return collectStrings(root) !== null;
}

export interface KeyedText {
  readonly key: string | null;
  readonly text: string;
}

/** Every text in a structure, in its order, with the key that holds it; null when the structure is beyond bounds. */
export function collectStrings(root: unknown): KeyedText[] | null {
  const strings: KeyedText[] = [];
  const waiting: { readonly key: string | null; readonly value: unknown }[] = [{ key: null, value: root }];
  let nodes = 0;
  let characters = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { key, value } = next;
    if (typeof value === "string") {
      characters += value.length;
      strings.push({ key, text: value });
    } else if (typeof value === "object" && value !== null) {
      const members = Array.isArray(value)
        ? value.map((item: unknown) => ({ key, value: item }))
        : Object.entries(value).map(([key, member]) => ({ key, value: member as unknown }));
      characters += members.reduce((sum, member) => sum + (member.key?.length ?? 0), 0);
      nodes += members.length;
      if (nodes > EXPANDED_MAX_NODES) return null;
      for (const member of members.reverse()) waiting.push(member);
    }
    if (characters > EXPANDED_MAX_CHARACTERS) return null;
  }
  return strings;
}
