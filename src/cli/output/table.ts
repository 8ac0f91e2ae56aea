// Tables and lists of facts, for people.

import { toPlainText } from "../../codec/terminal-text.js";
import { printLine } from "./streams.js";

/** A column's cells are as wide as its longest, but no wider: what is cut ends in `…`. The last column is never cut. */
const CELL_MAX = 40;

/** A head and rows of equal length; nothing where there are no rows. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  if (rows.length === 0) return;
  const clean = [head, ...rows].map((row) =>
    row.map((cell, at) => {
      const text = toPlainText(cell).replaceAll("\n", " ");
      return at < row.length - 1 && text.length > CELL_MAX ? `${text.slice(0, CELL_MAX - 1)}…` : text;
    }),
  );
  const widths = head.map((_, at) => Math.max(...clean.map((row) => row[at]?.length ?? 0)));
  for (const row of clean)
    printLine(
      row
        .map((cell, at) => (at < row.length - 1 ? cell.padEnd(widths[at] ?? 0) : cell))
        .join("  ")
        .trimEnd(),
    );
}

/** A line for each fact that is known. */
export function printFacts(
  facts: readonly (readonly [name: string, value: string | number | null | undefined])[],
): void {
  const known = facts.filter(([, value]) => value != null && value !== "");
  const width = Math.max(...known.map(([name]) => name.length));
  for (const [name, value] of known) printLine(`${`${name}:`.padEnd(width + 2)}${String(value)}`);
}

/** `2026-11-30 08:15`, UTC; empty for none. */
export function shortTime(time: string | null | undefined): string {
  return time == null ? "" : time.slice(0, 16).replace("T", " ");
}

/** `1h05m`, `3m12s`, `40s`. */
export function shortDuration(seconds: number | null | undefined): string | null {
  if (seconds == null) return null;
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const two = (count: number) => String(count).padStart(2, "0");
  if (hours > 0) return `${hours}h${two(minutes)}m`;
  return minutes > 0 ? `${minutes}m${two(rest)}s` : `${rest}s`;
}
