// A list that does not jump under the finger: while pointer or focus is in it, rows keep their place, and what is new
// waits behind a button.

import { useRef, useState } from "react";
import type { ReactNode } from "react";

export interface Held<T> {
  readonly shown: readonly T[];
  /** How many have come since. */
  readonly fresh: number;
  readonly release: () => void;
  /** For the element around the list. */
  readonly holders: {
    readonly onPointerEnter: () => void;
    readonly onPointerLeave: () => void;
    readonly onFocus: () => void;
    readonly onBlur: () => void;
  };
}

export function useHeld<T>(items: readonly T[], keyOf: (item: T) => string): Held<T> {
  const [held, setHeld] = useState<readonly string[] | null>(null);
  const reasons = useRef({ pointer: false, focus: false });
  const update = (change: Partial<{ pointer: boolean; focus: boolean }>) => {
    Object.assign(reasons.current, change);
    const hold = reasons.current.pointer || reasons.current.focus;
    if (hold) setHeld((before) => before ?? items.map(keyOf));
    else setHeld(null);
  };
  const byKey = new Map(items.map((item) => [keyOf(item), item]));
  const shown = held === null ? items : held.flatMap((key) => byKey.get(key) ?? []);
  return {
    shown,
    fresh: held === null ? 0 : items.filter((item) => !held.includes(keyOf(item))).length,
    release: () => setHeld(items.map(keyOf)),
    holders: {
      onPointerEnter: () => update({ pointer: true }),
      onPointerLeave: () => update({ pointer: false }),
      onFocus: () => update({ focus: true }),
      onBlur: () => update({ focus: false }),
    },
  };
}

export function FreshButton({ held }: { readonly held: Pick<Held<unknown>, "fresh" | "release"> }): ReactNode {
  return held.fresh === 0 ? null : (
    <button type="button" className="fresh" onClick={held.release}>
      {held.fresh} new
    </button>
  );
}
