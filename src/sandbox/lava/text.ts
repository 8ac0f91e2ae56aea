// The textual habits of a Python server: times, JSON with spaces, repr, YAML with sorted keys, Django's HTML pages.
import { dump } from "js-yaml";
import type { Micros } from "./model.js";

let lastMicros = 0;

/** The present; never the same twice, so that times order events. */
export function now(): Micros {
  const micros = Number((process.hrtime.bigint() / 1000n) % 1000n);
  lastMicros = Math.max(lastMicros + 1, Date.now() * 1000 + micros);
  return lastMicros;
}

function stamp(time: Micros, separator: string): string {
  const iso = new Date(Math.floor(time / 1000)).toISOString();
  const fraction = time % 1_000_000;
  const text = `${iso.slice(0, 10)}${separator}${iso.slice(11, 19)}`;
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(6, "0")}`;
}

/** As REST writes times: `2026-11-22T03:24:17.483416Z`. */
export const isoZ = (time: Micros): string => `${stamp(time, "T")}Z`;
/** As events and JUnit write them: `2026-11-22T03:24:17.483416+00:00`. */
export const isoOffset = (time: Micros): string => `${stamp(time, "T")}+00:00`;
/** As Python's str writes them: `2026-11-22 03:24:17.483416+00:00`. */
export const pyTime = (time: Micros): string => `${stamp(time, " ")}+00:00`;
/** Without a zone, as log lines and event frames: `2026-11-22T03:24:17.483416`. */
export const isoNaive = (time: Micros): string => stamp(time, "T");

/** A whole number whose type tag LAVA's log writer spells out: `! "576"`. */
export class TaggedNumber {
  constructor(readonly text: string) {}
}

/** JSON as Python writes it, `{"a": 1, "b": null}`; with `ascii`, other letters as `\u00e9`. */
export function pyJson(value: unknown, ascii = false): string {
  if (value instanceof TaggedNumber) return `! ${JSON.stringify(value.text)}`;
  if (Array.isArray(value)) return `[${value.map((item) => pyJson(item, ascii)).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([key, member]) => `${pyJson(key, ascii)}: ${pyJson(member, ascii)}`).join(", ")}}`;
  }
  const text = JSON.stringify(value);
  if (!ascii) return text;
  return text.replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Python's repr of plain data, as CSV exports show metadata: `{'case': 'uname', 'size': 3}`. */
export function pyRepr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") {
    const escaped = value
      .replaceAll("\\", "\\\\")
      .replaceAll("\n", "\\n")
      .replaceAll("\r", "\\r")
      .replaceAll("\t", "\\t");
    return value.includes("'") && !value.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
  }
  if (Array.isArray(value)) return `[${value.map(pyRepr).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, member]) => `${pyRepr(key)}: ${pyRepr(member)}`)
    .join(", ")}}`;
}

/** YAML as PyYAML's dump writes it: sorted keys, lists not indented, long lines whole. */
export function pyYaml(value: unknown): string {
  return dump(value, { noArrayIndent: true, sortKeys: true, noRefs: true, lineWidth: -1 });
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);
}

/** LAVA's error page: the message is in an h2. */
export function errorPage(status: number, title: string, message = ""): string {
  return `<!DOCTYPE html>
<html lang="en-us">
<head>
  <meta charset="utf-8">
  <title> | HTTP ${status} </title>
</head>
<body>
<div class="container">
<h1>${status} ${escapeHtml(title)}</h1>
${message === "" ? "" : `<h2>${escapeHtml(message)}</h2>\n<h3></h3>\n<p>\n  Oops, something has gone wrong!\n</p>`}
</div>
<div id="footer">
  <p class="text-muted text-center">LAVA 2023.01<br></p>
</div>
</body>
</html>
`;
}
