// Debian's Chromium driven by playwright-core, with a record of everything that a page asks for and complains about.
import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** `CHROMIUM` names another executable than Debian's. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(`There is no ${executablePath}: \`apt-get install chromium\`, or name another one in CHROMIUM.`);
  }
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** A message of graphql-transport-ws as far as the tests look at it. */
export interface Frame {
  readonly type: string;
  readonly payload?: unknown;
}

export interface Socket {
  readonly sent: Frame[];
  readonly received: Frame[];
  closed: boolean;
}

export interface Visit {
  readonly page: Page;
  /** In the order of opening. */
  readonly sockets: readonly Socket[];
  /** Requests, also of workers and websockets, to another host than that of the page; `data:` and `blob:` are none. */
  readonly foreignRequests: readonly string[];
  /** Console errors, uncaught exceptions and failed requests. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens `url` as somebody who was never there, and records from the first request on.
 * @param prepare is done to the page before it is opened.
 */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  prepare: (page: Page) => Promise<unknown> = () => Promise.resolve(),
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const sockets: Socket[] = [];
  const foreignRequests: string[] = [];
  const complaints: string[] = [];
  const { host } = new URL(url);

  const check = (asked: string) => {
    const { protocol, host: askedHost } = new URL(asked);
    if (protocol !== "data:" && protocol !== "blob:" && askedHost !== host) foreignRequests.push(asked);
  };
  context.on("request", (request) => check(request.url()));
  context.on("requestfailed", (request) =>
    complaints.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText ?? "failed"}`),
  );
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  context.on("weberror", (problem) => complaints.push(String(problem.error())));
  page.on("websocket", (websocket) => {
    check(websocket.url());
    const socket: Socket = { sent: [], received: [], closed: false };
    sockets.push(socket);
    websocket.on("framesent", ({ payload }) => socket.sent.push(JSON.parse(payload.toString()) as Frame));
    websocket.on("framereceived", ({ payload }) => socket.received.push(JSON.parse(payload.toString()) as Frame));
    websocket.on("socketerror", (problem) => complaints.push(`websocket: ${problem}`));
    websocket.on("close", () => (socket.closed = true));
  });

  await prepare(page);
  await page.goto(url);
  return { page, sockets, foreignRequests, complaints, close: () => context.close() };
}
