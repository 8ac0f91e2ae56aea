// What the live page shows while something is not as it should be: each state that a panel can be in.

import type { Page, WebSocketRoute } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WAIT, isFault, jobOf, picture, settle, startLab, violations } from "./lab.js";
import type { Lab } from "./lab.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { startGateway } from "../../support/gateway.js";

const LONG_WAIT = { timeout: 120_000 };
const RESET = { kind: "reset" } as const;

let second: LavaSandbox;
let lab: Lab;

beforeAll(async () => {
  second = await createLavaSandbox({ jobs: 0 });
  lab = await startLab({ played: false }, (lava, cuirass) => ({
    lava: [
      { name: "lava", url: lava.url },
      { name: "annex", url: second.url },
    ],
    cuirass: [{ url: cuirass.url }],
    remembers: false,
  }));
});

afterEach(() => {
  for (const server of [lab.lava, second, lab.cuirass]) server.fault = undefined;
});

afterAll(async () => {
  await lab.close();
  await second.close();
});

const text = (page: Page) => page.locator("body").innerText();
const shows = async (page: Page, words: string | RegExp) =>
  expect
    .poll(() => text(page), WAIT)
    .toMatch(typeof words === "string" ? new RegExp(words.replaceAll("?", "\\?")) : words);

describe("a panel", () => {
  it("of one server that is away says so, hatches its rows, and shows the rest live", async () => {
    const visitor = await lab.open("/");
    const { page } = visitor;
    await settle(page);
    expect(await page.locator(".banner").count()).toBe(0);
    second.fault = () => RESET;
    await shows(page, "annex does not answer");
    await picture(page, "state-one-lab-down");
    await expect.poll(() => page.locator(".tile.stale, .board.stale, .stale").count(), WAIT).toBeGreaterThan(0);
    const banner = await page.locator(".banner").allInnerTexts();
    expect(banner.join()).not.toContain("lava does not answer");
    expect(await violations(page)).toEqual([]);
    second.fault = undefined;
    // Etna's breaker tries it again within half a minute, and the page asks Etna every 10 s.
    await expect.poll(() => page.locator(".banner").count(), LONG_WAIT).toBe(0);
    await expect.poll(() => page.locator(".stale").count(), LONG_WAIT).toBe(0);
    await visitor.close();
  }, 300_000);

  it("of servers that are all away from the start says which", async () => {
    for (const server of [lab.lava, second, lab.cuirass]) server.fault = () => RESET;
    for (const path of ["/", "/boards", "/jobs", "/builds", "/evaluations", "/job/lava/52", "/build/cuirass/111"]) {
      const visitor = await lab.open(path);
      await shows(visitor.page, /does not answer/);
      expect([path, await violations(visitor.page)]).toEqual([path, []]);
      await picture(visitor.page, `state-all-down-${path.replaceAll(/\W+/g, "-")}`);
      expect(visitor.complaints.filter(isFault)).toEqual([]);
      await visitor.close();
    }
  });

  it("says that a server is slow, and shows the answer when it comes", async () => {
    // That of the lab remembers the job, and shows what it knows after two seconds.
    const fresh = await startGateway({ lava: [{ url: lab.lava.url }] });
    lab.lava.fault = ({ path }) => (path.includes("52") ? { kind: "delay", ms: 5_000 } : undefined);
    const visitor = await lab.open("/");
    await visitor.page.goto(`${fresh.origin}/job/lava/52?tab=metadata`);
    await shows(visitor.page, "takes longer than usual");
    await picture(visitor.page, "state-slow");
    await shows(visitor.page, "juno boot-time");
    await visitor.close();
    await fresh.close();
  });

  it("that is empty says why", async () => {
    for (const [path, words] of [
      ["/jobs?server=annex", "No test job is like this"],
      ["/queue?server=annex", "No job waits"],
      ["/?server=annex", "the queue is empty"],
      ["/build/cuirass/1", "No test job names this build"],
    ] as const) {
      const visitor = await lab.open(path);
      await settle(visitor.page);
      await shows(visitor.page, words);
      await picture(visitor.page, `state-empty-${path.replaceAll(/\W+/g, "-")}`);
      await visitor.close();
    }
  });

  it("whose question is too costly says the limit in words", async () => {
    const poor = await startGateway({
      lava: [{ url: lab.lava.url }],
      cuirass: [{ url: lab.cuirass.url }],
      clients: { limits: { query: { cost: 1 } } },
    });
    const visitor = await lab.open("/");
    await visitor.page.goto(`${poor.origin}/boards`);
    await shows(visitor.page, "LIMIT_EXCEEDED");
    // The frame may have said so before the page's own part has come.
    await visitor.page.locator("main h1").waitFor(WAIT);
    await picture(visitor.page, "state-limit");
    expect(await violations(visitor.page)).toEqual([]);
    await visitor.close();
    await poor.close();
  });

  it("of a lab that asks for a login leads to the tokens", async () => {
    const closed = await createLavaSandbox({ requireLogin: true });
    const gateway = await startGateway({ lava: [{ url: closed.url }], cuirass: [{ url: lab.cuirass.url }] });
    const visitor = await lab.open("/");
    const { page } = visitor;
    await page.goto(`${gateway.origin}/jobs`);
    await shows(page, /does not take this token, or shows this to its users only/);
    await picture(page, "state-denied");
    await page.locator(".fault").getByRole("button", { name: "Tokens" }).first().click();
    await page.getByRole("dialog", { name: "Tokens" }).getByLabel("lava").fill(closed.users.alice.token);
    await page.getByRole("dialog").getByRole("button", { name: "Use" }).click();
    await shows(page, /boot-time/);
    await visitor.close();
    await gateway.close();
    await closed.close();
  });
});

