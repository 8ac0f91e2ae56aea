// What the live page says of a build's tests: which are compared with which, and the suites by board.

import { describe, expect, it } from "vitest";
import { suitesByBoard } from "../../src/page/builds/by-board.js";
import { pairsOf } from "../../src/page/builds/pairs.js";
import { readRun } from "../../src/page/compare/run.js";
import { staleFaults } from "../../src/page/graph/errors.js";

const job = (name: string, type: string, health = "COMPLETE", state = "FINISHED") => ({
  ...{ name, health, state },
  deviceType: { name: type },
});

describe("a build's test", () => {
  it("is compared with the former one of the same name and device type, whatever commit its first word holds", () => {
    const now = [job("guix-4ef03ee juno ltp", "juno"), job("guix-4ef03ee qemu ltp", "qemu")];
    const before = [
      job("guix-8fddcb6 juno kselftest", "juno"),
      job("guix-8fddcb6 juno ltp", "juno", "INCOMPLETE"),
      job("guix-7027e5d juno ltp", "juno"),
      job("guix-8fddcb6 qemu ltp", "qemu", "UNKNOWN", "RUNNING"),
    ];
    expect(pairsOf(now, before)).toEqual([[now[0], before[2]]]);
  });
});

describe("suites by board", () => {
  it("adds up the jobs of a board, without LAVA's own, and tells what did not run from what the lab lost", () => {
    const suite = (name: string, fail: number, total: number, internal = false) => ({
      ...{ name, internal },
      resultCounts: { fail, total },
    });
    const ran = { state: "FINISHED", failure: null } as const;
    const { suites, boards } = suitesByBoard([
      { ...ran, device: { hostname: "rpi4-10" }, suites: [suite("lava", 1, 9, true), suite("0_ltp", 2, 40)] },
      { ...ran, device: { hostname: "rpi4-2" }, suites: [suite("1_boot", 0, 3)] },
      { ...ran, device: { hostname: "rpi4-10" }, suites: [suite("3_ltp", 1, 10)] },
      { ...ran, device: { hostname: "bbb-01" }, suites: [], failure: { kind: "INFRASTRUCTURE" } },
      { ...ran, device: null, suites: null, state: "SUBMITTED" },
    ]);
    expect(suites).toEqual(["boot", "ltp"]);
    expect(boards.map(({ hostname, broken, suites: own }) => [hostname, broken, [...own]])).toEqual([
      ["bbb-01", true, []],
      ["rpi4-2", false, [["boot", { fail: 0, total: 3, running: false }]]],
      ["rpi4-10", false, [["ltp", { fail: 3, total: 50, running: false }]]],
    ]);
  });
});

describe("a run in the address of a comparison", () => {
  it.each([
    ["81", { kind: "job", server: null, id: "81" }],
    ["lab/81", { kind: "job", server: "lab", id: "81" }],
    ["job/lab/2008.1", { kind: "job", server: "lab", id: "2008.1" }],
    ["build/farm/111", { kind: "build", server: "farm", id: "111" }],
    ["build/111", { kind: "build", server: null, id: "111" }],
    ["evaluation/farm/7", { kind: "evaluation", server: "farm", id: "7" }],
    ["https://etna.example.org/ci/job/lab%201/81?tab=log#L3", { kind: "job", server: "lab 1", id: "81" }],
    ["build/farm/1.2", null],
    ["a board", null],
    ["", null],
  ])("%s", (text, run) => {
    expect(readRun(text)).toEqual(run);
  });
});

describe("an answer in whose place an older one stands", () => {
  it("is a fault of the server that does not answer, and is asked for again", () => {
    expect(staleFaults({ etna: { stale: ["lab"] } })).toMatchObject([
      { code: "STALE", server: "lab", retryAfterSeconds: 10 },
    ]);
    expect([undefined, {}, { etna: {} }].flatMap(staleFaults)).toEqual([]);
  });
});
