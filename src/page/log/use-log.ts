// A log while it is shown: how long it is, the windows in sight, and its tail while it grows.

import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import { AskError, NO_ANSWER } from "../graph/errors.js";
import type { Fault } from "../graph/errors.js";
import { useGraph } from "../graph/use.js";
import type { Document } from "../graph/watch.js";
import type { LogAt } from "./log-at.js";
import { Windows } from "./windows.js";
import type { Line } from "./windows.js";

export interface Tail {
  /** A subscription whose value has `nextLine`, `lines` and `finished`. */
  readonly document: Document<unknown, never>;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface TailUpdate {
  readonly nextLine: number;
  readonly finished?: boolean;
  readonly lines: readonly Line[];
}

export interface LogState {
  readonly windows: Windows;
  /** Null until it is known. */
  readonly total: number | null;
  readonly rawUrl: string | null;
  readonly fault: Fault | null;
  /** There is none, or none yet. */
  readonly absent: boolean;
  readonly growing: boolean;
}

const SIZE_AGAIN_MS = 5_000;

/** @param tail null for a run that has ended. */
export function useLog(at: LogAt, tail: Tail | null): LogState {
  const { live } = useGraph();
  const [, told] = useReducer((count: number) => count + 1, 0);
  const windows = useMemo(
    () => new Windows(async (from, first, signal) => (await at.lines({ from, first }, signal)).lines, told),
    [at],
  );
  useEffect(() => () => windows.close(), [windows]);
  const [size, setSize] = useState<{ lineCount: number; rawUrl: string } | null>(null);
  const [absent, setAbsent] = useState(false);
  const [fault, setFault] = useState<Fault | null>(null);
  const following = tail !== null;
  useEffect(() => {
    const request = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        const found = await at.size(request.signal);
        setFault(null);
        setAbsent(found === null);
        if (found !== null)
          setSize((before) => ({ ...found, lineCount: Math.max(before?.lineCount ?? 0, found.lineCount) }));
        if (found === null && following) timer = setTimeout(() => void ask(), SIZE_AGAIN_MS);
      } catch (error) {
        if (request.signal.aborted) return;
        setFault(error instanceof AskError ? error.fault : NO_ANSWER);
        timer = setTimeout(() => void ask(), SIZE_AGAIN_MS);
      }
    };
    void ask();
    return () => {
      request.abort();
      clearTimeout(timer);
    };
  }, [at, following]);
  const growing = useTail(tail, size?.lineCount ?? null, live, (update) => {
    windows.append(update.lines);
    setSize((before) =>
      before === null ? before : { ...before, lineCount: Math.max(before.lineCount, update.nextLine) },
    );
  });
  useEffect(() => {
    if (size !== null) windows.grew(size.lineCount);
  }, [windows, size]);
  return { windows, total: size?.lineCount ?? null, rawUrl: size?.rawUrl ?? null, fault, absent, growing };
}

type Following = Pick<ReturnType<typeof useGraph>["live"], "follow">;

/** Follows from the line after those that were there. */
function useTail(
  tail: Tail | null,
  from: number | null,
  live: Following,
  onUpdate: (update: TailUpdate) => void,
): boolean {
  const [ended, setEnded] = useState(false);
  const latest = useRef(onUpdate);
  const start = useRef(from);
  useEffect(() => {
    latest.current = onUpdate;
    start.current = from;
  });
  const key = tail === null || from === null ? null : JSON.stringify(tail.variables);
  const query = tail?.document.toString() ?? null;
  useEffect(() => {
    if (key === null || query === null) return;
    const variables = { ...(JSON.parse(key) as object), from: start.current ?? 0 };
    return live.follow(query, variables, {
      next: ({ data }) => {
        const update = Object.values(data ?? {})[0] as TailUpdate | null | undefined;
        if (update) latest.current(update);
      },
      error: () => setEnded(true),
      complete: () => setEnded(true),
    });
  }, [live, key, query]);
  return tail !== null && !ended;
}
