// A file that a command is given, or `-` for standard input.

import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { CommandError, EXIT } from "../exit.js";

/** Its text. Throws `CommandError` where it can't be read, or is no UTF-8. */
export function readInput(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new CommandError(`${file} can't be read (${code})`, EXIT.usage);
  }
  if (!isUtf8(bytes)) throw new CommandError(`${file} is not UTF-8 text; nothing was sent`, EXIT.usage);
  return bytes.toString("utf8");
}