describe("the connection", () => {
  it("that is cut is said where everybody looks, and what was missed is asked for when it is back", async () => {
    const { routes, block } = blockable();
    const visitor = await lab.open("/board/lava/juno-01", {}, routes);
    const { page } = visitor;
    await page.locator(".live").getByText("Live").waitFor(WAIT);
    await settle(page);
    await block(true);
    await shows(page, /Not live since \d\d:\d\d/);
    expect(await page.locator("main.away").count()).toBe(1);
    await picture(page, "state-cut");
    expect(await violations(page)).toEqual([]);
    const [id = ""] = lab.lava.submit("alice", jobOf("while nobody hears", "juno"));
    await lab.lava.advance(Number(id), "Running");
    await block(false);
    await expect.poll(() => page.locator(".live").innerText(), WAIT).toMatch(/^Live/);
    await shows(page, "while nobody hears");
    expect(await page.locator("main.away").count()).toBe(0);
    await lab.lava.advance(Number(id), "Finished");
    await visitor.close();
  });

  it("without WebSockets asks every 10 seconds", async () => {
    const { routes, block } = blockable();
    await block(true);
    const visitor = await lab.open("/queue", {}, routes);
    const { page } = visitor;
    await shows(page, "Every 10 s");
    await picture(page, "state-polling");
    lab.lava.submit("alice", jobOf("seen by asking", "juno"));
    await shows(page, "seen by asking");
    await visitor.close();
  });

  it("that brings news changes what is shown without a reload", async () => {
    const [id = ""] = lab.lava.submit("alice", jobOf("watched", "juno"));
    const visitor = await lab.open(`/job/lava/${id}`);
    const { page } = visitor;
    await shows(page, "Waits");
    await lab.lava.advance(Number(id), "Running");
    await expect.poll(() => page.locator(".title").innerText(), WAIT).toContain("Running");
    await lab.lava.advance(Number(id), "Finished", { health: "Canceled" });
    await expect.poll(() => page.locator(".title").innerText(), WAIT).toContain("Canceled");
    await expect.poll(() => page.getByText("The test job has ended: Canceled.").count(), WAIT).toBe(1);
    await visitor.close();
  });

  it("to a gateway that is gone leaves what was known, with when", async () => {
    const gateway = await startGateway({ lava: [{ url: lab.lava.url }], cuirass: [{ url: lab.cuirass.url }] });
    const visitor = await lab.open("/");
    const { page } = visitor;
    await page.goto(`${gateway.origin}/boards`);
    await settle(page);
    await page.locator(".live").getByText("Live").waitFor(WAIT);
    await gateway.close();
    await shows(page, /Not live since \d\d:\d\d/);
    expect(await text(page)).toContain("rpi4-01");
    expect(await page.locator("main.away").count()).toBe(1);
    await picture(page, "state-gateway-away");
    await visitor.close();
  });
});

/** A proxy before the gateway that can let no WebSocket through. */
function blockable() {
  let blocked = false;
  const open = new Set<WebSocketRoute>();
  return {
    routes: (page: Page) =>
      page.routeWebSocket(/\/graphql$/, (socket) => {
        if (blocked) {
          void socket.close();
          return;
        }
        open.add(socket);
        socket.connectToServer();
      }),
    block: async (now: boolean) => {
      blocked = now;
      if (now) for (const socket of open) await socket.close();
      open.clear();
    },
  };
}
