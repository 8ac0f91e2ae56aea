// Other limits for a client that is in use: what is under way ends as it began, what comes next has the new ones.

import { describe, expect, it, onTestFinished, vi } from "vitest";
import { HttpClient } from "../../src/net/http.js";
import { Secret, sameWithSecrets } from "../../src/net/secret.js";
import { Slots } from "../../src/net/slots.js";
import { startRawServer } from "./raw-server.js";
import type { RawRequest } from "./raw-server.js";

async function setUp(concurrency: number) {
  const held: RawRequest[] = [];
  const server = await startRawServer((request) => void held.push(request));
  const client = new HttpClient({ server: "lab", baseUrl: new URL(server.url), limits: { concurrency } });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  const ask = (path: string) => client.request({ operation: "GET thing", path });
  return { held, client, ask };
}

describe("HttpClient.configure", () => {
  it("has more asked at a time at once, and answers what was under way", async () => {
    const { held, client, ask } = await setUp(1);
    const answers = ["/a", "/b", "/c"].map(ask);
    await vi.waitFor(() => expect(held).toHaveLength(1));
    expect(client.status()).toMatchObject({ inUse: 1, waiting: 2 });
    client.configure({ concurrency: 3 });
    await vi.waitFor(() => expect(held).toHaveLength(3));
    for (const request of held) request.answer(200, "fine");
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it("has other limits in time for what is asked next", async () => {
    const { held, client, ask } = await setUp(2);
    const slow = ask("/slow");
    await vi.waitFor(() => expect(held).toHaveLength(1));
    client.configure({ concurrency: 2, totalTimeoutMs: 50 });
    await expect(ask("/late")).rejects.toThrow("no whole answer within the limit");
    held[0]?.answer(200, "in its own time");
    expect((await slow).body.toString()).toBe("in its own time");
  });

  it("leaves nothing open when it is closed with requests of before under way", async () => {
    const { held, client, ask } = await setUp(1);
    const failed = expect(ask("/a")).rejects.toThrow();
    await vi.waitFor(() => expect(held).toHaveLength(1));
    client.configure({ concurrency: 1 });
    await client.close();
    await failed;
  });
});

describe("Slots.resize", () => {
  it("takes no slot away, and gives none out before there are fewer in use than the new size", async () => {
    const slots = new Slots(2, 10);
    const [one, two] = [await slots.acquire(), await slots.acquire()];
    slots.resize(1);
    const third = slots.acquire();
    one();
    await new Promise((resolve) => setImmediate(resolve));
    expect(slots).toMatchObject({ inUse: 1, waiting: 1 });
    two();
    (await third)();
    expect(slots).toMatchObject({ inUse: 0, waiting: 0 });
  });
});

describe("sameWithSecrets", () => {
  const entry = (token: string, url = "http://a/") => ({
    url: new URL(url),
    token: new Secret(token),
    limits: { a: 1 },
  });

  it("compares to the last field, secrets by what they hold, in any order of keys", () => {
    expect(sameWithSecrets(entry("x"), entry("x"))).toBe(true);
    expect(sameWithSecrets({ a: 1, b: null }, { b: null, a: 1 })).toBe(true);
    expect(sameWithSecrets(entry("x"), entry("y"))).toBe(false);
    expect(sameWithSecrets(entry("x"), entry("x", "http://b/"))).toBe(false);
    expect(sameWithSecrets(entry("x"), { ...entry("x"), limits: {} })).toBe(false);
    expect(sameWithSecrets({ credentials: { key: new Secret("x") } }, { credentials: { key: new Secret("y") } })).toBe(
      false,
    );
    expect(sameWithSecrets({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  });
});
