// The test jobs of a build by board and suite.

import type { FailureKind, TestJobState } from "../generated/graphql.js";
import { failureLook } from "../words.js";

interface RanJob {
  readonly state: TestJobState;
  readonly device: { readonly hostname: string } | null;
  readonly failure: { readonly kind: FailureKind } | null;
  readonly suites:
    | readonly {
        readonly name: string;
        readonly internal: boolean;
        readonly resultCounts: { readonly fail: number; readonly total: number } | null;
      }[]
    | null;
}

export interface Cell {
  readonly fail: number;
  readonly total: number;
  readonly running: boolean;
}

export interface BoardSuites {
  readonly hostname: string;
  /** A job on it broke off by the lab's fault and left nothing. */
  readonly broken: boolean;
  readonly suites: ReadonlyMap<string, Cell>;
}

export function suitesByBoard(jobs: readonly RanJob[]): {
  readonly suites: readonly string[];
  readonly boards: readonly BoardSuites[];
} {
  const boards = new Map<string, { broken: boolean; suites: Map<string, Cell> }>();
  const names = new Set<string>();
  for (const { device, suites, failure, state } of jobs) {
    if (device === null) continue;
    const board = boards.get(device.hostname) ?? { broken: false, suites: new Map<string, Cell>() };
    boards.set(device.hostname, board);
    if (failure !== null && failureLook(failure.kind).tone === "warn") board.broken = true;
    for (const { name, internal, resultCounts } of suites ?? []) {
      if (internal) continue;
      const suite = name.replace(/^\d+_/, "");
      const { fail, total } = resultCounts ?? { fail: 0, total: 0 };
      const before = board.suites.get(suite) ?? { fail: 0, total: 0, running: false };
      names.add(suite);
      board.suites.set(suite, {
        fail: before.fail + fail,
        total: before.total + total,
        running: before.running || state === "RUNNING",
      });
    }
  }
  const sorted = [...boards].sort(([a], [b]) => a.localeCompare(b, undefined, { numeric: true }));
  return { suites: [...names].sort(), boards: sorted.map(([hostname, board]) => ({ hostname, ...board })) };
}
