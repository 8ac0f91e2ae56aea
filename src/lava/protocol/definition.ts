// What a test job's definition says about what it runs (LAVA's documentation, "Writing a job definition").
// The text is YAML by any submitter, so everything in it is bounded.

import yaml from "js-yaml";
import { isMapping } from "../../codec/mapping.js";
import { DEFINITION_MAX_BYTES, DEFINITION_SCHEMA, collectStrings } from "./definition-yaml.js";
import type { KeyedText } from "./definition-yaml.js";

/** The parts of a definition that other systems can be found by. */
export interface JobDefinition {
  /** `job_name`. */
  readonly name: string | null;
  /** The block `metadata`: scalars as they are written, lists and mappings as JSON. */
  readonly metadata: ReadonlyMap<string, string>;
  /** What `actions` fetch or mention: each text under a key `url`, each http, https or file URL; once each, in order. */
  readonly urls: readonly string[];
  /** Each `/gnu/store/HASH-NAME` that begins a path anywhere in the definition; once each, in order. */
  readonly storePaths: readonly string[];
  /** Each whole commit hash that `actions` hold under a key `revision`, `branch` or `commit`; once each, in order. */
  readonly revisions: readonly string[];
  /** `public`, `personal`, or `group: NAME, NAME`; null where the definition is silent. */
  readonly visibility: string | null;
  /** The block `notify`, its scalars as text; undefined where there is none. May hold callback tokens. */
  readonly notify: unknown;
  /** What the server noted in a node's definition of its multinode job; undefined in other definitions. */
  readonly multinode: MultinodeNote | undefined;
}

/** The block `protocols: lava-multinode:` of one node, as LAVA writes it when it splits a multinode definition. */
export interface MultinodeNote {
  /** The group's mark, a UUID. */
  readonly targetGroup: string;
  readonly role: string | null;
  /** How many nodes the group has; 1 where it is not said. */
  readonly size: number;
}

/** Reads a definition; null when it is no YAML, no mapping, over 2 MiB, or grows beyond bounds through its aliases. */
export function readDefinition(text: string): JobDefinition | null {
  const definition = parseYaml(text);
  if (!isMapping(definition)) return null;
  const strings = collectStrings(definition);
  if (strings === null) return null;
  const actions = collectStrings(definition.actions) ?? [];
  return {
    name: toText(definition.job_name),
    metadata: toMetadata(definition.metadata),
    urls: unique(actions.flatMap(toUrls)),
    revisions: unique(
      actions.flatMap(({ key, text }) => (REVISION_KEY.test(key ?? "") && COMMIT.test(text) ? [text] : [])),
    ),
    storePaths: unique(strings.flatMap(({ text }) => text.match(STORE_PATH) ?? [])),
    visibility: toVisibility(definition.visibility),
    notify: definition.notify,
    multinode: toMultinode(definition.protocols),
  };
}

// The store's own alphabet has no e, o, t, u.
const STORE_PATH = /\/gnu\/store\/[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]+/g;
const REVISION_KEY = /^(?:revision|branch|commit)$/;
const COMMIT = /^[0-9a-f]{40}$/;
const URL_TEXT = /\b(?:https?|file):\/\/[^\s"'<>`]+/g;

function parseYaml(text: string): unknown {
  if (Buffer.byteLength(text) > DEFINITION_MAX_BYTES) return null;
  try {
    // LAVA's own parser lets the last of two equal keys win; so does `json`.
    return yaml.load(text, { schema: DEFINITION_SCHEMA, json: true });
  } catch {
    return null;
  }
}

function toUrls({ key, text }: KeyedText): string[] {
  if (key === "url" && text !== "") return [text];
  return (text.match(URL_TEXT) ?? []).map(withoutPunctuation);
}

/** What ends the sentence around a URL is hardly part of it. */
function withoutPunctuation(url: string): string {
  let end = url.length;
  while (".,;:!?)]}".includes(url.charAt(end - 1))) end--;
  return url.slice(0, end);
}

function toMetadata(block: unknown): ReadonlyMap<string, string> {
  if (!isMapping(block)) return new Map();
  return new Map(Object.entries(block).map(([name, value]) => [name, toMetadataText(value)]));
}

/** A scalar as it is; a key without value is empty text; lists and mappings as JSON. */
export function toMetadataText(value: unknown): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A scalar or a list of scalars; null for a deeper value. A key without value is empty text. */
function toText(value: unknown): string | null {
  if (value === undefined) return null;
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return null;
  const items = value.map((item: unknown) => (typeof item === "object" && item !== null ? null : toText(item)));
  return items.includes(null) ? null : items.join(", ");
}

function toMultinode(protocols: unknown): MultinodeNote | undefined {
  const note = isMapping(protocols) ? protocols["lava-multinode"] : undefined;
  if (!isMapping(note)) return undefined;
  const targetGroup = toText(note.target_group);
  if (!targetGroup) return undefined;
  const size = toText(note.group_size) ?? "";
  return { targetGroup, role: toText(note.role), size: /^\d{1,4}$/.test(size) ? Number(size) : 1 };
}

function toVisibility(value: unknown): string | null {
  if (!isMapping(value)) return value === null ? null : toText(value);
  const groups = toText(value.group);
  return groups === null ? JSON.stringify(value) : `group: ${groups}`;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
