// The table: for the terminal and for `bench/results.md`.

import { availableParallelism } from "node:os";
import type { Row } from "./figures/figure.js";

const HEAD = ["Figure", "Beside", "Etna", "Target", ""];

function cellsOf({ figure, beside, etna, target, reached }: Row): string[] {
  return [figure, beside, etna, target, reached ? "reached" : "NOT reached"];
}

export function toTerminal(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** @param command what gives the same table again. */
export function toMarkdown(rows: readonly Row[], command: string, runs: number): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return `# What the measuring stand showed

${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${availableParallelism()} cores. Again: \`${command}\`. Medians of ${runs} runs; ratios are of the same run.
Whole processes on loopback; the upstream takes 20 ms a request, at most 4 at a time, and 5 ms for each further call of a multicall.

${[line(HEAD), line(HEAD.map(() => "---")), ...rows.map((row) => line(cellsOf(row)))].join("\n")}
`;
}
