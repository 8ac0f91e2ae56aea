// The live page in a real browser, over a gateway that runs trusted documents only: each address in each width and both
// schemes, a log of 200,000 lines, one lab that is away, tokens, and how much is loaded.

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
const LOG_LINES = 200_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const KIB = 1_000;

let cuirass: CuirassSandbox;
let lava: LavaSandbox;
/** Its publisher and its answers may be taken away. */
let second: LavaSandbox;
let gateway: TestGateway;
let browser: Browser;
let large: string;

beforeAll(async () => {
  cuirass = await createCuirassSandbox();
  lava = await createLavaSandbox({
    builds: () => cuirass.builds(),
    largeJob: { cases: 1_000, logLines: LOG_LINES },
  });
  second = await createLavaSandbox();
  gateway = await startGateway({
    lava: [
      { name: "lava", url: lava.url },
      { name: "lab2", url: second.url },
    ],
    cuirass: [{ url: cuirass.url }],
    clients: { trustedDocuments: new Map() },
  });
  browser = await launchChromium();
  const reply = await fetch(`${lava.url}/api/v0.2/jobs/?ordering=-id&limit=1`);
  const { results } = (await reply.json()) as { results: { id: number }[] };
  large = String(results[0]?.id);
});

afterAll(async () => {
  await browser.close();
  await gateway.close();
  await Promise.all([lava.close(), second.close(), cuirass.close()]);
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

const ROUTES = [
  ["the wall", "/"],
  ["the wall by type", "/?by=type"],
  ["boards", "/boards"],
  ["a board", "/board/lava/qemu-01"],
  ["jobs", "/jobs"],
  ["the queue", "/queue"],
  ["a job", "/job/lava/52"],
  ["a job's comparison", "/job/lava/52?tab=compare"],
  ["builds", "/builds"],
  ["a build", "/build/cuirass/111"],
  ["evaluations", "/evaluations"],
  ["an evaluation", "/evaluation/cuirass/3"],
  ["compare", "/compare?a=32&b=44"],
  ["search", "/search?q=qemu"],
  ["events", "/events"],
] as const;

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
      const found = [...visitor.complaints, ...visitor.foreignRequests, ...(await violations(visitor.page))];
      if (wide !== 0 || found.length > 0) seen.push({ width, colorScheme, wide, found });
      await visitor.close();
    }
    expect(seen).toEqual([]);
  });
});

describe("a log of 200,000 lines", () => {
  const shows = (line: number) =>
    `document.querySelector('[data-line="${line}"] > span:last-child')?.textContent.includes('line ${line} ') === true`;

  it("opens at the line of the address, jumps, finds, and keeps few lines in the page", async () => {
    const { page, complaints, close } = await open(`/job/lava/${large}#L150000-L150010`);
    const windows: string[] = [];
    page.on("request", (request) => {
      const text = request.postData() ?? "";
      if (text.includes("JobLogWindow")) windows.push(text);
    });
    await until(page, shows(150_000));
    expect(await page.locator(".ln.sel").count()).toBe(11);
    windows.length = 0;
    await page.fill("#log-goto", "20000");
    await page.press("#log-goto", "Enter");
    await until(page, shows(20_000));
    expect(windows.length).toBeLessThanOrEqual(2);
    expect(page.url()).toMatch(/#L20000$/);
    await page.fill("#log-find", "line 199990 ");
    await page.press("#log-find", "Enter");
    await until(page, shows(199_990));
    expect(await page.locator(".ln mark").count()).toBe(1);
    expect(await page.locator(".ln").count()).toBeLessThanOrEqual(150);
    await page.reload();
    await until(page, shows(20_000));
    expect(await page.locator("#log-find").inputValue()).toBe("line 199990 ");
    expect(complaints).toEqual([]);
    await close();
  });

  it("is walked by keys", async () => {
    const { page, close } = await open(`/job/lava/${large}#L100`);
    await until(page, shows(100));
    await page.locator(".ls").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    await expect.poll(() => page.url(), WAIT).toMatch(/#L100-L102$/);
    await page.keyboard.press("f");
    expect(await page.evaluate("document.activeElement.id")).toBe("log-find");
    await close();
  });
});

describe("a token", () => {
  it("is checked, goes to its server only, and into no address, storage or log", async () => {
    const { page, close } = await open("/");
    await settle(page);
    const token = lava.users.alice.token;
    const [field] = [page.locator("dialog input[type=password]").first()];
    await page.getByRole("button", { name: "Tokens" }).click();
    await field.fill("wrong-token");
    await page.getByRole("button", { name: "Use" }).click();
    await page.locator("dialog [role=alert]").waitFor();
    await field.fill(token);
    await page.getByRole("button", { name: "Use" }).click();
    await page.getByRole("button", { name: "alice" }).waitFor();
    await settle(page);
    expect(page.url()).not.toContain(token);
    expect(await page.title()).not.toContain(token);
    const stored = (await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")) as string;
    expect(stored).not.toContain(token);
    expect(gateway.logLines.join("\n")).not.toContain(token);
    await close();
  });
});

describe("the first load", () => {
  it("is 125 kB at most, and a later page 25 kB", async () => {
    const sizes = new Map<string, number>();
    const { page, close } = await open("/nothing-of-ours.html");
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
    await close();
  });
});

describe("a lab that does not answer", () => {
  it("keeps its boards, hatched, with a banner; the others stay as they are", async () => {
    const { page, close } = await open("/");
    await settle(page);
    await page.locator(".board").first().waitFor();
    const all = await page.locator(".board").count();
    expect(await page.locator(".board.stale").count()).toBe(0);
    second.fault = () => ({ kind: "status", status: 503, body: "down" });
    await page.locator(".banner", { hasText: "lab2 does not answer" }).waitFor({ timeout: 90_000 });
    await expect.poll(() => page.locator(".board.stale").count(), WAIT).toBe(all / 2);
    expect(await page.locator(".board").count()).toBe(all);
    second.fault = () => undefined;
    await close();
  });
});
