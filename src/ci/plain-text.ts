// A device's output as people want to read it: without what only a terminal understands.

import { stripVTControlCharacters } from "node:util";

/** C0 and C1 but tab and line feed. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The text without escape sequences (ECMA-48) and other control characters; tabs and line feeds stay. */
export function toPlainText(text: string): string {
  return stripVTControlCharacters(text).replace(CONTROL, "");
}
