// Puts a `notify` block into the text of a definition: only that block's bytes change. The places come from the parser's
// own walk through the text, and the outcome is parsed again and compared, so that a mistake is a refusal and no other job.

import { isDeepStrictEqual } from "node:util";
import yaml from "js-yaml";
import { InputRefused } from "../../errors.js";
import { isMapping } from "../../codec/mapping.js";
import type { Mapping } from "../../codec/mapping.js";
import { DEFINITION_SCHEMA, isWithinBounds } from "./definition-yaml.js";
import { toTree } from "./notify.js";
import type { NotifyBlock, Tree } from "./notify.js";

const KEY = /^(?:notify|"notify"|'notify')[ \t]*:(?=\s|$)/;
const BOM = "\ufeff";

/**
 * The definition with this block in the place of its own, or at its end. Comments inside the old block go with it; all
 * other bytes stay. Throws `InputRefused` for a text that is no YAML mapping, or that can't be edited safely.
 */
export function withNotify(definition: string, block: NotifyBlock): string {
  const notify = toTree(block);
  const bom = definition.startsWith(BOM) ? BOM : "";
  const text = definition.slice(bom.length);
  const root = parse(text);
  const edited = root.flow === null ? editBlock(text, root, notify) : editFlow(text, root, root.flow, notify);
  if (!isSame(root.value, edited, notify))
    throw refused("its notify block can't be changed without touching the rest, such as an anchor inside it");
  return bom + edited;
}

/** A key or a value of the topmost mapping, in the order of the text. */
interface Part {
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
}

interface Root {
  readonly value: Mapping;
  readonly entries: readonly { readonly key: Part; readonly value: Part }[];
  /** Where the mapping's `{` stands; null for block style. */
  readonly flow: number | null;
}

function parse(text: string): Root {
  const [parts, inner]: readonly [Part[], Part[]] = [[], []];
  const starts: number[] = [];
  let value: unknown;
  try {
    value = yaml.load(text, {
      schema: DEFINITION_SCHEMA,
      json: true,
      listener: (event, { position, result }) => {
        if (event === "open") {
          starts.push(position);
          return;
        }
        const start = starts.pop() ?? 0;
        const part = { start, end: position, value: result as unknown };
        if (starts.length === 1) parts.push(part);
        if (starts.length === 2) inner.push(part);
      },
    });
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error;
    const line = (error.mark as { line: number } | undefined)?.line;
    throw refused(`it is not one YAML document: ${error.reason}${line === undefined ? "" : `, line ${line + 1}`}`);
  }
  if (!isMapping(value)) throw refused("it is no YAML mapping");
  if (!isWithinBounds(value)) throw refused("its aliases stand for too much");
  // The parser takes a mapping in flow style for the first key of one in block style until no colon follows.
  const [only, ...more] = parts;
  const isFlow = only !== undefined && more.length === 0 && text[only.start] === "{";
  return { value, entries: toEntries(isFlow ? inner : parts), flow: isFlow ? only.start : null };
}

function toEntries(parts: readonly Part[]): Root["entries"] {
  return parts.flatMap((key, at) => {
    const value = parts[at + 1];
    return at % 2 === 0 && value !== undefined ? [{ key, value }] : [];
  });
}

function editFlow(text: string, root: Root, brace: number, notify: Tree): string {
  const json = JSON.stringify(notify);
  const old = own(root);
  if (old !== undefined) return text.slice(0, old.value.start) + json + text.slice(old.value.end);
  const comma = Object.keys(root.value).length === 0 ? "" : ", ";
  return `${text.slice(0, brace + 1)}"notify": ${json}${comma}${text.slice(brace + 1)}`;
}

