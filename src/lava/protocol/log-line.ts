// A test job's log: one YAML list item a line, JSON behind the dash except for what YAML writes in `results` lines
// (lava.md, section 5).

import { toMeasurement } from "./measurement.js";
import { toOutcome } from "./test-case.js";
import type { CaseOutcome } from "./test-case.js";
import { parseYamlItem } from "./log-yaml.js";
import { toUtc } from "./time.js";
import { fieldsOf, isMapping } from "../../codec/mapping.js";

/** What a `results` line tells about a test case. */
export interface LogResult {
  readonly suite: string;
  readonly set: string | null;
  readonly name: string;
  readonly result: CaseOutcome;
  /** Decimal text as in `CaseResult`; null when nothing was measured. */
  readonly measurement: string | null;
  readonly unit: string | null;
  /** Lines of the same log; null when LAVA knows none. */
  readonly startLine: number | null;
  readonly endLine: number | null;
  /** Place of the pipeline action, e.g. `1.1.3.2`; null for test cases proper. */
  readonly level: string | null;
}

export interface LogRecord {
  /** Counted from 0, as LAVA's `start` and `end` do. */
  readonly number: number;
  /** RFC 3339, UTC, with LAVA's microseconds; null for a line that does not decode. */
  readonly time: string | null;
  /** LAVA's word: debug, info, warning, error, exception, input, target, feedback, results, marker; else `unknown`. */
  readonly level: string;
  /** The message; a result as one line of text, any other structure as JSON. May hold ANSI escapes. */
  readonly text: string;
  readonly result: LogResult | null;
  /** Of a `feedback` line: the namespace that it comes from; null for others. */
  readonly namespace: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Decodes a line. Never throws: a line in another form has the level `unknown` and its raw text, and of one in which a key
 * can't be read the others are kept.
 */
export function decodeLogLine(line: string, number: number): LogRecord {
  const { dt, lvl, msg, ns } = parseItem(line) ?? {};
  const time = typeof dt === "string" ? toUtc(dt) : null;
  const level = typeof lvl === "string" ? lvl : "unknown";
  const result = level === "results" ? toResult(msg) : null;
  const message = msg === undefined ? line : typeof msg === "string" ? msg : JSON.stringify(msg);
  const text = result === null ? message : toText(result);
  return { number, time, level, text, result, namespace: textOf(ns) };
}

function parseItem(line: string): Fields | null {
  if (!line.startsWith("- {")) return null;
  const item = line.slice(2);
  // Only results lines come from YAML's writer; the others must not pay for the rewrite, and none for YAML's parser.
  if (!item.includes('"lvl": "results"'))
    return parseObject(item) ?? parseObject(fromYaml(item)) ?? parseYamlItem(item);
  return parseObject(fromYaml(item)) ?? parseYamlItem(item);
}

function parseObject(json: string): Fields | null {
  try {
    const value: unknown = JSON.parse(json);
    return isMapping(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * A whole string (skipped over, so that nothing inside it counts as a tag), or a tag in front of one. A string without
 * end matches too: were it tried again from each of its quotes, a line that was cut could take minutes.
 */
const STRING_OR_TAG = /"[^"\\]*(?:\\[^][^"\\]*)*(?:"|\\?$)|!(?:![a-z]+)? (?=")/g;
const ESCAPE = /\\(?:x([\da-fA-F]{2})|U([\da-fA-F]{8})|(.))/g;
const YAML_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["0", "\\u0000"],
  ["a", "\\u0007"],
  ["v", "\\u000b"],
  ["e", "\\u001b"],
  [" ", " "],
  ["N", "\\u0085"],
  ["_", "\\u00a0"],
  ["L", "\\u2028"],
  ["P", "\\u2029"],
]);

/** JSON from YAML's flow form with double quotes: `! "576"` loses its tag, YAML's own escapes become JSON's. */
function fromYaml(text: string): string {
  return text.replace(STRING_OR_TAG, (match) => {
    if (match.startsWith("!")) return "";
    return match.includes("\\") ? match.replace(ESCAPE, toJsonEscape) : match;
  });
}

function toJsonEscape(all: string, x?: string, wide?: string, char = ""): string {
  if (x !== undefined) return `\\u00${x}`;
  if (wide === undefined) return YAML_ESCAPES.get(char) ?? all;
  const point = parseInt(wide, 16);
  return point > 0x10ffff ? all : String.fromCodePoint(point);
}

function toResult(msg: unknown): LogResult | null {
  const fields = fieldsOf(msg);
  const suite = textOf(fields.definition);
  const name = textOf(fields.case);
  if (suite === null || name === null) return null;
  return {
    suite,
    set: textOf(fields.set),
    name,
    result: toOutcome(textOf(fields.result) ?? ""),
    measurement: toMeasurement(textOf(fields.measurement) ?? "")?.text ?? null,
    unit: textOf(fields.units),
    startLine: lineOf(fields.starttc),
    endLine: lineOf(fields.endtc),
    level: textOf(fields.level),
  };
}

/** `memory/memtotal: pass 187.5 MB` */
function toText({ set, name, result, measurement, unit }: LogResult): string {
  const path = set === null ? name : `${set}/${name}`;
  const measured = measurement === null ? "" : ` ${measurement}${unit === null ? "" : ` ${unit}`}`;
  return `${path}: ${result}${measured}`.replace(/\s+/g, " ");
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : null;
}

function lineOf(value: unknown): number | null {
  const text = textOf(value);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
