// Which rows are in sight, told when scrolling has stopped: what costs a request a row is asked for these only.

import { useCallback, useEffect, useRef, useState } from "react";

const STILL_MS = 300;
/** So many rows are asked for at a time, whatever the screen's height. */
const ROWS_MAX = 50;

export interface InSight {
  /** `data-id` of the rows; all that were once in sight stay. */
  readonly ids: readonly string[];
  /** The `ref` of each row. */
  readonly watch: (row: HTMLElement | null) => (() => void) | undefined;
}

export function useInSight(): InSight {
  const [ids, setIds] = useState<readonly string[]>([]);
  const seen = useRef(new Set<string>());
  const observer = useRef<IntersectionObserver | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const watch = useCallback((row: HTMLElement | null) => {
    if (row === null) return undefined;
    observer.current ??= new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        const id = (target as HTMLElement).dataset["id"];
        if (isIntersecting && id !== undefined) seen.current.add(id);
      }
      clearTimeout(timer.current);
      timer.current = setTimeout(() => setIds([...seen.current].slice(-ROWS_MAX)), STILL_MS);
    });
    const watching = observer.current;
    watching.observe(row);
    return () => watching.unobserve(row);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  return { ids, watch };
}
