// One line of a log.

import { memo } from "react";
import { clock, grouped } from "../format.js";
import { marked, toPieces } from "./escapes.js";
import type { Line } from "./windows.js";

interface LineProps {
  readonly number: number;
  /** Null while it is on its way. */
  readonly line: Line | null;
  readonly selected: boolean;
  readonly active: boolean;
  readonly needle: string;
  readonly utc: boolean;
}

export const LineRow = memo(function LineRow({ number, line, selected, active, needle, utc }: LineProps) {
  const classes = ["ln", kindOf(line), selected && "sel", active && "at"].filter(Boolean).join(" ");
  return (
    <div className={classes} data-line={number}>
      <span className="n" data-n={number}>
        {grouped(number)}
      </span>
      <time>{line?.time == null ? "" : clock(new Date(line.time), new Date(line.time), utc)}</time>
      <span>{line === null ? <span className="wait">…</span> : <LineText text={line.text} needle={needle} />}</span>
    </div>
  );
});

/** With its colours; what is looked for is marked. */
export function LineText({ text: raw, needle = "" }: { readonly text: string; readonly needle?: string }) {
  return marked(toPieces(raw), needle).map(({ text, classes, mark }, at) =>
    mark ? (
      <mark key={at}>{text}</mark>
    ) : classes === "" ? (
      text
    ) : (
      <span key={at} className={classes}>
        {text}
      </span>
    ),
  );
}

function kindOf(line: Line | null): string {
  if (line === null) return "";
  if (line.result != null) return line.result.result === "FAIL" ? "res err" : "res";
  switch (line.level) {
    case "ERROR":
    case "EXCEPTION":
      return "err";
    case "DEBUG":
      return "dbg";
    case "INFO":
      return "info";
    case "INPUT":
      return "input";
    case "RESULTS":
      return "res";
    default:
      return "";
  }
}
