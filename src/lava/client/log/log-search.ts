// Which lines of a test job's log a search need not parse: what a line says can mostly be told from how LAVA writes it.
// Its test: test/lava/client/log/log-search.test.ts.

import { LogLevel } from "../../../ci/enums.js";
import type { LineSearch } from "../../../ci/log.js";
import { toEnum } from "../../protocol/enums.js";

/** Letters as JSON escapes them in two characters. */
const SHORT_ESCAPES: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ["\\\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
];
const CONTROL = /\p{Cc}/u;
const ASCII_ONLY = /^\p{ASCII}*$/u;

/**
 * Whether a line as LAVA writes it may be one that is searched for. True where only parsing it tells: a message that is no
 * text, another form, escapes that may stand for what is searched for.
 */
export function rawLineTest({ levels, contains, plain }: Omit<LineSearch, "end">): (line: string) => boolean {
  const usual = usualLine(contains ?? "", plain);
  const isWanted = new Map<string, boolean>();
  const hasLevel = (word: string) => {
    let wanted = isWanted.get(word);
    if (wanted === undefined) {
      wanted = levels === null || levels.includes(toEnum(LogLevel, word));
      if (isWanted.size < 100) isWanted.set(word, wanted);
    }
    return wanted;
  };
  return (line) => {
    if (contains !== null && levels === null) return line.toLowerCase().includes(contains) || !usual.test(line);
    const level = usual.exec(line)?.[1];
    if (level === undefined) return true;
    return hasLevel(level) && (contains === null || line.toLowerCase().includes(contains));
  };
}

/**
 * A line of the usual form that is surely taken as JSON, and whose message holds this text only where the line itself does:
 * no escape in it stands for a letter of the text.
 */
export function usualLine(text: string, plain: boolean): RegExp {
  // The lower case of some letters depends on their neighbours, which an escape hides.
  const isAscii = ASCII_ONLY.test(text);
  const short = SHORT_ESCAPES.filter(([, letter]) => isAscii && !text.includes(letter)).filter(
    // A terminal shows these; the others change what is shown.
    ([, letter]) => !plain || !CONTROL.test(letter) || letter === "\n" || letter === "\t",
  );
  const escapes = short.map(([written]) => written);
  const classes = escapes.length === 0 ? [] : [`[${escapes.join("")}]`];
  if (isAscii && !plain && !CONTROL.test(text)) classes.push("u00[01][0-9a-f]");
  const letters = plain ? "[ !#-[\\]-~\\u00a0-\\uffff]" : "[ !#-[\\]-\\uffff]";
  const escaped = classes.length === 0 ? "" : `(?:\\\\(?:${classes.join("|")})${letters}*)*`;
  const value = `"${letters}*${escaped}"`;
  return new RegExp(`^- \\{"dt": "[\\w:.+-]*", "lvl": "([a-z]+)", "msg": ${value}(?:, "ns": "${letters}*")?\\}$`);
}
