// Which lines of a log are folded: those of cases that passed. A folded line is not fetched.

import type { TestResult } from "../generated/graphql.js";

export interface CaseLines {
  readonly name: string;
  readonly result: TestResult;
  readonly startLogLine: number | null;
  readonly endLogLine: number | null;
}

export interface Fold {
  readonly first: number;
  readonly last: number;
  readonly title: string;
  readonly note: string;
}

/** Cases so close to each other are folded together. */
const GAP_LINES = 3;
/** A shorter fold saves nothing. */
const LEAST_LINES = 4;

interface Run {
  first: number;
  last: number;
  readonly names: string[];
  passed: number;
}

export function foldsOf(cases: readonly CaseLines[]): readonly Fold[] {
  const placed = cases
    .flatMap(({ name, result, startLogLine: first, endLogLine: last }) =>
      first === null || last === null || last < first ? [] : [{ name, result, first, last }],
    )
    .sort((a, b) => a.first - b.first);
  const shown = placed.filter(({ result }) => result === "FAIL" || result === "UNKNOWN");
  const runs: Run[] = [];
  for (const { name, result, first, last } of placed) {
    if (result === "FAIL" || result === "UNKNOWN") continue;
    if (shown.some((other) => other.first <= last && other.last >= first)) continue;
    const before = runs.at(-1);
    const near = before !== undefined && first - before.last <= GAP_LINES + 1;
    const parted = before !== undefined && shown.some((other) => other.first > before.last && other.first < first);
    if (near && !parted) {
      before.last = Math.max(before.last, last);
      before.names.push(name);
      before.passed += result === "PASS" ? 1 : 0;
    } else {
      runs.push({ first, last, names: [name], passed: result === "PASS" ? 1 : 0 });
    }
  }
  return runs.filter((run) => run.last - run.first + 1 >= LEAST_LINES).map(toFold);
}

function toFold({ first, last, names, passed }: Run): Fold {
  const title = names.length > 2 ? `${names[0] ?? ""} … ${names.at(-1) ?? ""}` : names.join(", ");
  const skipped = names.length - passed;
  const words = [passed > 0 && `${passed} passed`, skipped > 0 && `${skipped} skipped`].filter(Boolean).join(", ");
  return { first, last, title, note: `${words} · ${last - first + 1} lines` };
}

/**
 * The rows of the viewer: a line's number, or a fold's place as `-1 - place`. One number a row, so that 200,000 lines are
 * 800 kB.
 */
export function rowsOf(total: number, folds: readonly Fold[]): Int32Array {
  const closed = folds.filter(({ last }) => last < total);
  const hidden = closed.reduce((sum, { first, last }) => sum + last - first, 0);
  const rows = new Int32Array(Math.max(0, total - hidden));
  let row = 0;
  let line = 0;
  for (const [place, fold] of closed.entries()) {
    while (line < fold.first) rows[row++] = line++;
    rows[row++] = -1 - place;
    line = fold.last + 1;
  }
  while (line < total) rows[row++] = line++;
  return rows;
}

/** The row that shows a line, or the fold that hides it. */
export function rowOf(rows: ArrayLike<number>, folds: readonly Fold[], line: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (firstLineAt(rows, folds, middle) <= line) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function firstLineAt(rows: ArrayLike<number>, folds: readonly Fold[], row: number): number {
  const value = rows[row] ?? 0;
  return value >= 0 ? value : (folds[-1 - value]?.first ?? 0);
}
