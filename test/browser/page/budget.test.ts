// How much the live page loads.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settle, startLab } from "./lab.js";
import type { Lab } from "./lab.js";

const KB = 1_000;
const FIRST = 125 * KB;
const LATER = 25 * KB;

const LATER_PAGES = [
  "/?wall=1",
  "/boards",
  "/board/lava/rpi4-01",
  "/jobs",
  "/queue",
  "/job/lava/52",
  "/job/lava/60?tab=compare",
  "/builds",
  "/build/cuirass/111",
  "/evaluations",
  "/evaluation/cuirass/7",
  "/compare",
  "/search?q=qemu",
  "/events",
] as const;

let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
});

afterAll(async () => {
  await lab.close();
});

describe("the page's files, compressed", () => {
  it("are 125 kB at most for the wall, and 25 kB more for any page that is opened first after it", async () => {
    const wall = await filesOf("/");
    const first = sum(wall);
    expect(first).toBeGreaterThan(50 * KB);
    expect(first).toBeLessThanOrEqual(FIRST);
    const later = [];
    for (const path of LATER_PAGES) {
      const fresh = [...(await filesOf(path))].filter(([name]) => !wall.has(name));
      later.push({ path, size: sum(new Map(fresh)) });
    }
    expect(later.filter(({ size }) => size > LATER)).toEqual([]);
    expect(later.some(({ size }) => size > 1 * KB)).toBe(true);
  });
});

const sum = (sizes: ReadonlyMap<string, number>) => [...sizes.values()].reduce((all, size) => all + size, 0);

/** Sizes of the page's own files as they are sent to somebody who was never there. */
async function filesOf(path: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  const visitor = await lab.open(path, {}, (page) => {
    page.on("response", (response) => {
      const asked = new URL(response.url()).pathname;
      const name = asked.startsWith("/page/") ? asked : response.request().isNavigationRequest() ? "index.html" : null;
      if (name !== null) sizes.set(name, Number(response.headers()["content-length"] ?? 0));
    });
    return Promise.resolve();
  });
  await settle(visitor.page);
  await visitor.close();
  return sizes;
}
