// The built page in a real browser against a running gateway: what a visitor sees, and what leaves the browser.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium, visit, type Frame, type Socket, type Visit } from "./chromium.js";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";

/** Operations in `examples/`. The subscription begins with the two test jobs that wait in the sandbox's queue. */
const QUERY_TAB = "Boards";
const SUBSCRIPTION_TAB = "LiveLab";
const QUEUED_JOB = 62;

const WAIT = { timeout: 30_000 };

let cuirass: CuirassSandbox;
let lava: LavaSandbox;
let gateway: TestGateway;
let browser: Browser;
let visitor: Visit;
let page: Page;

beforeAll(async () => {
  cuirass = await createCuirassSandbox();
  lava = await createLavaSandbox({ builds: () => cuirass.builds() });
  gateway = await startGateway({ lava: [{ url: lava.url }], cuirass: [{ url: cuirass.url }] });
  browser = await launchChromium();
  visitor = await visit(browser, `${gateway.origin}/graphiql`, { colorScheme: "light" });
  page = visitor.page;
  await page.locator(".graphiql-query-editor .view-line").first().waitFor();
});

afterAll(async () => {
  await browser.close();
  await gateway.close();
  await Promise.all([lava.close(), cuirass.close()]);
});

const tabs = () => page.locator(".graphiql-tab-button");
const editor = (pane: Locator) => pane.locator(".graphiql-editor:not(.hidden) .view-lines");
const queryPane = () => page.locator(".graphiql-query-editor");
const toolPane = () => page.locator(".graphiql-editor-tool");
const executeButton = () => page.locator(".graphiql-execute-button");

/** What an editor shows, without its white space: it draws the lines near the visible ones only, in any order. */
async function shownIn(lines: Locator): Promise<string> {
  const drawn = await lines.locator(".view-line").evaluateAll((elements) =>
    (elements as unknown as { style: { top: string }; textContent: string }[])
      .map(({ style, textContent }) => ({ top: parseFloat(style.top), textContent }))
      .sort((a, b) => a.top - b.top)
      .map(({ textContent }) => textContent),
  );
  return drawn.join("").replace(/\s/g, "");
}

/** True when the response pane shows the beginning of one of these results. */
async function showsOneOf(results: readonly unknown[]): Promise<boolean> {
  const shown = await shownIn(page.locator(".result-window .view-lines"));
  return shown.length > 10 && results.some((result) => JSON.stringify(result).replace(/\s/g, "").startsWith(shown));
}

async function openTab(name: string): Promise<void> {
  await tabs().getByText(name, { exact: true }).click();
  await expect.poll(() => shownIn(editor(queryPane())), WAIT).toContain(name);
}

async function writeHeaders(headers: Record<string, string>): Promise<void> {
  await page.getByRole("button", { name: "Headers", exact: true }).click();
  await editor(toolPane()).click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("Delete"); // Otherwise the editor wraps the selection in the new brackets.
  await page.keyboard.insertText(JSON.stringify(headers));
  await expect.poll(() => shownIn(editor(toolPane())), WAIT).toBe(JSON.stringify(headers).replace(/\s/g, ""));
  // GraphiQL takes them into the tab's record 100 ms after the last key, and shows that nowhere.
  await page.waitForTimeout(500);
}

async function runQuery(): Promise<{ readonly headers: Record<string, string>; readonly result: unknown }> {
  const answered = page.waitForResponse((response) => response.url() === `${gateway.origin}/graphql`);
  await executeButton().click();
  const response = await answered;
  return { headers: await response.request().allHeaders(), result: await response.json() };
}

/** Runs the open tab's subscription until `done`, stops it, and gives its connection. */
async function runSubscription(done: (socket: Socket) => boolean | Promise<boolean>): Promise<Socket> {
  const before = visitor.sockets.length;
  await executeButton().click();
  await expect.poll(() => visitor.sockets.length, WAIT).toBe(before + 1);
  const socket = visitor.sockets.at(-1) as Socket;
  await expect.poll(() => done(socket), WAIT).toBe(true);
  await executeButton().click();
  await expect.poll(() => socket.closed, WAIT).toBe(true);
  return socket;
}

