// Where the reader of a log is: the rows in sight, the band of a very long log, and whether its end is followed.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { VListHandle } from "virtua";
import { bandAt, bandOf } from "./band.js";
import { firstLineAt, rowOf } from "./folds.js";
import type { Fold } from "./folds.js";

/** Of a line that is not wrapped. */
export const LINE_PX = 20;
const NEAR_END_PX = 40;
const LANDING_MS = 1_000;

/** Where the reader is, and whether the end is followed. */
export function useView(
  all: Int32Array | readonly number[],
  folds: readonly Fold[],
  windows: { want(numbers: readonly number[]): void },
  total: number | null,
  growing: boolean,
) {
  const list = useRef<VListHandle>(null);
  /** The line at the top, or the one that was last shown: it stays in sight when folds change. */
  const anchor = useRef<number | null>(null);
  const landing = useRef(0);
  const [bandNumber, setBandNumber] = useState(0);
  const band = useMemo(() => bandOf(all, bandNumber), [all, bandNumber]);
  const { rows } = band;
  const [share, setShare] = useState({ top: 0, height: 1 });
  const [followed, setFollowed] = useState(true);
  const [seen, setSeen] = useState(0);
  const latest = useRef({ all, band, folds, total, followed });
  useEffect(() => {
    latest.current = { all, band, folds, total, followed };
  });
  const look = useCallback(() => {
    const handle = list.current;
    const { total: length } = latest.current;
    const { start, rows: listed } = latest.current.band;
    if (handle === null || listed.length === 0) return;
    const { scrollOffset, viewportSize, scrollSize } = handle;
    const [first, last] = [handle.findItemIndex(scrollOffset), handle.findItemIndex(scrollOffset + viewportSize)];
    const inSight: number[] = [];
    for (let row = first; row <= last; row += 1) if ((listed[row] ?? -1) >= 0) inSight.push(listed[row] ?? 0);
    windows.want(inSight);
    // A jump takes some frames to land; what is in sight on its way is not where the reader wants to be.
    if (performance.now() > landing.current) anchor.current = firstLineAt(listed, latest.current.folds, first);
    const count = latest.current.all.length;
    setShare({ top: (start + first) / count, height: Math.max(0.01, (last - first + 1) / count) });
    const isLast = start + listed.length >= count;
    const atEnd = isLast && scrollOffset + viewportSize >= scrollSize - NEAR_END_PX;
    setFollowed(atEnd);
    if (atEnd) setSeen(length ?? 0);
  }, [windows]);
  const show = useCallback((line: number, align: "center" | "nearest" = "center") => {
    const { all: every, band: now, folds: closed } = latest.current;
    anchor.current = line;
    landing.current = performance.now() + LANDING_MS;
    const row = rowOf(every, closed, line);
    // In another band the list is another one: the effect of its rows goes to the anchor.
    if (row < now.start || row >= now.start + now.rows.length) setBandNumber(bandAt(row));
    else list.current?.scrollToIndex(row - now.start, { align });
  }, []);
  useEffect(() => {
    if (growing && latest.current.followed && rows.length > 0) {
      setBandNumber(bandAt(latest.current.all.length - 1));
      list.current?.scrollToIndex(rows.length - 1, { align: "end" });
    }
    look();
  }, [rows, look, growing]);
  useEffect(() => {
    const line = anchor.current;
    const align = performance.now() > landing.current ? "start" : "center";
    if (line !== null) list.current?.scrollToIndex(rowOf(latest.current.band.rows, folds, line), { align });
  }, [folds, band.start]);
  useEffect(() => {
    const observer = new ResizeObserver(look);
    const element = document.querySelector(".lines");
    if (element) observer.observe(element);
    return () => observer.disconnect();
  }, [look]);
  return useMemo(
    () => ({
      list,
      band,
      share,
      show,
      onScroll: look,
      behind: followed ? 0 : Math.max(0, (total ?? 0) - seen),
      follow: () => show((latest.current.total ?? 1) - 1),
      page: () => Math.max(1, Math.floor((list.current?.viewportSize ?? LINE_PX) / LINE_PX) - 1),
      firstLine: () =>
        firstLineAt(
          latest.current.band.rows,
          latest.current.folds,
          list.current?.findItemIndex(list.current.scrollOffset) ?? 0,
        ),
    }),
    [band, share, show, look, followed, total, seen],
  );
}
