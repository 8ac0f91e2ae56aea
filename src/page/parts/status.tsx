// A state: word, shape and colour together.

import type { Look } from "../words.js";
import { Icon } from "./symbols.js";

export function Status({ look, pill = true }: { readonly look: Look; readonly pill?: boolean }) {
  return (
    <span className={`s ${look.tone}${pill ? " pill" : ""}`}>
      <Icon name={look.shape} />
      {look.word}
    </span>
  );
}

/** Counts by verdict; those that are 0 are left out. */
export function CountPills({ counts }: { readonly counts: CountsGiven }) {
  const { pass, fail, skip = 0, unknown = 0 } = counts;
  const all = [
    { count: fail, look: { word: `${fail} failed`, shape: "fail", tone: "fail" } },
    { count: pass, look: { word: `${pass} passed`, shape: "pass", tone: "pass" } },
    { count: skip, look: { word: `${skip} skipped`, shape: "cancel", tone: "wait" } },
    { count: unknown, look: { word: `${unknown} without verdict`, shape: "unk", tone: "wait" } },
  ] as const;
  return (
    <span className="row wrap end">
      {all
        .filter(({ count }) => count > 0)
        .map(({ look }) => (
          <Status key={look.shape} look={look} />
        ))}
    </span>
  );
}

interface CountsGiven {
  readonly pass: number;
  readonly fail: number;
  readonly skip?: number;
  readonly unknown?: number;
}
