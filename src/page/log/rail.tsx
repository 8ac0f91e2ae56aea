// The whole log as a strip: where failures and hits are, and where the reader is.

import type { MouseEvent } from "react";

interface RailProps {
  /** From 0 to 1. */
  readonly fails: readonly number[];
  readonly hits: readonly number[];
  readonly view: { readonly top: number; readonly height: number };
  readonly onJump: (share: number) => void;
}

const MARKS_MAX = 200;

export function Rail({ fails, hits, view, onJump }: RailProps) {
  const jump = (event: MouseEvent<HTMLDivElement>) => {
    const { top, height } = event.currentTarget.getBoundingClientRect();
    onJump((event.clientY - top) / height);
  };
  const marks = (shares: readonly number[], kind: string) =>
    thinned(shares).map((share) => <i key={`${kind}${share}`} className={kind} style={{ top: percent(share) }} />);
  return (
    <div className="rail" aria-hidden="true" onClick={jump}>
      {marks(hits, "hit")}
      {marks(fails, "bad")}
      <span className="view" style={{ top: percent(view.top), height: percent(view.height) }} />
    </div>
  );
}

/** Marks on the same half percent are one. */
function thinned(shares: readonly number[]): readonly number[] {
  return [...new Set(shares.map((share) => Math.round(share * MARKS_MAX) / MARKS_MAX))];
}

function percent(share: number): string {
  return `${(100 * Math.min(1, Math.max(0, share))).toFixed(2)}%`;
}
