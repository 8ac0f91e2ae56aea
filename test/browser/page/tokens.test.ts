// The viewer's tokens in the live page: where they go, and where they never are.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WAIT, jobOf, settle, startLab } from "./lab.js";
import type { Lab } from "./lab.js";

let lab: Lab;
let privateJob: string;

beforeAll(async () => {
  lab = await startLab({ played: false });
  [privateJob = ""] = lab.lava.submit("alice", jobOf("a private job", "qemu", "personal"));
});

afterAll(async () => {
  await lab.close();
});

const dialog = (page: Page) => page.getByRole("dialog", { name: "Tokens" });

async function giveToken(page: Page, token: string, keep = false): Promise<void> {
  await page.locator(".tools button").first().click();
  await dialog(page).getByLabel("lava").fill(token);
  await dialog(page).getByRole("checkbox").setChecked(keep);
  await dialog(page).getByRole("button", { name: "Use" }).click();
}

/** Everything that the browser keeps of this visit. */
async function stored(page: Page): Promise<string> {
  const tab = await page.evaluate("JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie])");
  return JSON.stringify([await page.context().storageState({ indexedDB: true }), tab]);
}

describe("tokens", () => {
  it("are checked before they are taken", async () => {
    const visitor = await lab.open("/");
    const { page } = visitor;
    await settle(page);
    await giveToken(page, "nobodys-token");
    await dialog(page).getByRole("alert").waitFor(WAIT);
    expect(await dialog(page).getByRole("alert").textContent()).toMatch(/does not (?:know|take) this token/);
    await page.keyboard.press("Escape");
    expect(await page.locator(".tools button").first().textContent()).toBe("Tokens");
    await visitor.close();
  });

  it("show what their owner may see, and go to their server only: in no address, storage, title or log", async () => {
    const { token } = lab.lava.users.alice;
    const visitor = await lab.open(`/job/lava/${privateJob}`);
    const { page } = visitor;
    const headers: Record<string, string>[] = [];
    const addresses: string[] = [];
    page.on("request", (request) => {
      addresses.push(request.url());
      headers.push(request.headers());
    });
    await page.getByText("There is no test job here that you may see").waitFor(WAIT);
    const before = visitor.sockets.length;
    await giveToken(page, token);
    await expect.poll(() => page.locator("main h1").textContent(), WAIT).toBe("a private job");
    await expect.poll(() => page.locator(".tools button").first().textContent(), WAIT).toBe("alice");
    await expect.poll(() => visitor.sockets.length, WAIT).toBeGreaterThan(before);
    const init = visitor.sockets.at(-1)?.sent.find(({ type }) => type === "connection_init");
    expect(init?.payload).toEqual({ "X-Etna-Token": `lava=${token}` });
    expect(headers.some((sent) => sent["x-etna-token"] === `lava=${token}`)).toBe(true);
    expect(headers.filter((sent) => "authorization" in sent || "cookie" in sent)).toEqual([]);
    for (const place of [...addresses, page.url(), await page.title(), await stored(page), ...lab.gateway.logLines]) {
      expect(place).not.toContain(token);
    }
    await page.reload();
    await page.getByText("There is no test job here that you may see").waitFor(WAIT);
    await visitor.close();
  });

  it("are kept in the tab where that is ticked, until they are forgotten", async () => {
    const { token } = lab.lava.users.alice;
    const visitor = await lab.open(`/job/lava/${privateJob}`);
    const { page } = visitor;
    await giveToken(page, token, true);
    await expect.poll(() => page.locator("main h1").textContent(), WAIT).toBe("a private job");
    expect(await page.evaluate("JSON.stringify({ ...localStorage })")).not.toContain(token);
    expect(await page.evaluate("JSON.stringify({ ...sessionStorage })")).toContain(token);
    await page.reload();
    await expect.poll(() => page.locator("main h1").textContent(), WAIT).toBe("a private job");
    await page.locator(".tools button").first().click();
    await dialog(page).getByRole("button", { name: "Forget all" }).click();
    await page.getByText("There is no test job here that you may see").waitFor(WAIT);
    expect(await stored(page)).not.toContain(token);
    await visitor.close();
  });

  it("let their owner cancel a job, after a question; without one there is no such button", async () => {
    const visitor = await lab.open("/job/lava/61");
    const { page } = visitor;
    await settle(page);
    expect(await page.getByRole("button", { name: "Cancel" }).count()).toBe(0);
    await giveToken(page, lab.lava.users.admin.token);
    await page.getByRole("button", { name: "Cancel" }).click();
    expect(lab.lava.job(61)?.state).not.toMatch(/Cancel/);
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await expect.poll(() => page.locator(".title").textContent(), WAIT).toMatch(/[Cc]anceled/);
    await visitor.close();
  });
});
