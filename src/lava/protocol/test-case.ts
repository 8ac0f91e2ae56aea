// A test case, whichever way it comes. What LAVA keeps about it besides its columns has the same members in the CSV
// export, where they are a Python literal, and in REST `tests/`, where they are YAML (lava.md, sections 3.3 and 4).

import { TestResult } from "./enums.js";
import { toMeasurement } from "./measurement.js";

export type CaseOutcome = "pass" | "fail" | "skip" | "unknown";

/**
 * One test case. What comes out of the metadata column is read when it is first asked for, by accessors: spreading or
 * serialising a case does not carry it. A row whose metadata is no Python literal has empty metadata.
 */
export interface CaseResult {
  /** LAVA's own id of the case; names repeat inside a suite. */
  readonly id: string;
  /** `lava`, `0_smoke` or a monitor's name. */
  readonly suite: string;
  /** The test set of the case; null outside any set. */
  readonly set: string | null;
  readonly name: string;
  /** `unknown` also stands for a word that this version of LAVA does not have. */
  readonly result: CaseOutcome;
  /** Decimal text without padding and binary noise, e.g. `15.77`; null when nothing was measured. */
  readonly measurement: string | null;
  readonly measurementValue: number | null;
  readonly unit: string | null;
  /** RFC 3339, UTC. */
  readonly logged: string;
  /** Place of the pipeline action, e.g. `1.1.3.2`. */
  readonly level: string | null;
  /** What else LAVA keeps about the case; without the columns above and without paths on the server's disk. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly durationSeconds: number | null;
  /** URL given to lava-test-reference. */
  readonly reference: string | null;
  /** Kind of failure of a pipeline action or of the job (`Infrastructure`, `Job`, `Test` …); null for a pass. */
  readonly errorType: string | null;
  readonly errorMessage: string | null;
  /** Line of the test job's log where the case starts; null when LAVA knows none. */
  readonly startLogLine: number | null;
  readonly endLogLine: number | null;
}

/** As the graph has it. */
export const RESULTS: Readonly<Record<CaseOutcome, TestResult>> = {
  pass: TestResult.PASS,
  fail: TestResult.FAIL,
  skip: TestResult.SKIP,
  unknown: TestResult.UNKNOWN,
};

/** One of LAVA's four results; any other word is `unknown`. */
export function toOutcome(text: string): CaseOutcome {
  return text === "pass" || text === "fail" || text === "skip" ? text : "unknown";
}

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
