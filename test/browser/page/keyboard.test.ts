// The live page by keyboard alone: from the wall to a failing line and back.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WAIT, settle, startLab } from "./lab.js";
import type { Lab } from "./lab.js";

let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
});

afterAll(async () => {
  await lab.close();
});

interface Focused {
  readonly text: string;
  readonly line: string | null;
  readonly visible: boolean;
  readonly outlined: boolean;
}

/** What has the focus: its text, whether it is in sight, and whether it is marked. */
async function focused(page: Page): Promise<Focused> {
  return page.evaluate(`(() => {
    const element = document.activeElement;
    const { top, bottom, left, right } = element.getBoundingClientRect();
    return {
      text: (element.getAttribute("aria-label") ?? element.textContent ?? "").trim(),
      line: element.getAttribute("href"),
      visible: bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
      outlined: getComputedStyle(element).outlineStyle !== "none",
    };
  })()`);
}

/** Presses Tab until something is there, and complains of stops that are not seen. */
async function tabTo(page: Page, wanted: (stop: Focused) => boolean): Promise<Focused> {
  const unseen = [];
  for (let presses = 0; presses < 200; presses += 1) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (!stop.visible || !stop.outlined) unseen.push(stop);
    if (!wanted(stop)) continue;
    expect(unseen).toEqual([]);
    return stop;
  }
  throw new Error("200 stops of the Tab key, and it was not among them");
}

const hash = (page: Page) => new URL(page.url()).hash;
const leadsTo = async (page: Page, wanted: RegExp) => expect.poll(() => hash(page), WAIT).toMatch(wanted);

describe("by keyboard alone", () => {
  it("leads from the wall to a failing line and back", async () => {
    const visitor = await lab.open("/");
    const { page } = visitor;
    await settle(page);
    await page.keyboard.press("/");
    await page.keyboard.type("invalid-ioctls");
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("52");
    await page.getByRole("option", { name: /juno boot-time/ }).waitFor(WAIT);
    const options = await page.getByRole("option").allInnerTexts();
    for (let at = 0; at <= options.findIndex((option) => option.includes("juno boot-time")); at += 1) {
      await page.keyboard.press("ArrowDown");
    }
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).pathname, WAIT).toBe("/job/lava/52");
    await settle(page);
    await tabTo(page, ({ text }) => /^lines 164 to 166$/.test(text));
    await page.keyboard.press("Enter");
    expect(hash(page)).toBe("#L164-L166");
    await expect.poll(() => page.locator(".ln.sel").count(), WAIT).toBe(3);
    // Without a window Chromium has no keys for back and forward.
    await page.goBack();
    await expect.poll(() => new URL(page.url()).pathname, WAIT).toBe("/");
    await visitor.close();
  });

  it("walks the log: one stop of the Tab key, lines by arrows, failures by n and p, finding by f", async () => {
    const visitor = await lab.open("/job/lava/52?tab=log");
    const { page } = visitor;
    await settle(page);
    await tabTo(page, ({ text }) => text === "Log lines");
    await page.keyboard.press("n");
    await page.keyboard.press("Enter");
    await leadsTo(page, /^#L164$/);
    await page.keyboard.press("Shift+ArrowDown");
    await leadsTo(page, /^#L164-L165$/);
    await page.keyboard.press("n");
    await page.keyboard.press("Enter");
    await leadsTo(page, /^#L177$/);
    await page.keyboard.press("p");
    await page.keyboard.press("Enter");
    await leadsTo(page, /^#L164$/);
    await page.keyboard.press("End");
    await expect.poll(() => page.locator('.ln[data-line="244"]').count(), WAIT).toBe(1);
    await page.keyboard.press("Home");
    await expect.poll(() => page.locator('.ln[data-line="0"]').count(), WAIT).toBe(1);
    await page.keyboard.press("f");
    expect(await page.evaluate("document.activeElement.id === 'log-find'")).toBe(true);
    await page.keyboard.type("USERPTR: fail");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".ln mark").allTextContents(), WAIT).toEqual(["USERPTR: fail"]);
    await visitor.close();
  });

  it("skips to the content, opens help with ?, and single keys can be switched off", async () => {
    const visitor = await lab.open("/boards");
    const { page } = visitor;
    await settle(page);
    await page.keyboard.press("Tab");
    expect(await focused(page)).toMatchObject({ text: "Skip to content", visible: true });
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Help and settings" });
    await help.waitFor(WAIT);
    await help.getByRole("checkbox", { name: "Single keys act" }).uncheck();
    await page.keyboard.press("Escape");
    await expect.poll(() => help.count(), WAIT).toBe(0);
    await page.keyboard.press("?");
    await page.keyboard.press("/");
    expect(await help.count()).toBe(0);
    expect(await page.evaluate("document.activeElement.tagName")).not.toBe("INPUT");
    await visitor.close();
  });
});
