// Every page of the live page: it fits each width, is for everybody in both schemes, breaks no policy, asks no other host.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COLOUR_RULES, WAIT, isFault, picture, settle, startLab, violations } from "./lab.js";
import type { Lab } from "./lab.js";

const WIDTHS = [320, 390, 1440, 3840] as const;
const SCHEMES = ["light", "dark"] as const;

/** A name, an address, and what stands there when all has come. */
const ROUTES = [
  ["the wall", "/", "boards busy"],
  ["the wall by device type", "/?by=type", "beaglebone-black"],
  ["the wall as a screen", "/?wall=1", "boards busy"],
  ["boards", "/boards", "rpi4-01"],
  ["boards, of which none is like this", "/boards?text=nothing-like-it", "No board is like this"],
  ["a board", "/board/lava/rpi4-01", "Jobs on it"],
  ["a board that is not there", "/board/lava/nobody", "There is no board here"],
  ["jobs", "/jobs", "boot-time"],
  ["jobs, of which none is like this", "/jobs?text=nothing-like-it", "No test job is like this"],
  ["the queue", "/queue", "Waiting jobs"],
  ["a job", "/job/lava/52", "invalid-ioctls"],
  ["a job with selected lines", "/job/lava/52#L164-L166", "link to"],
  ["a job, its log alone", "/job/lava/52?tab=log&q=mmc", "found"],
  ["a job, errors only", "/job/lava/52?tab=log&level=error", "Errors only"],
  ["a job, its timing", "/job/lava/52?tab=timing", "Share"],
  ["a job, its definition", "/job/lava/52?tab=definition", "job_name"],
  ["a job, its metadata", "/job/lava/52?tab=metadata", "Jobs like this"],
  ["a job against the one before", "/job/lava/60?tab=compare", "as before"],
  ["a job that broke off", "/job/lava/54", "It broke off"],
  ["a job that waits", "/job/lava/61", "Waits"],
  ["a job that is not there", "/job/lava/4711", "There is no test job here"],
  ["builds", "/builds", "Older builds"],
  ["builds that wait", "/builds?queue=1", "Builds"],
  ["a build", "/build/cuirass/111", "Outputs and files"],
  ["a build that is not there", "/build/cuirass/4711", "There is no build here"],
  ["evaluations", "/evaluations", "Evaluations"],
  ["an evaluation", "/evaluation/cuirass/7", "Jobs"],
  ["an evaluation that is not there", "/evaluation/cuirass/4711", "There is no evaluation here"],
  ["compare", "/compare", "Compare"],
  ["compare two jobs", "/compare?a=52&b=59", "Measurements"],
  ["compare two builds", "/compare?a=build/cuirass/311&b=build/cuirass/363", "Tests on build 363"],
  ["compare two evaluations", "/compare?a=evaluation/cuirass/14&b=evaluation/cuirass/17", "as before"],
  ["compare two of different kinds", "/compare?a=81&b=build/cuirass/111", "Two of the same kind"],
  ["search", "/search?q=qemu", "qemu"],
  ["search for nothing", "/search?q=nothing-like-it", "Search"],
  ["events", "/events", "Events"],
] as const;

let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
});

afterAll(async () => {
  await lab.close();
});

/** What is wrong with the page as it is, at each width in both schemes, a line each. */
async function faultsOf(page: Page, name: string): Promise<string[]> {
  const seen = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width === 3840 ? 2160 : 844 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      const at = `${width} ${colorScheme}`;
      const wide = Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));
      if (wide > 0) seen.push(`${at}: ${wide} px too wide`);
      const rules = colorScheme === "dark" ? COLOUR_RULES : undefined;
      for (const violation of await violations(page, rules)) seen.push(`${at}: ${violation}`);
      if (width === 390 || width === 1440)
        await picture(page, `${name.replaceAll(/\W+/g, "-")}-${width}-${colorScheme}`);
    }
  }
  return seen;
}

describe("each page", () => {
  it.each(ROUTES)("%s: fits each width, is for everybody, and breaks no policy", async (name, path, words) => {
    const visitor = await lab.open(path);
    const { page } = visitor;
    await settle(page);
    await expect.poll(() => page.locator("body").innerText(), WAIT).toContain(words);
    expect(await faultsOf(page, name)).toEqual([]);
    expect(visitor.complaints.filter(isFault)).toEqual([]);
    expect(visitor.foreignRequests).toEqual([]);
    await visitor.close();
  });

  it("so do the dialogs", async () => {
    const visitor = await lab.open("/");
    const { page } = visitor;
    await settle(page);
    for (const name of ["Tokens", "Help and settings"]) {
      await page.getByRole("button", { name }).click();
      await page.getByRole("dialog", { name }).waitFor(WAIT);
      expect(await faultsOf(page, name)).toEqual([]);
      await page.keyboard.press("Escape");
      await expect.poll(() => page.getByRole("dialog").count(), WAIT).toBe(0);
    }
    expect(visitor.complaints).toEqual([]);
    await visitor.close();
  });
});