interface StoredTabs {
  readonly activeTabIndex?: number;
  readonly tabs?: readonly unknown[];
}

/** What GraphiQL keeps in the browser under this key. */
async function stored(key: string): Promise<string | undefined> {
  const { origins } = await page.context().storageState();
  return origins[0]?.localStorage.find(({ name }) => name === `etna:graphiql:${key}`)?.value;
}

const storedTabs = async () => JSON.parse((await stored("tabState")) ?? "{}") as StoredTabs;
const resultsOf = (socket: Socket) => socket.received.filter(({ type }) => type === "next").map((next) => next.payload);
const initOf = (socket: Socket): Frame | undefined => socket.sent.find(({ type }) => type === "connection_init");

/** Title and variables of each example, as the page should show them. */
const examples = readdirSync("examples")
  .filter((file) => file.endsWith(".graphql"))
  .sort()
  .map((file) => {
    const sidecar = file.replace(/\.graphql$/, ".variables.json");
    return {
      title: /^(?:query|subscription|mutation)\s+(\w+)/m.exec(readFileSync(join("examples", file), "utf8"))?.[1],
      variables: readdirSync("examples").includes(sidecar) ? readFileSync(join("examples", sidecar), "utf8") : "",
    };
  });

/** What axe finds in GraphiQL's own parts, which we can't change: each rule with what it is about. */
const OF_GRAPHIQL: Readonly<Record<string, string>> = {
  "color-contrast": "the numbers of lines in Monaco's themes",
  "nested-interactive": "a tab is a list item with the role of a tab, and holds its button and the one that closes it",
  "target-size": "the button that closes a tab",
};

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly html: string;
  /** The frame's document, our title and our line at the foot. */
  readonly ours: boolean;
}

