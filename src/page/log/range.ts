// The selected lines, which are the address' `#L120-L140`.

import { useSyncExternalStore } from "react";
import { rangeHash, readRange } from "../routes.js";
import type { LineRange } from "../routes.js";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("hashchange", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("hashchange", listener);
  };
}

export interface Selected {
  readonly range: LineRange | null;
  readonly select: (range: LineRange | null) => void;
}

/** The address follows without an entry in the history for each line. */
export function useRange(): Selected {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return { range: readRange(hash), select };
}

export function select(range: LineRange | null): void {
  const { pathname, search } = location;
  history.replaceState(history.state, "", `${pathname}${search}${range === null ? "" : rangeHash(range)}`);
  for (const listener of listeners) listener();
}
