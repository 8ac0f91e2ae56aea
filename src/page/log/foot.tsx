// Below a log: how long it is, whether its end is followed, the selected lines.

import { useState } from "react";
import { grouped } from "../format.js";
import type { LineRange } from "../routes.js";
import type { Band } from "./band.js";

interface FootProps {
  readonly total: number | null;
  readonly range: LineRange | null;
  readonly growing: boolean;
  readonly behind: number;
  readonly failed: boolean;
  readonly band: Band;
  /** How many rows there are, in the list or not. */
  readonly rows: number;
  readonly onLine: (row: number) => void;
  readonly onNewest: () => void;
  readonly onCopy: (range: LineRange) => Promise<string>;
}

export function LogFoot({ total, range, growing, behind, failed, band, rows, onLine, onNewest, onCopy }: FootProps) {
  const [copied, setCopied] = useState("");
  const words =
    range === null ? "" : `${grouped(range.first)}${range.last > range.first ? `–${grouped(range.last)}` : ""}`;
  return (
    <div className="logfoot">
      {total !== null && <span className="num">{grouped(total)} lines</span>}
      {band.start > 0 && (
        <button type="button" onClick={() => onLine(band.start - 1)}>
          Earlier lines
        </button>
      )}
      {band.start + band.rows.length < rows && (
        <button type="button" onClick={() => onLine(band.start + band.rows.length)}>
          Later lines
        </button>
      )}
      {growing && (
        <button type="button" aria-pressed={behind === 0} onClick={onNewest}>
          {behind === 0 ? "Follows the newest" : `Newest (${grouped(behind)})`}
        </button>
      )}
      {range !== null && (
        <>
          <a href={location.hash}>link to {words}</a>
          <button type="button" onClick={() => void onCopy(range).then(setCopied)}>
            Copy lines
          </button>
          <span role="status">{copied}</span>
        </>
      )}
      {failed && <span className="warn">Some lines did not come; they are asked for again.</span>}
      <span className="keys-hint long">
        <kbd>n</kbd> next failure <kbd>f</kbd> find <kbd>g</kbd> go to line <kbd>End</kbd> newest
      </span>
    </div>
  );
}
