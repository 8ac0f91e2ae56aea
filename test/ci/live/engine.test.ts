// The engine alone, over a server and a feed that the test holds in its hands.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { clock } from "../../../src/ci/live/clock.js";
import { Engine } from "../../../src/ci/live/engine.js";
import type { Wanted } from "../../../src/ci/live/subject.js";
import { createAsk } from "../../../src/net/ask.js";
import { END, Server, away, said, subjectOf, take } from "./held-server.js";
import type { Change, Thing } from "./held-server.js";

let server: Server;
let engine: Engine<number, Thing, null, Change>;
beforeEach(() => {
  server = new Server();
  engine = new Engine<number, Thing, null, Change>(server, subjectOf(server));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const follow = (wanted: Wanted<number, null>, after: number | null = null) =>
  engine.follow(wanted, createAsk(null), { after });

describe("one that is followed", () => {
  test("is told in order, once, as one object for all, and ends", async () => {
    server.set(1, 1);
    const [one, other] = [follow({ keys: [1] }), follow({ keys: [1] })];
    expect((await take(one, 1)).map(said)).toEqual(["1:1 SNAPSHOT"]);
    expect((await take(other, 1)).map(said)).toEqual(["1:1 SNAPSHOT"]);
    for (const state of [2, 2, 1, 3]) server.publish(1, state);
    server.set(1, END);
    const [ones, others] = [await take(one, 9), await take(other, 9)];
    expect(ones.map(said)).toEqual(["1:2 BUS", "1:3 BUS", "1:9 BUS"]);
    ones.forEach((update, at) => expect(update).toBe(others[at]));
    // The first read, and that of the end.
    expect(server.reads).toEqual([[1], [1]]);
  });

  test("is gone: the others are told to their end, then that it is", async () => {
    server.set(1, 1);
    server.set(2, 1);
    const updates = follow({ keys: [1, 2] });
    await take(updates, 2);
    server.things.delete(1);
    server.poll();
    await vi.waitFor(() => expect(server.reads.length).toBeGreaterThan(1));
    server.set(2, END);
    expect((await take(updates, 1)).map(said)).toEqual(["2:9 BUS"]);
    await expect(updates.next()).rejects.toThrow("thing 1 is gone");
  });

  test("is not there: nothing is told", async () => {
    expect(await take(follow({ keys: [1] }), 1)).toEqual([]);
  });
});

describe("a server that is away", () => {
  test("is waited for: events are kept, told in order, and nothing is counted as repaired", async () => {
    server.set(1, 1);
    const updates = follow({ keys: [1] });
    await take(updates, 1);
    server.fault = away("UpstreamUnreachable");
    server.publish(1, 2);
    server.set(1, END);
    expect((await take(updates, 1)).map(said)).toEqual(["1:2 BUS"]);
    await vi.waitFor(() => expect(server.pollsAsked).toBeGreaterThan(0));
    server.fault = undefined;
    server.poll();
    expect((await take(updates, 2)).map(said)).toEqual(["1:9 BUS"]);
    expect(server.foundStates).toEqual([]);
  });

  test("denies: all end with its error, once, and nobody asks again", async () => {
    server.set(1, 1);
    const [named, all] = [follow({ keys: [1] }), follow({ scope: null })];
    await take(named, 1);
    await take(all, 1);
    server.fault = away("UpstreamDenied");
    server.poll();
    for (const updates of [named, all]) {
      await expect(updates.next()).rejects.toMatchObject({ kind: "UpstreamDenied" });
      expect(await updates.next()).toEqual({ done: true, value: undefined });
    }
    const { length } = server.reads;
    server.poll();
    server.publish(1, 5);
    expect(server.hub.size).toBe(0);
    expect(server.reads).toHaveLength(length);
  });
});

describe("a slow server", () => {
  test("32 things that end while it is read cost one more read, and a poll overtakes no event", async () => {
    const keys = Array.from({ length: 32 }, (_, at) => at + 1);
    for (const id of keys) server.set(id, 1);
    const updates = follow({ keys });
    await take(updates, 32);
    let open: () => void = () => undefined;
    server.gate = new Promise((resolve) => (open = resolve));
    server.reads.length = 0;
    server.poll();
    await vi.waitFor(() => expect(server.reads).toHaveLength(1));
    for (const id of keys) server.publish(id, 2);
    for (const id of keys) server.set(id, END);
    open();
    const told = (await take(updates, 64)).map(said);
    expect(told).toEqual([...keys.map((id) => `${id}:2 BUS`), ...keys.map((id) => `${id}:9 BUS`)]);
    expect(server.reads.length).toBeLessThanOrEqual(2);
    expect(server.foundStates).toEqual([]);
  });
});

describe("one that comes back", () => {
  test("is told what was published meanwhile, then what is", async () => {
    server.set(1, 1);
    const updates = follow({ scope: null });
    const [first] = await take(updates, 1);
    await updates.return?.();
    server.set(1, 2);
    server.set(2, 1);
    server.set(1, END);
    const again = follow({ scope: null }, first?.position ?? null);
    expect((await take(again, 3)).map(said)).toEqual(["1:2 BUS", "2:1 BUS", "1:9 BUS"]);
    server.set(2, END);
    expect((await take(again, 1)).map(said)).toEqual(["2:9 BUS"]);
  });

  test("too late is told so, also when nothing is under way", async () => {
    const updates = follow({ scope: null }, -1);
    const next = take(updates, 2);
    await vi.waitFor(() => expect(server.hub.size).toBe(1));
    server.set(1, 1);
    server.poll();
    server.set(1, END);
    expect((await next).map(said)[0]).toMatch(/EXPIRED$/);
  });
});

test("rights are proved again after 30 s, for events and for those who join", async () => {
  server.set(1, 1);
  const updates = follow({ keys: [1] });
  await take(updates, 1);
  server.set(1, 2);
  await take(updates, 1);
  expect(server.reads).toHaveLength(1);
  vi.spyOn(clock, "now").mockImplementation(() => performance.now() + 31_000);
  server.set(1, 3);
  await take(updates, 1);
  expect(server.reads).toHaveLength(2);
  await take(follow({ keys: [1] }), 1);
  expect(server.reads).toHaveLength(2);
});
