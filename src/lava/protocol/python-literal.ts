// Reads Python's repr of plain data: the metadata column of LAVA's results CSV (lava.md, section 4).
// Follows "Literals" of the Python language reference, as far as repr writes them.

import { found } from "../../codec/found.js";

/** The text is not a Python literal of plain data; the message names the offset and what was found there. */
export class PythonLiteralError extends Error {
  override readonly name = "PythonLiteralError";
}

const DEPTH_MAX = 64;
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORD = /[+-]?[A-Za-z_]+/y;
const ESCAPE = /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g;

/** The groups of `ESCAPE` and the offset of the match; of the groups one is set. */
type Escape = [octal?: string, x?: string, u4?: string, u8?: string, char?: string, offset?: number];

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["True", true],
  ["False", false],
  ["None", null],
  ...["nan", "inf", "-inf"].map((word): [string, null] => [word, null]),
]);

const ESCAPED: ReadonlyMap<string, string> = new Map([
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["\n", ""],
]);

/**
 * Str (with or without `u`), int, float, `True`, `False`, `None`, list, tuple and dict, nested at most 64 deep.
 * A tuple becomes a list; a dict an object without prototype whose keys are text; nan and inf null; an int beyond
 * 2^53 stays text. Anything else (a set, bytes, `datetime(…)`) throws `PythonLiteralError`.
 */
export function parsePythonLiteral(text: string): unknown {
  return new Reader(text).whole();
}

class Reader {
  #at = 0;

  constructor(readonly text: string) {}

  whole(): unknown {
    const value = this.#value(0);
    this.#skipBlanks();
    if (this.#at < this.text.length) throw this.#error("the end");
    return value;
  }

  #value(depth: number): unknown {
    if (depth > DEPTH_MAX) throw new PythonLiteralError(`at ${this.#at}: nested more than ${DEPTH_MAX} deep`);
    this.#skipBlanks();
    switch (this.text.charAt(this.#at)) {
      case "'":
      case '"':
        return this.#string();
      case "{":
        return this.#dict(depth);
      case "[":
        return this.#items("]", depth).items;
      case "(": {
        const { items, comma } = this.#items(")", depth);
        return items.length === 1 && !comma ? items[0] : items;
      }
      default:
        return this.#atom();
    }
  }

  #dict(depth: number): unknown {
    const dict = Object.create(null) as Record<string, unknown>;
    this.#at++;
    while (!this.#takes("}")) {
      const key = this.#value(DEPTH_MAX);
      if (!this.#takes(":")) throw this.#error('":"');
      dict[this.#keyText(key)] = this.#value(depth + 1);
      if (!this.#takes(",") && this.#next() !== "}") throw this.#error('"," or "}"');
    }
    return dict;
  }

  #items(close: "]" | ")", depth: number): { readonly items: unknown[]; readonly comma: boolean } {
    const items: unknown[] = [];
    let comma = false;
    this.#at++;
    while (!this.#takes(close)) {
      items.push(this.#value(depth + 1));
      comma = this.#takes(",");
      if (!comma && this.#next() !== close) throw this.#error(`"," or "${close}"`);
    }
    return { items, comma };
  }

  #atom(): unknown {
    const number = this.#match(NUMBER);
    if (number !== null) {
      const value = Number(number);
      if (/^[+-]?\d+$/.test(number)) return Number.isSafeInteger(value) ? value : number;
      return Number.isFinite(value) ? value : null;
    }
    const start = this.#at;
    const word = this.#match(WORD);
    if (word !== null && WORDS.has(word)) return WORDS.get(word);
    if (word?.toLowerCase() === "u" && /['"]/.test(this.text.charAt(this.#at))) return this.#string();
    this.#at = start;
    throw this.#error("a literal");
  }

  #string(): string {
    const quote = this.text.charCodeAt(this.#at);
    const start = this.#at + 1;
    let escaped = false;
    for (let end = start; end < this.text.length; end++) {
      const code = this.text.charCodeAt(end);
      if (code === 0x5c) {
        escaped = true;
        end++;
      } else if (code === quote) {
        this.#at = end + 1;
        const raw = this.text.slice(start, end);
        return escaped ? this.#unescape(raw, start) : raw;
      }
    }
    throw new PythonLiteralError(`at ${this.#at}: a string without end: ${found(this.text.slice(this.#at))}`);
  }

  #unescape(raw: string, start: number): string {
    return raw.replace(ESCAPE, (all: string, ...groups: (string | number | undefined)[]) => {
      const [octal, x, u4, u8, char = "", offset = 0] = groups as Escape;
      const at = start + offset;
      const hex = x ?? u4 ?? u8;
      if (octal === undefined && hex === undefined) {
        if (!"xuUN".includes(char)) return ESCAPED.get(char) ?? all;
        throw new PythonLiteralError(`at ${at}: expected a whole escape, found ${found(all)}`);
      }
      const point = octal === undefined ? parseInt(hex ?? "", 16) : parseInt(octal, 8);
      if (point > 0x10ffff) throw new PythonLiteralError(`at ${at}: expected a character, found ${found(all)}`);
      return String.fromCodePoint(point);
    });
  }

  #keyText(key: unknown): string {
    if (typeof key === "string") return key;
    if (typeof key === "number") return String(key);
    if (typeof key === "boolean") return key ? "True" : "False";
    if (key === null) return "None";
    throw this.#error("a plain key");
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.text)?.[0] ?? null;
    if (text !== null) this.#at += text.length;
    return text;
  }

  #takes(char: string): boolean {
    if (this.#next() !== char) return false;
    this.#at++;
    return true;
  }

  #next(): string | undefined {
    this.#skipBlanks();
    return this.text[this.#at];
  }

  #skipBlanks(): void {
    for (let code = this.text.charCodeAt(this.#at); code === 0x20 || (code >= 0x09 && code <= 0x0d);) {
      code = this.text.charCodeAt(++this.#at);
    }
  }

  #error(expected: string): PythonLiteralError {
    const rest = this.text.slice(this.#at, this.#at + 24);
    return new PythonLiteralError(
      `at ${this.#at}: expected ${expected}, found ${rest === "" ? "the end" : found(rest)}`,
    );
  }
}
