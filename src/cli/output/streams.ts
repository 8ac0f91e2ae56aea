// What a command writes: answers on stdout, everything else on stderr. Nothing that a device or a server sent commands the
// user's terminal: escape sequences are dropped, but for colours on a terminal.

import { toPlainText, toTerminalText } from "../../codec/terminal-text.js";

type Output = NodeJS.WriteStream;

/** Whether colours may be written there: to a terminal that has them, and never with `NO_COLOR` (https://no-color.org). */
export function hasColours(stream: Output): boolean {
  return stream.isTTY && !process.env.NO_COLOR && stream.hasColors();
}

/** One line; a device's own colours stay where colours are written at all. */
export function printLine(text: string, stream: Output = process.stdout): void {
  stream.write(`${hasColours(stream) ? toTerminalText(text) : toPlainText(text)}\n`);
}

/** One JSON text in one line. Control characters that JSON leaves as they are (DEL, C1) are written as `\u009b`. */
export function printJson(value: unknown): void {
  process.stdout.write(`${toJsonLine(value)}\n`);
}

export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\x7f-\x9f]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Says on stderr what went wrong. */
export function complain(message: string): void {
  process.stderr.write(`etna: ${toPlainText(message)}\n`);
}

/** Progress, on stderr: what somebody may want to read who waits for the command. */
export function tell(message: string): void {
  printLine(message, process.stderr);
}

/** The text in this colour (an SGR code) where colours are written; in none where it has no colour. */
export function coloured(text: string, colour: number | undefined, stream: Output): string {
  return colour === undefined || !hasColours(stream) ? text : `\x1b[${colour}m${text}\x1b[0m`;
}
