// The breaker before a server that is down: when it opens, what it says, and how it closes.

import { afterEach, describe, expect, it, vi } from "vitest";
import { HttpClient } from "../../src/net/http.js";
import type { HttpLimits } from "../../src/net/http-limits.js";
import type { UpstreamCall } from "../../src/net/http.js";
import { headOf, startRawServer } from "./raw-server.js";
import type { RawRequest } from "./raw-server.js";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server whose answers change while the client stays. */
async function setUp(limits: Partial<HttpLimits> = {}) {
  const answers = {
    thing: (request: RawRequest): void => request.answer(200, "fine"),
    probe: (request: RawRequest): void => request.answer(200, "1"),
  };
  const server = await startRawServer((request) => {
    if (request.line === "GET /probe") answers.probe(request);
    else answers.thing(request);
  });
  const calls: UpstreamCall[] = [];
  const client = new HttpClient({
    server: "lab",
    baseUrl: server.url,
    limits: { retryDelayMs: 1, breakerFailures: 4, probeDelayMs: 60_000, ...limits },
    observer: (call) => calls.push(call),
    probe: { operation: "GET probe", path: "/probe" },
  });
  closing.push(
    () => server.close(),
    () => client.close(),
  );
  const ask = (): Promise<unknown> =>
    client.request({ operation: "GET thing", path: "/" }).then(
      ({ status }) => status,
      (error: unknown) => error,
    );
  const count = (line: string) => server.requests.filter((request) => request.line === line).length;
  return { server, client, calls, answers, ask, count };
}

const reset = ({ socket }: RawRequest): void => void socket.resetAndDestroy();
const never = (): void => undefined;
const failing =
  (status: number) =>
  (request: RawRequest): void =>
    request.answer(status);

/** Four failures: two calls of two tries each, and the probe that fails too. */
async function setUpDown(limits: Partial<HttpLimits> = {}) {
  const scene = await setUp(limits);
  scene.answers.thing = reset;
  scene.answers.probe = reset;
  await scene.ask();
  await scene.ask();
  await vi.waitFor(() => expect(scene.client.status().breaker).toBe("open"));
  return scene;
}

