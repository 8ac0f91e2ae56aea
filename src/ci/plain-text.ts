// A device's output as people want to read it: without what only a terminal understands.

/**
 * Escape sequences of ECMA-48: control sequences, such as colours, also one that the line's end cuts; strings, such as a
 * window's title; character sets and other short ones. Then what is left of C0 and C1, but tab and line feed.
 * Not Node's `stripVTControlCharacters`, which takes seconds for a line of `ESC ;#;#;#` and so on. Here no two neighbouring
 * parts share a character, so a line takes as long as it is long.
 */
const UNPRINTABLE =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|$)|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b(?:[ -/]+[0-~]|[\dA-PR-TZcf-nqrty=><~])|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** The text without escape sequences (ECMA-48) and other control characters; tabs and line feeds stay. */
export function toPlainText(text: string): string {
  return text.replace(UNPRINTABLE, "");
}
