// The live page in a real browser, over a gateway that runs trusted documents only: it fits each width, is for everybody,
// keeps to its policy, and loads little.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium, visit } from "./chromium.js";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";

const WAIT = { timeout: 60_000 };
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const KIB = 1_000;

let cuirass: CuirassSandbox;
let lava: LavaSandbox;
let gateway: TestGateway;
let browser: Browser;

beforeAll(async () => {
  cuirass = await createCuirassSandbox();
  lava = await createLavaSandbox({ builds: () => cuirass.builds() });
  gateway = await startGateway({
    lava: [{ url: lava.url }],
    cuirass: [{ url: cuirass.url }],
    clients: { trustedDocuments: new Map() },
  });
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  await gateway.close();
  await Promise.all([lava.close(), cuirass.close()]);
});

const open = (path: string, options: BrowserContextOptions = {}) => visit(browser, `${gateway.origin}${path}`, options);

/** When nothing is on its way any more. */
async function settle(page: Page): Promise<void> {
  await page.locator("main h1").first().waitFor({ state: "attached" });
  await until(page, "document.querySelector('.outline') === null");
}

/** Asked from outside: the page's policy lets no text become script, playwright's neither. */
async function until(page: Page, holds: string): Promise<void> {
  await expect.poll(() => page.evaluate(holds), WAIT).toBe(true);
}

async function violations(page: Page): Promise<unknown[]> {
  await page.evaluate(AXE);
  return page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) =>
      violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))]))`,
  );
}

/** Lines of a log that the reader has passed are given up. */
const isFault = (complaint: string) => !complaint.endsWith("net::ERR_ABORTED");

const ROUTES = [["a job", "/job/lava/52"]] as const;

describe("each page", () => {
  it.each(ROUTES)("%s: fits each width, is for everybody, and breaks no policy", async (_, path) => {
    const seen = [];
    for (const [width, colorScheme] of [
      [320, "dark"],
      [390, "light"],
      [1440, "light"],
      [1440, "dark"],
    ] as const) {
      const visitor = await open(path, { viewport: { width, height: 844 }, colorScheme });
      await settle(visitor.page);
      const wide = await visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth");
      const found = [
        ...visitor.complaints.filter(isFault),
        ...visitor.foreignRequests,
        ...(await violations(visitor.page)),
      ];
      if (wide !== 0 || found.length > 0) seen.push({ width, colorScheme, wide, found });
      await visitor.close();
    }
    expect(seen).toEqual([]);
  });
});

describe("the first load", () => {
  it("is 125 kB at most, and a later page 25 kB", async () => {
    const sizes = new Map<string, number>();
    const visitor = await open("/nothing-of-ours.html");
    const { page } = visitor;
    page.on("response", (response) => {
      const path = new URL(response.url()).pathname;
      if (path.startsWith("/page/") || path === "/") {
        sizes.set(path, Number(response.headers()["content-length"] ?? 0));
      }
    });
    const sum = () => [...sizes.values()].reduce((all, size) => all + size, 0);
    await page.goto(`${gateway.origin}/`);
    await settle(page);
    const first = sum();
    expect(first).toBeGreaterThan(50 * KIB);
    expect(first).toBeLessThanOrEqual(125 * KIB);
    for (const path of [
      "/boards",
      "/jobs",
      "/job/lava/52",
      "/builds",
      "/build/cuirass/111",
      "/evaluations",
      "/events",
    ]) {
      const known = new Set(sizes.keys());
      await page.goto(`${gateway.origin}${path}`);
      await settle(page);
      const fresh = [...sizes].filter(([name]) => !known.has(name)).reduce((all, [, size]) => all + size, 0);
      expect([path, fresh <= 25 * KIB]).toEqual([path, true]);
    }
    await visitor.close();
  });
});
