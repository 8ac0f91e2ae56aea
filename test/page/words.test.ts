// What a state is called, and that no state is told by its colour alone.

import { describe, expect, it } from "vitest";
import {
  boardLook,
  boardRank,
  buildLook,
  caseLook,
  evaluationLook,
  failureLook,
  jobLook,
} from "../../src/page/words.js";
import type { BoardState, JobState } from "../../src/page/words.js";

const online = { state: "ONLINE", health: "ACTIVE" } as const;
const board = (given: Partial<BoardState>): BoardState => ({ state: "IDLE", health: "GOOD", worker: online, ...given });
const ended = (given: Partial<JobState>): JobState => ({ state: "FINISHED", health: "COMPLETE", ...given });
const counts = (pass: number, fail: number) => ({ pass, fail, skip: 0, unknown: 0, total: pass + fail });

describe("a board", () => {
  it("whose worker is away is not free, though LAVA calls it idle and good", () => {
    expect(boardLook(board({})).word).toBe("Free");
    expect(boardLook(board({ worker: { state: "OFFLINE", health: "ACTIVE" } })).word).toBe("Worker offline");
    expect(boardLook(board({ worker: { state: "ONLINE", health: "MAINTENANCE" } })).word).toBe("Worker offline");
    expect(boardLook(board({ worker: null })).word).toBe("Free");
  });

  it("that runs a job runs, whatever else is said of it; a failed check comes before its worker", () => {
    const away = { state: "OFFLINE", health: "ACTIVE" } as const;
    expect(boardLook(board({ state: "RUNNING", health: "BAD", worker: away })).word).toBe("Running");
    expect(boardLook(board({ health: "BAD", worker: away })).word).toBe("Check failed");
  });

  it("in trouble comes before one that runs, and that before one that is free", () => {
    const ranks = [
      board({ health: "BAD" }),
      board({ worker: { state: "OFFLINE", health: "ACTIVE" } }),
      board({ health: "UNKNOWN" }),
      board({ health: "LOOPING" }),
      board({ state: "RUNNING" }),
      board({ health: "MAINTENANCE" }),
      board({}),
      board({ health: "RETIRED" }),
    ].map(boardRank);
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    expect(new Set(ranks).size).toBe(ranks.length);
    expect(Math.min(...ranks)).toBe(0);
  });
});

describe("a test job", () => {
  it("that LAVA calls complete says how many cases failed", () => {
    expect(jobLook(ended({ resultCounts: counts(34, 6) }))).toMatchObject({
      word: "Ran to its end, 6 of 40 failed",
      tone: "fail",
    });
    expect(jobLook(ended({ resultCounts: counts(40, 0) }))).toMatchObject({ word: "Passed, 40 of 40", tone: "pass" });
    expect(jobLook(ended({ resultCounts: counts(0, 0) })).tone).not.toBe("pass");
    expect(jobLook(ended({})).tone).not.toBe("pass");
  });

  it("that broke off by the lab's fault is no verdict on what was tested", () => {
    for (const kind of ["INFRASTRUCTURE", "CONFIGURATION", "BUG", "LAVA_TIMEOUT", "MULTINODE_TIMEOUT"] as const) {
      expect(jobLook(ended({ health: "INCOMPLETE", failure: { kind } }))).toMatchObject({
        word: "Lab: no verdict",
        tone: "warn",
      });
    }
    for (const kind of ["TEST", "JOB"] as const) expect(failureLook(kind).tone).toBe("fail");
  });
});

it("tells apart by shape what it tells apart by colour", () => {
  const looks = [
    ...(["PASS", "FAIL", "SKIP", "UNKNOWN"] as const).map(caseLook),
    ...(["SUCCEEDED", "FAILED", "FAILED_DEPENDENCY", "CANCELED", "STARTED", "SCHEDULED"] as const).map(buildLook),
    evaluationLook({ status: "SUCCEEDED", summary: { failed: 1, pending: 0, total: 2 } }),
    evaluationLook({ status: "SUCCEEDED", summary: { failed: 0, pending: 0, total: 2 } }),
  ];
  const tonesOf = (shape: string) => new Set(looks.filter((look) => look.shape === shape).map(({ tone }) => tone));
  for (const { shape, word } of looks) {
    expect(word).not.toBe("");
    expect([shape, tonesOf(shape).size]).toEqual([shape, shape === "cancel" ? 2 : 1]);
  }
});
