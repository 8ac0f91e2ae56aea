// The log viewer: virtua draws the rows in sight, the windows bring their lines.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { KeyboardEvent, MouseEvent } from "react";
import { VList } from "virtua";
import { FaultLine, Outline } from "../parts/panel.js";
import { preferences } from "../parts/preferences.js";
import { useStore } from "../parts/store.js";
import type { LineRange } from "../routes.js";
import { LogBar } from "./bar.js";
import type { ViewerChoices } from "./choices.js";
import { copyLines } from "./copy.js";
import { Finder, NOTHING_FOUND } from "./finder.js";
import { firstLineAt, rowOf, rowsOf } from "./folds.js";
import type { Fold } from "./folds.js";
import { LineRow } from "./line.js";
import { Rail } from "./rail.js";
import { useRange } from "./range.js";
import { LogFoot } from "./foot.js";
import { LINE_PX, useView } from "./view.js";
import { useOnlyLevels } from "./levels.js";
import type { LogAt } from "./log-at.js";
import { useLog } from "./use-log.js";
import type { Tail } from "./use-log.js";
import "./log.css";

/** Rows drawn beyond those in sight. */
const BUFFER_PX = 200;
const NO_FOLDS: readonly Fold[] = [];

export interface ViewerProps {
  readonly at: LogAt;
  readonly tail: Tail | null;
  readonly folds: readonly Fold[];
  /** First lines of failing cases: marks, stops of `n` and `p`, and where the log opens. */
  readonly failures: readonly number[];
  /** Whether `failures` are known; the log opens at the first of them. */
  readonly settled: boolean;
  /** Logs of Cuirass have no levels. */
  readonly hasLevels: boolean;
  readonly choices: ViewerChoices;
}

export function LogViewer(props: ViewerProps) {
  const { at, tail, failures, settled, hasLevels, choices } = props;
  const log = useLog(at, tail);
  const only = useOnlyLevels(at, choices.errorsOnly);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const { range, select } = useRange();
  const folds = useMemo(() => {
    const isOpen = ({ first, last }: Fold) =>
      opened.has(first) || (range !== null && range.first <= last && range.last >= first);
    const closed = choices.fold && !choices.errorsOnly ? props.folds.filter((fold) => !isOpen(fold)) : [];
    return closed.length === 0 ? NO_FOLDS : closed;
  }, [props.folds, choices.fold, choices.errorsOnly, opened, range]);
  const total = log.total;
  const all = useMemo(() => (only === null ? rowsOf(total ?? 0, folds) : only.numbers), [only, total, folds]);
  const view = useView(all, folds, log.windows, total, log.growing);
  const { rows } = view.band;
  const [active, setActive] = useState<number | null>(null);
  const find = useFind(at, choices.needle, range !== null, (line) => {
    setActive(line);
    view.show(line);
  });
  const go = useCallback(
    (line: number, mark = true) => {
      setActive(line);
      if (mark) select({ first: line, last: line });
      view.show(line);
    },
    [select, view],
  );
  useOpening({ total, settled, range, failures, show: view.show });
  const { utc } = useStore(preferences);
  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const from = active ?? range?.first ?? view.firstLine();
    const move = keyMove(event.key, view.page());
    if (move !== null) {
      event.preventDefault();
      const next =
        move === "first"
          ? 0
          : move === "last"
            ? (total ?? 1) - 1
            : firstLineAt(all, folds, step(all, rowOf(all, folds, from) + move));
      setActive(next);
      if (event.shiftKey)
        select({ first: Math.min(range?.first ?? from, next), last: Math.max(range?.last ?? from, next) });
      view.show(next, "nearest");
      return;
    }
    if (event.key === "Enter") go(from);
    if (!preferences.get().keys) return;
    if (event.key === "n") jump(failures.find((line) => line > from));
    if (event.key === "p") jump(failures.findLast((line) => line < from));
    if (event.key === "c") void copyLines(at, range ?? { first: from, last: from });
    if (event.key === "f" || event.key === "g") {
      event.preventDefault();
      document.getElementById(event.key === "f" ? "log-find" : "log-goto")?.focus();
    }
  };
  const jump = (line: number | undefined) => {
    if (line !== undefined) go(line, false);
  };
  const onClick = (event: MouseEvent<HTMLElement>) => {
    const number = (event.target as HTMLElement).dataset["n"];
    if (number === undefined) return;
    const line = Number(number);
    setActive(line);
    if (event.shiftKey && range !== null)
      select({ first: Math.min(range.first, line), last: Math.max(range.last, line) });
    else select({ first: line, last: line });
  };
  const share = (line: number) => (all.length === 0 ? 0 : rowOf(all, folds, line) / all.length);
  return (
    <section className="panel log" aria-labelledby="h-log">
      <LogBar
        choices={choices}
        hasLevels={hasLevels}
        hasFolds={props.folds.length > 0}
        rawUrl={log.rawUrl}
        found={find.found}
        onNext={() => void find.next(active ?? view.firstLine())}
        onPrevious={() => find.previous(active ?? view.firstLine())}
        onGoTo={(line) => go(Math.min(line, Math.max(0, (total ?? 1) - 1)))}
      />
      {log.fault !== null && <FaultLine fault={log.fault} />}
      {total === null && !log.absent && log.fault === null && <Outline lines={8} />}
      {log.absent && <p className="empty muted">There is no log{tail === null ? "." : " yet."}</p>}
      {only !== null && only.note !== "" && <p className="empty muted">{only.note}</p>}
      <div className={`lines${choices.wrap ? " wrapped" : ""}`}>
        {rows.length > 0 && (
          <VList
            ref={view.list}
            data={rows}
            itemSize={LINE_PX}
            bufferSize={BUFFER_PX}
            className="ls"
            tabIndex={0}
            role="group"
            aria-label="Log lines"
            onScroll={view.onScroll}
            onKeyDown={onKey}
            onClick={onClick}
          >
            {(value) =>
              value < 0 ? (
                <FoldRow
                  key={value}
                  fold={folds[-1 - value]}
                  onOpen={(first) => setOpened(new Set([...opened, first]))}
                />
              ) : (
                <LineRow
                  key={value}
                  number={value}
                  line={only?.line(value) ?? log.windows.line(value)}
                  selected={range !== null && value >= range.first && value <= range.last}
                  active={value === active}
                  needle={find.found.needle}
                  utc={utc}
                />
              )
            }
          </VList>
        )}
        <Rail
          fails={failures.map(share)}
          hits={find.found.hits.map(share)}
          view={view.share}
          onJump={(at) => view.show(firstLineAt(all, folds, Math.floor(at * all.length)))}
        />
      </div>
      <LogFoot
        total={total}
        range={range}
        growing={log.growing}
        behind={view.behind}
        band={view.band}
        onLine={(row) => view.show(firstLineAt(all, folds, row))}
        rows={all.length}
        failed={log.windows.failed}
        onNewest={view.follow}
        onCopy={(lines) => copyLines(at, lines)}
      />
    </section>
  );
}

