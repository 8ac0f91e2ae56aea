// A log of 200,000 lines in a real browser: little of it is drawn or on its way at any time, all of it can be reached.

import type { Page, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WAIT, isFault, settle, startLab } from "./lab.js";
import type { Lab } from "./lab.js";

const LINES = 200_000;
const ELEMENTS_MAX = 150;
const REQUESTS_MAX = 2;
/** Of the sandbox' jobs; the large one comes next. */
const JOBS = 60;
const LARGE = `/job/lava/${JOBS + 1}?tab=log`;

let lab: Lab;

beforeAll(async () => {
  lab = await startLab({ jobs: JOBS, largeJob: { cases: 2_000, logLines: LINES } });
});

afterAll(async () => {
  await lab.close();
});

/** Numbers of the lines in sight that show their text. */
async function shown(page: Page): Promise<number[]> {
  return page.evaluate(
    `[...document.querySelectorAll(".ln")].filter((row) => row.textContent.includes("of a long log"))
      .map((row) => Number(row.querySelector("[data-n]").dataset.n))`,
  );
}

/** Counts the windows that are on their way, until their answer is read whole or given up. */
const COUNT_REQUESTS = `
  window.windowRequests = { open: 0, most: 0, all: 0 };
  const send = window.fetch;
  window.fetch = (url, init) => {
    const answer = send(url, init);
    if (!String(init?.body).includes("query JobLogWindow")) return answer;
    const counts = window.windowRequests;
    counts.all += 1;
    counts.open += 1;
    counts.most = Math.max(counts.most, counts.open);
    let over = false;
    const end = () => { if (!over) counts.open -= 1; over = true; };
    init.signal?.addEventListener("abort", end);
    answer.then((response) => response.clone().text()).then(end, end);
    return answer;
  };
`;

describe("a log of 200,000 lines", () => {
  it("jumps to a line with few elements and two requests at a time", async () => {
    const visitor = await lab.open(`${LARGE}#L1000`, {}, (opened) => opened.addInitScript(COUNT_REQUESTS));
    const { page } = visitor;
    await expect.poll(() => shown(page), WAIT).toContain(1_000);
    for (const line of [150_000, 20, 199_999, 77_777]) {
      await page.evaluate(`location.hash = "#L${line}"`);
      await expect.poll(() => shown(page), WAIT).toContain(line);
      expect(await page.locator(".ln").count()).toBeLessThanOrEqual(ELEMENTS_MAX);
    }
    const { all, most } = await page.evaluate<{ all: number; most: number }>("windowRequests");
    expect(all).toBeGreaterThanOrEqual(4);
    // Each place needs a window or two, never what lies between.
    expect(all).toBeLessThanOrEqual(40);
    expect(most).toBeLessThanOrEqual(REQUESTS_MAX);
    expect(visitor.complaints.filter(isFault)).toEqual([]);
    await visitor.close();
  });

  it("finds in all of it, and keeps what was found in the address", async () => {
    const visitor = await lab.open(LARGE);
    const { page } = visitor;
    await settle(page);
    await page.locator("#log-find").fill("line 123456 of");
    await expect.poll(() => shown(page), WAIT).toContain(123_456);
    await expect.poll(() => page.locator(".ln mark").allTextContents(), WAIT).toEqual(["line 123456 of"]);
    const address = page.url();
    expect(new URL(address).searchParams.get("q")).toBe("line 123456 of");
    await page.goto("about:blank");
    await page.goto(address);
    await expect.poll(() => shown(page), WAIT).toContain(123_456);
    expect(visitor.complaints.filter(isFault)).toEqual([]);
    await visitor.close();
  });

  it("of a million lines is a list of bands, each no higher than a browser can draw", async () => {
    const million = 1_000_000;
    const visitor = await lab.open(`${LARGE}#L999000`, {}, (opened) => opened.route("**/graphql", tellOf(million)));
    const { page } = visitor;
    await expect.poll(() => shown(page), WAIT).toContain(999_000);
    const height = () => page.evaluate(`document.querySelector(".ls").scrollHeight`);
    expect(await height()).toBeLessThanOrEqual(16_000_000);
    await page.getByRole("button", { name: "Earlier lines" }).click();
    await expect.poll(() => shown(page), WAIT).toContain(799_999);
    expect(await height()).toBe(16_000_000);
    await page.evaluate(`location.hash = "#L5"`);
    await expect.poll(() => shown(page), WAIT).toContain(5);
    await page.locator(".ls").focus();
    await page.keyboard.press("End");
    await expect.poll(() => shown(page), WAIT).toContain(million - 1);
    expect(await page.getByRole("button", { name: "Later lines" }).count()).toBe(0);
    await visitor.close();
  });
});

/** Answers for a log of so many lines, which no sandbox has to hold; all else goes to the gateway. */
function tellOf(lines: number) {
  return (route: Route) => {
    const asked = route.request().postData() ?? "";
    const answer = (log: unknown) => route.fulfill({ json: { data: { testJob: { log } } } });
    if (asked.includes("query JobLogSize")) return answer({ lineCount: lines, rawUrl: "" });
    if (!asked.includes("query JobLogWindow")) return route.fallback();
    const { from = 0, first = 0 } = (JSON.parse(asked) as { variables: { from?: number; first?: number } }).variables;
    const nodes = Array.from({ length: Math.max(0, Math.min(first, lines - from)) }, (_, at) => ({
      ...{ number: from + at, time: null, level: null, result: null },
      text: `line ${from + at} of a long log`,
    }));
    return answer({ lines: { nodes, pageInfo: { hasNextPage: false, endCursor: null } } });
  };
}