describe("the breaker", () => {
  it("is closed for a server that answers, whatever it answers below 500", async () => {
    const { client, answers, ask, count } = await setUp();
    answers.thing = failing(404);
    for (let at = 0; at < 20; at += 1) expect(await ask()).toBe(404);
    expect(client.status()).toMatchObject({ inUse: 0, waiting: 0, breaker: "closed", openUntil: null });
    expect(count("GET /probe")).toBe(0);
  });

  it("opens after failures in a row and a probe that fails, and then refuses at once, saying when it tries again", async () => {
    const { client, ask, count } = await setUpDown();
    const asked = count("GET /");
    expect(asked).toBe(4);
    const { openUntil } = client.status();
    expect(openUntil).toBeInstanceOf(Date);
    expect(await ask()).toMatchObject({
      kind: "UpstreamUnreachable",
      retryable: true,
      retryAfterSeconds: expect.toSatisfy((seconds: number) => seconds > 30 && seconds <= 75),
      message: `lab: GET thing: not asked, since the last requests all failed; it is tried again at ${openUntil?.toISOString()}`,
    });
    expect(count("GET /")).toBe(asked);
  });

  it("does not open for questions that fail by themselves while the probe succeeds", async () => {
    const { client, answers, ask, count } = await setUp();
    answers.thing = failing(500);
    for (let at = 0; at < 4; at += 1) expect(await ask()).toBe(500);
    await vi.waitFor(() => expect(count("GET /probe")).toBe(1));
    for (let at = 0; at < 3; at += 1) expect(await ask()).toBe(500);
    expect(client.status().breaker).toBe("closed");
    expect(count("GET /probe")).toBe(1);
  });

  it.each([500, 502, 503])("opens for %i to everything", async (status) => {
    const { client, answers, ask } = await setUp();
    answers.thing = answers.probe = failing(status);
    for (let at = 0; at < 4; at += 1) await ask();
    await vi.waitFor(() => expect(client.status().breaker).toBe("open"));
  });

  it("says since when a server fails, from the first of the failures in a row until it answers", async () => {
    const { ask, answers, client } = await setUp();
    const since = () => client.status().failingSince;
    await ask();
    expect(since()).toBeNull();
    answers.thing = (request) => request.answer(500, "no");
    const before = new Date();
    await ask();
    const first = since();
    expect(first?.getTime()).toBeGreaterThanOrEqual(before.getTime());
    await ask();
    expect(since()).toBe(first);
    answers.thing = (request) => request.answer(200, "fine");
    await ask();
    expect(since()).toBeNull();
  });

  it("begins to count anew after a success", async () => {
    const { client, answers, ask, count } = await setUp();
    for (let round = 0; round < 5; round += 1) {
      answers.thing = failing(500);
      for (let at = 0; at < 3; at += 1) await ask();
      answers.thing = failing(200);
      await ask();
    }
    expect(count("GET /probe")).toBe(0);
    expect(client.status().breaker).toBe("closed");
  });

  it("counts a timeout twice, and a body that breaks off; a caller that leaves proves nothing", async () => {
    const { client, answers, ask, count } = await setUp({
      headersTimeoutMs: 50,
      bodyTimeoutMs: 50,
      totalTimeoutMs: 500,
    });
    answers.probe = never;
    answers.thing = never;
    for (let at = 0; at < 8; at += 1) {
      const leaving = new AbortController();
      const left = client.request({ operation: "GET thing", path: "/", signal: leaving.signal }).catch(() => undefined);
      await vi.waitFor(() => expect(count("GET /")).toBe(at + 1));
      leaving.abort();
      await left;
    }
    expect(count("GET /probe")).toBe(0);
    answers.thing = ({ socket }) => socket.write(headOf(200, { "content-length": "10" }));
    await ask();
    answers.thing = never;
    await ask();
    await vi.waitFor(() => expect(client.status().breaker).toBe("open"));
    expect(count("GET /probe")).toBe(1);
  });

  it("lets the probe pass although hanging requests hold every slot, and refuses those that wait", async () => {
    const { client, answers, count } = await setUp({ concurrency: 1, breakerFailures: 1 });
    answers.thing = reset;
    let failProbe: () => void = never;
    answers.probe = (request) => void (failProbe = () => reset(request));
    await client.request({ operation: "GET thing", path: "/", safe: false }).catch(() => undefined);
    await vi.waitFor(() => expect(count("GET /probe")).toBe(1));
    answers.thing = never;
    const held = client.request({ operation: "GET held", path: "/held" }).catch((error: unknown) => error);
    await vi.waitFor(() => expect(count("GET /held")).toBe(1));
    const waits = client.request({ operation: "GET waits", path: "/waits" }).catch((error: unknown) => error);
    expect(client.status()).toMatchObject({ inUse: 1, waiting: 1, breaker: "closed" });
    failProbe();
    expect(await waits).toMatchObject({
      kind: "UpstreamUnreachable",
      message: expect.stringContaining("tried again at"),
    });
    expect(client.status()).toMatchObject({ inUse: 1, waiting: 0, breaker: "open" });
    await client.close();
    expect(await held).toMatchObject({ kind: "UpstreamUnreachable" });
  });

  it("closes by itself when a probe in the background succeeds", async () => {
    const { client, answers, ask, count, calls } = await setUpDown({ probeDelayMs: 20 });
    await vi.waitFor(() => expect(count("GET /probe")).toBeGreaterThan(2));
    expect(client.status().breaker).not.toBe("closed");
    answers.thing = answers.probe = failing(200);
    await vi.waitFor(() => expect(client.status().breaker).toBe("closed"));
    expect(client.status().openUntil).toBeNull();
    expect(await ask()).toBe(200);
    expect(calls).toContainEqual(expect.objectContaining({ operation: "GET probe", status: 200, error: null }));
  });

  it("is half-open while a probe is under way, and still refuses", async () => {
    const { client, answers, ask, count } = await setUpDown({ probeDelayMs: 20 });
    answers.probe = never;
    await vi.waitFor(() => expect(client.status().breaker).toBe("half-open"));
    const asked = count("GET /");
    expect(await ask()).toMatchObject({ kind: "UpstreamUnreachable", retryAfterSeconds: 1 });
    expect(count("GET /")).toBe(asked);
  });

  it("asks at once on a recheck, one for all who want to know", async () => {
    const { client, answers, ask, count } = await setUpDown();
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 1_100);
    try {
      answers.thing = answers.probe = failing(200);
      await Promise.all([client.recheck(), client.recheck(), client.recheck()]);
    } finally {
      vi.restoreAllMocks();
    }
    expect(client.status().breaker).toBe("closed");
    expect(count("GET /probe")).toBe(2);
    expect(await ask()).toBe(200);
  });

  it("holds for a client without a probe: there is none", async () => {
    const server = await startRawServer(reset);
    const client = new HttpClient({ server: "lab", baseUrl: server.url, limits: { retryDelayMs: 1 } });
    closing.push(
      () => server.close(),
      () => client.close(),
    );
    for (let at = 0; at < 20; at += 1) {
      await expect(client.request({ operation: "GET thing", path: "/" })).rejects.toThrow("connection failed");
    }
    expect(client.status().breaker).toBe("closed");
  });
});