function keyMove(key: string, page: number): number | "first" | "last" | null {
  switch (key) {
    case "ArrowDown":
      return 1;
    case "ArrowUp":
      return -1;
    case "PageDown":
      return page;
    case "PageUp":
      return -page;
    case "Home":
      return "first";
    case "End":
      return "last";
    default:
      return null;
  }
}

function step(rows: ArrayLike<number>, row: number): number {
  return Math.min(Math.max(0, row), rows.length - 1);
}

function FoldRow({ fold, onOpen }: { readonly fold: Fold | undefined; readonly onOpen: (first: number) => void }) {
  return fold === undefined ? (
    <div className="ln" />
  ) : (
    <button type="button" tabIndex={-1} className="fold" aria-expanded={false} onClick={() => onOpen(fold.first)}>
      <span aria-hidden="true">▸</span> <b className="cut">{fold.title}</b> {fold.note}
    </button>
  );
}

interface OpeningOptions {
  readonly total: number | null;
  readonly settled: boolean;
  readonly range: LineRange | null;
  readonly failures: readonly number[];
  readonly show: (line: number) => void;
}

/** Opens at the lines of the address, else at the first failure, else at the end; and follows the address from then on. */
function useOpening({ total, settled, range, failures, show }: OpeningOptions): void {
  const opened = useRef(false);
  const shown = useRef<number | null>(null);
  useEffect(() => {
    if (total === null || total === 0) return;
    if (!opened.current) {
      if (range === null && !settled) return;
      opened.current = true;
      const start = range?.first ?? failures[0] ?? total - 1;
      shown.current = range?.first ?? null;
      requestAnimationFrame(() => show(start));
    } else if (range !== null && range.first !== shown.current) {
      shown.current = range.first;
      requestAnimationFrame(() => show(range.first));
    }
  }, [total, settled, range, failures, show]);
}

/** @param stay whether the log opens at lines of the address: then what is found on opening is marked only. */
function useFind(at: LogAt, needle: string, stay: boolean, show: (line: number) => void) {
  const staying = useRef(stay);
  const [found, setFound] = useState(NOTHING_FOUND);
  const finder = useMemo(() => new Finder(at, setFound), [at]);
  const latest = useRef(show);
  useEffect(() => {
    latest.current = show;
  });
  useEffect(() => {
    void finder.find(needle).then(([first]) => {
      if (first !== undefined && !staying.current) latest.current(first);
      if (needle !== "" || first !== undefined) staying.current = false;
    });
    return () => finder.close();
  }, [finder, needle]);
  return {
    found,
    next: async (line: number) => {
      const hit = await finder.after(line);
      if (hit !== null) latest.current(hit);
    },
    previous: (line: number) => {
      const hit = finder.before(line);
      if (hit !== null) latest.current(hit);
    },
  };
}
