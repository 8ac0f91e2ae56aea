// What can be asked of the results of one test job, wherever they lie.

import type { Page, PageRequest } from "../../ci/page.js";
import type { LogResult } from "./log-line.js";
import type { CaseOutcome, CaseResult } from "./test-case.js";

/** Which cases; all that are given must hold. Texts are compared exactly and are never empty. */
export interface CaseWhere {
  readonly suite?: string | null | undefined;
  readonly set?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly results?: readonly CaseOutcome[] | null | undefined;
}

export interface OutcomeCounts {
  readonly pass: number;
  readonly fail: number;
  readonly skip: number;
  readonly unknown: number;
}

export interface JobResults {
  /** Names of the suites, in the order in which LAVA made them. */
  suiteNames(): Promise<readonly string[]>;
  /** Names of the sets in a suite, in the order of their first case. Throws `Overflow` when there are too many cases to look. */
  setNames(suite: string): Promise<readonly string[]>;
  counts(where: CaseWhere): Promise<OutcomeCounts>;
  /** A page in the order in which LAVA noted the cases. A cursor is a case's number. */
  page(where: CaseWhere, request: PageRequest): Promise<Page<CaseResult>>;
  caseById(id: string): Promise<CaseResult | null>;
  /** The newest case of a suite and a name; null for none. */
  newest(suite: string, name: string): Promise<CaseResult | null>;
  /** The case that each of these log lines tells of; null where it can't be told from others of its name. */
  casesOf(lines: readonly LogResult[]): Promise<(CaseResult | null)[]>;
  /** All cases; throws `Overflow` when there are too many to hold. */
  whole(): readonly CaseResult[];
}
