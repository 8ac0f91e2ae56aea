// A line of a log as people read it.

import { toPlainText, toTerminalText } from "../../codec/terminal-text.js";
import type { LogLevel } from "../generated/graphql.js";
import { coloured, hasColours } from "./streams.js";

const COLOURS: Partial<Readonly<Record<LogLevel, number>>> = {
  ERROR: 31,
  EXCEPTION: 31,
  WARNING: 33,
  INPUT: 36,
  RESULTS: 32,
  DEBUG: 90,
};

/** Cleaned by itself, so that a carriage return in it does not go back over what stands before it. */
export function logLineText(text: string, level: LogLevel | null | undefined, stream: NodeJS.WriteStream): string {
  const clean = hasColours(stream) ? toTerminalText(text) : toPlainText(text);
  return coloured(clean, level == null ? undefined : COLOURS[level], stream);
}