function editBlock(text: string, root: Root, notify: Tree): string {
  const { entries } = root;
  const firstKey = entries[0]?.key.start ?? 0;
  const indent = text.slice(lineStart(text, firstKey), firstKey);
  if (indent.trim() !== "") throw refused("its first key does not begin a line");
  const [eol = "\n"] = /\r\n|\n|\r/.exec(text) ?? [];
  const block = toLines({ notify }, "")
    .map((line) => `${indent}${line}${eol}`)
    .join("");
  const old = own(root);
  if (old !== undefined) {
    const start = lineStart(text, old.key.start);
    if (text.slice(start, old.key.start) !== indent || !KEY.test(text.slice(old.key.start)))
      throw refused("write its key notify plainly, at the beginning of a line");
    const next = entries.find(({ key }) => key.start > old.key.start);
    const stop = next === undefined ? documentEnd(text, start) : lineStart(text, next.key.start);
    const end = start + ownLines(text.slice(start, stop), indent.length);
    const last = /[\r\n]$/.test(text.slice(start, end)) ? block : block.slice(0, -eol.length);
    return text.slice(0, start) + last + text.slice(end);
  }
  const end = documentEnd(text, firstKey);
  // After a last line without its end, a block scalar would get one more line break than it had.
  const at = /[\r\n]$/.test(text.slice(0, end)) ? end : lineStart(text, firstKey);
  return text.slice(0, at) + block + text.slice(at);
}

/** The block's own key and value; a merge key may bring one that has no place in this mapping. */
function own({ entries, value }: Root): Root["entries"][number] | undefined {
  const [first, ...others] = entries.filter(({ key }) => key.value === "notify");
  const isMerged = entries.some(({ key }) => key.value === "<<");
  if (first === undefined && Object.hasOwn(value, "notify") && !isMerged)
    throw refused("write its key notify plainly, at the beginning of a line");
  if (others.length > 0) throw refused("it has the key notify twice");
  return first;
}

function lineStart(text: string, position: number): number {
  return Math.max(text.lastIndexOf("\n", position - 1), text.lastIndexOf("\r", position - 1)) + 1;
}

/** Where the document ends: at its end mark after `from`, or with the text. */
function documentEnd(text: string, from: number): number {
  const mark = /^(?:\.\.\.|---)(?=\s|$)/gm;
  mark.lastIndex = from;
  return mark.exec(text)?.index ?? text.length;
}

/** Length of the block in its region: blank lines and comments after it, as far left as its key, belong to what follows. */
function ownLines(region: string, column: number): number {
  const lines = region.split(/(?<=\n|\r(?!\n))/);
  const isOthers = (line: string) =>
    /^\s*$/.test(line) || (line.search(/\S/) <= column && line.trimStart().startsWith("#"));
  const last = lines.findLastIndex((line) => !isOthers(line));
  return lines.slice(0, last + 1).join("").length;
}

/** Block style YAML; each line without its end. */
function toLines(value: Tree, indent: string): string[] {
  if (typeof value === "string") return [`${indent}${toScalar(value)}`];
  if (isList(value)) {
    return value.flatMap((item) => {
      const [first = "", ...rest] = toLines(item, `${indent}  `);
      return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
    });
  }
  return Object.entries(value).flatMap(([key, member]) =>
    typeof member === "string"
      ? [`${indent}${toScalar(key)}: ${toScalar(member)}`]
      : [`${indent}${toScalar(key)}:`, ...toLines(member, `${indent}  `)],
  );
}

function isList(value: Tree): value is readonly Tree[] {
  return Array.isArray(value);
}

/** Plain where every YAML, old and new, reads text; otherwise in double quotes, where JSON's escapes are YAML's. */
function toScalar(text: string): string {
  return /^[A-Za-z][A-Za-z_-]*$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

function isSame(before: Mapping, edited: string, notify: Tree): boolean {
  let after: unknown;
  try {
    after = yaml.load(edited, { schema: DEFINITION_SCHEMA, json: true });
  } catch (error) {
    if (error instanceof yaml.YAMLException) return false;
    throw error;
  }
  if (!isMapping(after) || !isWithinBounds(after)) return false;
  const others = (mapping: Mapping) => Object.entries(mapping).filter(([key]) => key !== "notify");
  return isDeepStrictEqual(others(before), others(after)) && isDeepStrictEqual(after.notify, notify);
}

function refused(why: string): InputRefused {
  return new InputRefused("definition", `notify can't be added: ${why}. Write the block into the definition yourself`);
}
