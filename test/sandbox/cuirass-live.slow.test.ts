// How the Cuirass sandbox goes on by itself: its farm driven step by step, without waiting.

import { expect, test } from "vitest";
import { Farm } from "../../src/sandbox/cuirass/farm.js";
import { fillHistory } from "../../src/sandbox/cuirass/history.js";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { Life } from "../../src/sandbox/cuirass/live.js";

/** A farm whose life is led by the test, `steps` steps of 2 seconds with an evaluation every 45 seconds. */
function live(steps: number, observe: (farm: Farm) => void = () => undefined): Farm {
  let now = 1_800_000_000;
  const farm = new Farm(7);
  fillHistory(farm, 20, now);
  const life = new Life(farm, () => now);
  life.stop();
  for (let step = 1; step <= steps; step++) {
    now += 2;
    life.step();
    if (step % 22 === 0) life.startEvaluation();
    observe(farm);
  }
  return farm;
}

test("takes builds from scheduled over submitted and started to an end, one step at a time", () => {
  const seen = new Map<number, number[]>();
  live(800, (farm) => {
    for (const { id, status } of farm.builds.values()) {
      const statuses = seen.get(id) ?? [];
      if (statuses.at(-1) !== status) seen.set(id, [...statuses, status]);
    }
  });
  const lives = [...seen.values()].filter(([first]) => first === -2).map((statuses) => statuses.join(" "));
  expect(lives.filter((one) => one === "-2 -3 -1 0").length).toBeGreaterThan(20);
  expect(lives).toContain("-2 -3 -1 1");
  const whole = ["-2 2", "-2 -3 -1 0", "-2 -3 -1 1", "-2 -3 -1 3"];
  expect(lives.filter((one) => !whole.some((full) => full.startsWith(one)))).toEqual([]);
});

test("keeps up with the work it makes, with several builds running at a time", () => {
  let pendingMost = 0;
  let runningMost = 0;
  live(2_600, (farm) => {
    const statuses = [...farm.builds.values()].map(({ status }) => status);
    pendingMost = Math.max(pendingMost, statuses.filter((status) => status < 0).length);
    runningMost = Math.max(runningMost, statuses.filter((status) => status === -1).length);
  });
  expect(runningMost).toBeGreaterThan(2);
  expect(pendingMost).toBeLessThan(200);
});

test("drops the oldest evaluations, but no build that a job row still points to", () => {
  const farm = live(2_600);
  expect(farm.evaluations.size).toBeGreaterThanOrEqual(40);
  expect(farm.evaluations.size).toBeLessThan(70);
  expect(farm.builds.size).toBeLessThan(1_500);
  for (const { jobs } of farm.evaluations.values()) {
    for (const id of jobs.values()) expect(farm.builds.has(id)).toBe(true);
  }
  for (const { evaluation } of farm.builds.values()) expect(farm.evaluations.has(evaluation)).toBe(true);
});

test("moves by itself when started live", async () => {
  const sandbox = await createCuirassSandbox({ live: true });
  const queue = async (): Promise<string> => (await fetch(`${sandbox.url}/api/queue?nr=1000`)).text();
  try {
    const before = await queue();
    await expect.poll(queue, { timeout: 12_600, interval: 200 }).not.toBe(before);
  } finally {
    await sandbox.close();
  }
});
