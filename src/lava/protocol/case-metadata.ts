// What LAVA keeps about a test case besides its columns: the same members in the CSV export, where they are a Python
// literal, and in REST `tests/`, where they are YAML (lava.md, sections 3.3 and 4).

import { toMeasurement } from "./measurement.js";

export type Dict = Readonly<Record<string, unknown>>;
export const NO_METADATA: Dict = Object.freeze(Object.create(null) as Dict);

/** Members of the metadata that are columns or fields of their own. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set(
  "case definition result measurement units set duration".split(" "),
);

/** The fields of a case that are in its metadata. */
export abstract class CaseMetadata {
  /** The metadata, read once. */
  protected abstract parsed(): Dict;

  get metadata(): Dict {
    const shown = Object.create(null) as Record<string, unknown>;
    for (const [name, value] of Object.entries(this.parsed())) {
      if (SHOWN_ELSEWHERE.has(name)) continue;
      const kept = name === "extra" ? withoutServerPaths(value) : value;
      if (kept !== undefined) shown[name] = kept;
    }
    return shown;
  }

  get durationSeconds(): number | null {
    const { duration } = this.parsed();
    return typeof duration === "number" ? duration : (toMeasurement(textOf(duration) ?? "")?.value ?? null);
  }

  get reference(): string | null {
    return textOf(this.parsed().reference);
  }

  get errorType(): string | null {
    return textOf(this.parsed().error_type);
  }

  get errorMessage(): string | null {
    return textOf(this.parsed().error_msg);
  }
}

/** `extra` without absolute paths, which lead into the server's disk; undefined when nothing else is in it. */
function withoutServerPaths(value: unknown): unknown {
  if (typeof value === "string") return value.startsWith("/") ? undefined : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const kept = value.map(withoutServerPaths).filter((item) => item !== undefined);
    return kept.length === 0 && value.length > 0 ? undefined : kept;
  }
  const kept = Object.create(null) as Record<string, unknown>;
  for (const [name, member] of Object.entries(value)) {
    const clean = withoutServerPaths(member);
    if (clean !== undefined) kept[name] = clean;
  }
  return Object.keys(kept).length === 0 && Object.keys(value).length > 0 ? undefined : kept;
}

/** A set's name; null for one that LAVA refused: it takes those that a URL holds unchanged, and notes the case without. */
export function setOf(value: unknown): string | null {
  return typeof value === "string" && /^[\w.~/-]*$/.test(value) ? value : null;
}

export function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
