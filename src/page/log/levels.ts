// "Errors only": the lines that LAVA calls errors, from the whole log.

import { useEffect, useState } from "react";
import { plural } from "../format.js";
import type { LogAt } from "./log-at.js";
import type { Line } from "./windows.js";

const ERRORS = ["ERROR", "EXCEPTION"] as const;
const SHOWN_MAX = 1_000;

export interface OnlyLines {
  readonly numbers: readonly number[];
  readonly line: (number: number) => Line | null;
  readonly note: string;
}

/** Null while all lines are shown. */
export function useOnlyLevels(at: LogAt, on: boolean): OnlyLines | null {
  const [only, setOnly] = useState<OnlyLines | null>(null);
  useEffect(() => {
    if (!on) {
      setOnly(null);
      return;
    }
    const request = new AbortController();
    at.lines({ first: SHOWN_MAX, levels: ERRORS }, request.signal).then(
      ({ lines, hasNextPage }) => setOnly(toOnly(lines, hasNextPage)),
      () => {
        if (!request.signal.aborted) setOnly({ ...toOnly([], false), note: "The errors did not come; try again." });
      },
    );
    return () => request.abort();
  }, [at, on]);
  return only;
}

function toOnly(lines: readonly Line[], more: boolean): OnlyLines {
  const byNumber = new Map(lines.map((line) => [line.number, line]));
  const note = lines.length === 0 ? "LAVA calls no line of this log an error." : "";
  return {
    numbers: [...byNumber.keys()],
    line: (number) => byNumber.get(number) ?? null,
    note: more ? `The first ${plural(lines.length, "error")}; there are more.` : note,
  };
}
