// A lab and a farm, a gateway over them that runs trusted documents only, and a browser that looks at the live page.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { launchChromium, visit } from "../chromium.js";
import type { Visit } from "../chromium.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { boardDefinition } from "../../../src/sandbox/lava/catalog.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox, LavaSandboxOptions } from "../../../src/sandbox/lava/index.js";
import { startGateway } from "../../support/gateway.js";
import type { TestGateway, TestGatewayOptions } from "../../support/gateway.js";

export const WAIT = { timeout: 60_000 };

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export interface Lab {
  readonly lava: LavaSandbox;
  readonly cuirass: CuirassSandbox;
  readonly gateway: TestGateway;
  readonly browser: Browser;
  /** As somebody who was never there; see `visit`. */
  open(path: string, options?: BrowserContextOptions, prepare?: (page: Page) => Promise<unknown>): Promise<Visit>;
  close(): Promise<void>;
}

/** @param more of the gateway's configuration; its `lava` and `cuirass` take the place of the sandboxes of the lab. */
export async function startLab(
  options: LavaSandboxOptions = {},
  more: (lava: LavaSandbox, cuirass: CuirassSandbox) => TestGatewayOptions = () => ({}),
): Promise<Lab> {
  const cuirass = await createCuirassSandbox();
  const lava = await createLavaSandbox({ builds: () => cuirass.builds(), ...options });
  const gateway = await startGateway({
    lava: [{ url: lava.url }],
    cuirass: [{ url: cuirass.url }],
    clients: { trustedDocuments: new Map() },
    ...more(lava, cuirass),
  });
  const browser = await launchChromium();
  return {
    lava,
    cuirass,
    gateway,
    browser,
    open: (path, ...rest) => visit(browser, `${gateway.origin}${path}`, ...rest),
    close: async () => {
      await browser.close();
      await gateway.close();
      await Promise.all([lava.close(), cuirass.close()]);
    },
  };
}

/** A job of this name, as the sandbox' users write them. */
export function jobOf(name: string, deviceType: string, visibility: "public" | "personal" = "public"): string {
  const suites = ["boot-time"];
  const job = { deviceType, kernel: "v6.12.8", suites, visibility, priority: "medium", number: 1 } as const;
  return boardDefinition(job).replace(/^job_name: .*$/m, `job_name: ${name}`);
}

/** Of what the page's scripts hold, in bytes. */
export const HEAP_MAX = 60 * 1024 ** 2;

/** What the page's scripts hold once all that is not needed is gone. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize;
}

/** When nothing is on its way any more. */
export async function settle(page: Page): Promise<void> {
  await page
    .locator("main h1")
    .first()
    .waitFor({ state: "attached", ...WAIT });
  await page.waitForLoadState("networkidle", WAIT);
  await expect.poll(() => page.locator(".outline").count(), WAIT).toBe(0);
}

/** Of axe's rules those that a scheme can change. */
export const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/** What axe-core finds: the rule, and the beginning of up to three elements. */
export async function violations(page: Page, only: readonly string[] = RULES): Promise<readonly string[]> {
  if (await page.evaluate(`typeof axe === "undefined"`)) await page.evaluate(AXE);
  return page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(only)}, resultTypes: ["violations"] }).then(({ violations }) =>
      violations.map(({ id, nodes }) =>
        id + " in " + nodes.length + ": " + nodes.slice(0, 3).map(({ html }) => html.slice(0, 120)).join(", ")))`,
  );
}

/** Where it is asked for by ETNA_PICTURES, a folder: the whole page as it is now. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["ETNA_PICTURES"];
  if (folder === undefined) return;
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Lines of a log that the reader has passed are given up. */
export const isFault = (complaint: string) => !complaint.endsWith("net::ERR_ABORTED");
