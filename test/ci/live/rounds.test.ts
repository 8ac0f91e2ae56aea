// When a server is looked at, on a clock of the test's own.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Rounds } from "../../../src/ci/live/rounds.js";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("goes on regularly while it is wanted, not less often than every 5 s while the server fails, and stops", async () => {
  let [wanted, failing] = [true, false];
  const rounds: number[] = [];
  const clock = new Rounds<boolean>({
    intervalMs: 2_000,
    round: (due) => {
      expect(due).toBe(true);
      rounds.push(Date.now());
      return Promise.resolve(failing);
    },
    failed: (result) => result,
    wanted: () => wanted,
  });
  const pauses = async (ms: number) => {
    rounds.splice(0, rounds.length - 1);
    await vi.advanceTimersByTimeAsync(ms);
    return rounds.slice(1).map((at, index) => (at - (rounds[index] ?? 0)) / 1_000);
  };
  clock.adjust();
  clock.adjust();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await pauses(4_000)).toEqual([2, 2]);
  failing = true;
  expect(await pauses(21_000)).toEqual([2, 4, 5, 5, 5]);
  failing = false;
  expect(await pauses(9_000)).toEqual([5, 2, 2]);
  wanted = false;
  clock.adjust();
  expect(vi.getTimerCount()).toBe(0);
  wanted = true;
  clock.adjust();
  clock.close();
  clock.close();
  clock.adjust();
  expect(vi.getTimerCount()).toBe(0);
});