/** What axe finds on the page; an editor's lines are drawn anew all the time, so that those it has found may be gone. */
async function violations(on: Page): Promise<readonly Violation[]> {
  await on.evaluate(AXE);
  return on.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html, target }) => {
        const element = document.querySelector(target.at(-1));
        const ours = element !== null &&
          (element.matches("html, head *, body, #root") || element.closest(".graphiql-footer, .graphiql-logo") !== null);
        return { id, html: html.slice(0, 200), ours };
      })))`,
  );
}

describe("the page of GraphiQL", () => {
  it.each(["light", "dark"] as const)(
    "is for everybody: axe finds nothing in what is ours (%s)",
    async (colorScheme) => {
      const frame = await visit(browser, `${gateway.origin}/graphiql`, { colorScheme });
      await frame.page.locator(".graphiql-query-editor .view-line").first().waitFor();
      const found = await violations(frame.page);
      await frame.close();
      expect(found.filter(({ ours }) => ours)).toEqual([]);
      expect(found.filter(({ id }) => !(id in OF_GRAPHIQL))).toEqual([]);
    },
  );

  it("shows a visitor our examples in tabs with names, and the pane for headers", async () => {
    expect(await page.title()).toBe("Etna");
    expect(await tabs().allTextContents()).toEqual(examples.map(({ title }) => title));
    expect(await toolPane().getAttribute("aria-label")).toBe("Headers");
    expect(await toolPane().isVisible()).toBe(true);
    expect(await page.locator(".graphiql-footer").textContent()).toContain("Authorization");
  });

  it("fills in the variables of each example", async () => {
    await page.getByRole("button", { name: "Variables", exact: true }).click();
    for (const [index, { variables }] of examples.entries()) {
      if (index > 0) await tabs().nth(index).click(); // The first is open, and must be complete without a click.
      await expect.poll(() => shownIn(editor(toolPane())), WAIT).toBe(variables.replace(/\s/g, ""));
    }
  });

  it("runs a query", async () => {
    await openTab(QUERY_TAB);
    const { headers, result } = await runQuery();
    expect(headers).not.toHaveProperty("authorization");
    expect(result).not.toHaveProperty("errors");
    await expect.poll(() => showsOneOf([result]), WAIT).toBe(true);
    await page.screenshot({ path: join(tmpdir(), "etna-graphiql-light.png") });
  });

  it("shows the fourth value of a subscription and ends it when it is stopped", async () => {
    await openTab(SUBSCRIPTION_TAB);
    const changes = ["Scheduled", "Running"] as const;
    const socket = await runSubscription(async (running) => {
      const change = changes[resultsOf(running).length - 2];
      if (change !== undefined) await lava.advance(QUEUED_JOB, change);
      if (!(await showsOneOf(resultsOf(running).slice(3)))) return false;
      await page.screenshot({ path: join(tmpdir(), "etna-graphiql-live.png") });
      return true;
    });
    expect(resultsOf(socket)).toMatchObject(
      ["SUBMITTED", "SUBMITTED", "SCHEDULED", "RUNNING"].map((state) => ({ data: { testJobUpdates: { state } } })),
    );
    expect(initOf(socket)?.payload ?? {}).toEqual({});
    expect(socket.sent.at(-1)?.type).toBe("complete");
  });

  it("sends the tokens of the headers pane with a query, and keeps them out of the browser's storage", async () => {
    await openTab(QUERY_TAB);
    const [first, second] = [`Token ${lava.users.alice.token}`, `lava=${lava.users.bob.token}`];
    await writeHeaders({ Authorization: first, "X-Etna-Token": second, "X-Other": "1" });
    const { headers } = await runQuery();
    expect(headers).toMatchObject({ authorization: first, "x-etna-token": second });
    // The tabs are stored half a second after a change, so the tab that is opened last shows that the other is stored.
    await openTab(SUBSCRIPTION_TAB);
    const opened = examples.findIndex(({ title }) => title === SUBSCRIPTION_TAB);
    await expect.poll(async () => (await storedTabs()).activeTabIndex, WAIT).toBe(opened);
    // Proves that the history was given the headers, and kept nothing of them.
    expect(await stored("queries")).toContain('"headers":null');
    expect(JSON.stringify(await page.context().storageState())).not.toContain("sandbox-token");
  });

  it("sends the tokens of the headers pane with a subscription, and changed ones with the next", async () => {
    await openTab(SUBSCRIPTION_TAB);
    const perServer = `lava=${lava.users.admin.token}`;
    for (const { token } of [lava.users.alice, lava.users.bob]) {
      const authorization = `Token ${token}`;
      await writeHeaders({ authorization, "X-Etna-Token": perServer, "X-Other": "1" });
      const socket = await runSubscription((running) => resultsOf(running).length > 0);
      expect(initOf(socket)?.payload).toEqual({ Authorization: authorization, "X-Etna-Token": perServer });
    }
  });

  it("gives a returning visitor his own tabs", async () => {
    await tabs()
      .nth(examples.length - 1)
      .hover();
    await page.locator(".graphiql-tab-close").last().click();
    const left = examples.slice(0, -1).map(({ title }) => title);
    await expect.poll(async () => (await storedTabs()).tabs?.length, WAIT).toBe(left.length);
    const shown = async () => {
      await page.getByRole("button", { name: "Variables", exact: true }).click();
      return [await shownIn(editor(queryPane())), await shownIn(editor(toolPane()))];
    };
    const before = await shown();
    await page.reload();
    await page.locator(".graphiql-query-editor .view-line").first().waitFor();
    expect(await tabs().allTextContents()).toEqual(left);
    await expect.poll(shown, WAIT).toEqual(before);
  });

  it("follows a dark system", async () => {
    const night = await visit(browser, `${gateway.origin}/graphiql/`, { colorScheme: "dark" });
    await night.page.locator(".graphiql-query-editor .view-line").first().waitFor();
    await night.page.waitForLoadState("networkidle");
    const theme = night.page.locator(".graphiql-query-editor .monaco-editor").first();
    expect(await theme.getAttribute("class")).toContain("vs-dark");
    await night.page.screenshot({ path: join(tmpdir(), "etna-graphiql-dark.png") });
    expect([night.foreignRequests, night.complaints]).toEqual([[], []]);
    await night.close();
  });

  it("asks no other host and has nothing to complain about", () => {
    expect(visitor.foreignRequests).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });
});
