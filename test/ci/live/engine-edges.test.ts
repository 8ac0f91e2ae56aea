// The engine at its bounds: what a subscriber begins with, what comes back with a cursor, and what polls find.

import { beforeEach, describe, expect, test, vi } from "vitest";
import { clock } from "../../../src/ci/live/clock.js";
import { Engine } from "../../../src/ci/live/engine.js";
import type { FollowOptions } from "../../../src/ci/live/engine.js";
import type { Subject, Wanted } from "../../../src/ci/live/subject.js";
import { createAsk } from "../../../src/net/ask.js";
import { END, Server, away, said, subjectOf, take } from "./held-server.js";
import type { Change, Thing } from "./held-server.js";

let server: Server;
let engine: Engine<number, Thing, null, Change>;
const engineOf = (more: Partial<Subject<number, Thing, null, Change>> = {}) =>
  new Engine<number, Thing, null, Change>(server, { ...subjectOf(server), ...more });
beforeEach(() => {
  server = new Server();
  engine = engineOf();
});

const follow = (wanted: Wanted<number, null>, options: FollowOptions<Thing> = {}) =>
  engine.follow(wanted, createAsk(null), options);
const ALL: Wanted<number, null> = { scope: null };
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe("a snapshot", () => {
  test("of named things has them as they were named, each once, and only positions to go on from", async () => {
    for (const id of [1, 2, 3]) server.set(id, 1);
    const updates = await take(follow({ keys: [2, 1, 2, 3] }), 3);
    expect(updates.map(said)).toEqual(["2:1 SNAPSHOT", "1:1 SNAPSHOT", "3:1 SNAPSHOT"]);
    expect(updates.map(({ position }) => position)).toEqual([3, 3, 3]);
  });

  test("of a scope has the newest 100 in order, and a position with the last alone", async () => {
    for (const id of range(1, 130).toReversed()) server.set(id, 1);
    const begun = vi.fn();
    const updates = await take(follow(ALL, { begun }), 100);
    expect(updates.map(({ value }) => value.id)).toEqual(range(31, 130));
    expect(updates.slice(0, -1).every(({ position }) => position === null)).toBe(true);
    expect(updates.at(-1)?.position).toBe(130);
    expect(begun.mock.calls).toEqual([[130]]);
  });

  test("is all that a subscriber of things that have ended gets", async () => {
    for (const id of [1, 2]) server.set(id, END);
    const updates = follow({ keys: [1, 2] });
    expect((await take(updates, 9)).map(said)).toEqual(["1:9 SNAPSHOT", "2:9 SNAPSHOT"]);
    expect(await updates.next()).toEqual({ done: true, value: undefined });
    expect(server.hub.size).toBe(0);
  });

  test("is read once for those who name the same in another order", async () => {
    for (const id of [1, 2]) server.set(id, 1);
    const [one, other] = [follow({ keys: [1, 2] }), follow({ keys: [2, 1] })];
    await Promise.all([take(one, 2), take(other, 2)]);
    expect(server.reads).toEqual([[1, 2]]);
  });

  test("is missing where one of the named things is, and nothing is followed", async () => {
    server.set(1, 1);
    const updates = follow({ keys: [1, 2] });
    expect(await updates.next()).toEqual({ done: true, value: undefined });
    expect(server.hub.size).toBe(0);
  });

  test("that fails is the subscriber's error, and nothing is followed", async () => {
    server.fault = away("UpstreamUnreachable");
    await expect(follow(ALL).next()).rejects.toMatchObject({ kind: "UpstreamUnreachable" });
    await vi.waitFor(() => expect(server.hub.size).toBe(0));
  });

  test("of one who leaves before it has come is told to nobody, and nothing is followed", async () => {
    server.set(1, 1);
    let open: () => void = () => undefined;
    server.gate = new Promise((resolve) => (open = resolve));
    const updates = follow({ keys: [1] });
    const next = updates.next();
    await updates.return?.();
    open();
    expect(await next).toEqual({ done: true, value: undefined });
    await vi.waitFor(() => expect(server.hub.size).toBe(0));
  });
});

describe("one that names things and comes back", () => {
  test("is told what was published of them alone, and the snapshot of those of which nothing was", async () => {
    for (const id of [1, 2, 3]) server.set(id, 1);
    const [first] = await take(follow({ keys: [1, 2] }), 1);
    const keep = follow({ keys: [1, 2] });
    await take(keep, 2);
    server.set(3, 2);
    server.set(1, 2);
    server.set(1, 3);
    await take(keep, 2);
    const updates = await take(follow({ keys: [1, 2] }, { after: first?.position ?? null }), 3);
    expect(updates.map(said)).toEqual(["1:2 BUS", "1:3 BUS", "2:1 SNAPSHOT"]);
    expect(updates.map(({ position }) => position)).toEqual([5, 6, 6]);
  });

  test("is told each end, and completes", async () => {
    for (const id of [1, 2]) server.set(id, 1);
    const keep = follow({ keys: [1, 2] });
    const [first] = await take(keep, 2);
    for (const id of [1, 2]) server.set(id, END);
    await take(keep, 2);
    const again = follow({ keys: [1, 2] }, { after: first?.position ?? null });
    expect((await take(again, 9)).map(said)).toEqual(["1:9 BUS", "2:9 BUS"]);
  });

  test("is not told what begins anew after its end", async () => {
    engine = engineOf({ ordered: false, follows: () => true });
    for (const id of [1, 2]) server.set(id, 1);
    const updates = follow({ keys: [1, 2] });
    await take(updates, 2);
    server.set(1, END);
    expect((await take(updates, 1)).map(said)).toEqual(["1:9 BUS"]);
    server.set(1, 2);
    server.set(2, 2);
    expect((await take(updates, 1)).map(said)).toEqual(["2:2 BUS"]);
  });

  test("is told nothing of what its cursor has told", async () => {
    server.set(1, 1);
    const keep = follow({ keys: [1] });
    await take(keep, 1);
    server.set(1, 2);
    const [second] = await take(keep, 1);
    const again = follow({ keys: [1] }, { after: second?.position ?? null });
    const next = take(again, 2);
    await vi.waitFor(() => expect(server.hub.size).toBe(1));
    server.set(1, 3);
    expect((await next).map(said)).toEqual(["1:2 SNAPSHOT", "1:3 BUS"]);
  });
});

describe("one that follows a scope and comes back", () => {
  const begin = async () => {
    server.set(1, 1);
    const keep = follow(ALL);
    const [first] = await take(keep, 1);
    return { keep, after: first?.position ?? null };
  };

  test("after events of 500 things is told all of them", async () => {
    const { keep, after } = await begin();
    for (const id of range(2, 501)) server.set(id, 1);
    await keep.return?.();
    const updates = await take(follow(ALL, { after }), 500);
    expect(updates.map(said)).toEqual(range(2, 501).map((id) => `${id}:1 BUS`));
    // A number of an event for each, so that it can come back from any of them.
    expect(updates.map(({ position }) => position)).toEqual(range(2, 501));
  });

  test("after events of more things begins anew, and is told so once", async () => {
    const { keep, after } = await begin();
    for (const id of range(2, 502)) server.set(id, 1);
    await keep.return?.();
    const updates = await take(follow(ALL, { after }), 100);
    expect(updates.map(({ expired }) => expired)).toEqual([true, ...range(2, 100).map(() => false)]);
    expect(updates.map(({ value }) => value.id)).toEqual(range(403, 502));
  });

  test("is told each end once, although its follower hears of it, too", async () => {
    const { keep, after } = await begin();
    server.set(2, 1);
    server.set(2, END);
    expect((await take(keep, 2)).map(said)).toEqual(["2:1 BUS", "2:9 BUS"]);
    // Its follower knows no longer what has ended.
    const again = follow(ALL, { after });
    expect((await take(again, 2)).map(said)).toEqual(["2:1 BUS", "2:9 BUS"]);
    server.publish(2, END);
    server.set(3, 1);
    expect((await take(again, 1)).map(said)).toEqual(["3:1 BUS"]);
  });

  test("of a kind that does not match is told nothing of it", async () => {
    const isOdd = ({ id }: Thing) => id % 2 === 1;
    const list: Subject<number, Thing, null, Change>["list"] = async (_, __, newest) => {
      const all = await server.list(newest);
      return { ...all, values: all.values.filter(isOdd) };
    };
    engine = engineOf({ matches: (_, thing) => isOdd(thing), list });
    const { keep, after } = await begin();
    for (const id of [2, 3, 4, 5]) server.set(id, 1);
    await keep.return?.();
    expect((await take(follow(ALL, { after }), 2)).map(said)).toEqual(["3:1 BUS", "5:1 BUS"]);
  });

  test("is told what the server has of a gap, and then what is", async () => {
    for (const id of [1, 2]) server.set(id, 1);
    const readGap = () => Promise.resolve([{ id: 7, state: END } as const, { id: 1, state: END } as const]);
    const updates = await take(follow(ALL, { after: -1, readGap }), 3);
    expect(updates.map(said)).toEqual(["7:9 REPAIRED", "1:9 REPAIRED", "2:1 SNAPSHOT"]);
    expect(updates.map(({ position }) => position)).toEqual([null, null, 2]);
    server = new Server();
    engine = engineOf();
    const ended = await take(follow(ALL, { after: -1, readGap }), 2);
    expect(ended.map(({ position }) => position)).toEqual([null, 0]);
  });

  test("where the gap is not known is told that its cursor has expired; an empty one is known", async () => {
    server.set(1, 1);
    const [unknown] = await take(follow(ALL, { after: -1, readGap: () => Promise.resolve(null) }), 1);
    expect(unknown && said(unknown)).toBe("1:1 SNAPSHOT EXPIRED");
    const [known] = await take(follow(ALL, { after: -1, readGap: () => Promise.resolve([]) }), 1);
    expect(known && said(known)).toBe("1:1 SNAPSHOT");
  });

  test("is told why the gap could not be read, and nothing is followed", async () => {
    server.set(1, 1);
    const readGap = () => Promise.reject(away("UpstreamUnreachable"));
    await expect(follow(ALL, { after: -1, readGap }).next()).rejects.toMatchObject({ kind: "UpstreamUnreachable" });
    await vi.waitFor(() => expect(server.hub.size).toBe(0));
  });

  test("is not told again of an end in the gap, when its event comes late", async () => {
    server.set(1, 1);
    const readGap = () => Promise.resolve([{ id: 1, state: END }]);
    const updates = follow(ALL, { after: -1, readGap });
    await take(updates, 1);
    server.set(1, END);
    server.set(2, 1);
    expect((await take(updates, 1)).map(said)).toEqual(["2:1 BUS"]);
  });
});

describe("a poll", () => {
  test("asks for what is newer than all that it knows, and tells each thing once", async () => {
    server.set(1, 1);
    const updates = follow(ALL);
    await take(updates, 1);
    server.set(2, 1, true);
    server.poll();
    expect((await take(updates, 1)).map(said)).toEqual(["2:1 REPAIRED"]);
    server.set(4, 1);
    expect((await take(updates, 1)).map(said)).toEqual(["4:1 BUS"]);
    server.poll();
    await vi.waitFor(() => expect(server.lists).toHaveLength(3));
    server.set(3, 1);
    expect((await take(updates, 1)).map(said)).toEqual(["3:1 BUS"]);
    server.poll();
    await vi.waitFor(() => expect(server.lists).toHaveLength(4));
    server.set(5, 1, true);
    server.poll();
    expect((await take(updates, 1)).map(said)).toEqual(["5:1 REPAIRED"]);
    // What is told by an event is known, and one that comes late does not set it back.
    expect(server.lists).toEqual([null, 1, 4, 4, 4]);
  });

  test("finds what no event has told of, once, and says so", async () => {
    server.set(1, 1);
    const updates = follow({ keys: [1] });
    await take(updates, 1);
    server.set(1, 3, true);
    server.poll();
    expect((await take(updates, 1)).map(said)).toEqual(["1:3 REPAIRED"]);
    expect(server.foundStates).toEqual(['["thing",1,"3"]']);
    server.poll();
    await vi.waitFor(() => expect(server.reads).toHaveLength(3));
    server.publish(1, 3);
    server.publish(1, 2);
    server.set(1, 4);
    expect((await take(updates, 1)).map(said)).toEqual(["1:4 BUS"]);
    expect(server.foundStates).toHaveLength(1);
  });

  test("asks from the newest on that the one before has named, shown or not", async () => {
    server.set(1, 1);
    let newest = 10;
    engine = engineOf({
      list: (_, __, after) => {
        server.lists.push(after);
        const all = [...server.things].map(([id, state]) => ({ id, state }));
        return Promise.resolve({ values: after === null ? all : [], isWhole: false, newest: (newest += 10) });
      },
    });
    const updates = follow(ALL);
    await take(updates, 1);
    for (const count of [2, 3]) {
      server.poll();
      await vi.waitFor(() => expect(server.lists).toHaveLength(count));
      // Its answer has been taken into account when the next event has.
      server.set(1, count);
      expect((await take(updates, 1)).map(said)).toEqual([`1:${count} BUS`]);
    }
    expect(server.lists).toEqual([null, 20, 30]);
  });

  test("of a whole scope tells no end twice, and what it does not show is known no more", async () => {
    for (const id of [1, 2, 3]) server.set(id, 1);
    engine = engineOf({
      list: (_, __, after) => {
        server.lists.push(after);
        const values = [...server.things].map(([id, state]) => ({ id, state }));
        return Promise.resolve({ values, isWhole: true, newest: null });
      },
    });
    const updates = follow(ALL);
    await take(updates, 3);
    server.set(1, END);
    expect((await take(updates, 1)).map(said)).toEqual(["1:9 BUS"]);
    server.things.delete(2);
    server.poll();
    await vi.waitFor(() => expect(server.lists).toHaveLength(2));
    server.set(3, 2);
    expect((await take(updates, 1)).map(said)).toEqual(["3:2 BUS"]);
    // An event that comes late: the server is asked, and has no such thing.
    server.publish(2, 2);
    server.set(3, 3);
    expect((await take(updates, 1)).map(said)).toEqual(["3:3 BUS"]);
    expect(server.reads).toContainEqual([2]);
  });

  test("does not set back what an event has told", async () => {
    server.set(1, 1);
    const updates = follow({ keys: [1] });
    await take(updates, 1);
    server.publish(1, 5);
    expect((await take(updates, 1)).map(said)).toEqual(["1:5 BUS"]);
    server.poll();
    await vi.waitFor(() => expect(server.reads.length).toBeGreaterThan(1));
    server.set(1, 6);
    expect((await take(updates, 1)).map(said)).toEqual(["1:6 BUS"]);
  });

  test("tells nothing of what has ended in a scope, and of what goes on still", async () => {
    for (const id of [1, 2]) server.set(id, 1);
    const updates = follow(ALL);
    await take(updates, 2);
    server.set(1, END);
    expect((await take(updates, 1)).map(said)).toEqual(["1:9 BUS"]);
    server.set(2, 2, true);
    server.poll();
    expect((await take(updates, 1)).map(said)).toEqual(["2:2 REPAIRED"]);
    // Only what has not ended is read.
    expect(server.reads.at(-1)).toEqual([2]);
    server.publish(1, END);
    server.set(2, 3);
    expect((await take(updates, 1)).map(said)).toEqual(["2:3 BUS"]);
  });
});

describe("an event", () => {
  test("from before the last one is not told, where states have no order", async () => {
    engine = engineOf({ ordered: false, follows: () => true });
    server.set(1, 1);
    const updates = follow({ keys: [1] });
    await take(updates, 1);
    const publish = (state: number, time: string) => {
      const event = { id: 1, state, time };
      server.hub.publish({ kind: "event", event, at: clock.now(), number: server.ring.push(event) });
    };
    publish(3, "2");
    publish(2, "1");
    publish(4, "3");
    expect((await take(updates, 2)).map(said)).toEqual(["1:3 BUS", "1:4 BUS"]);
  });

  test("of an end in a scope leaves it to those who were told: who joins begins without it", async () => {
    for (const id of [1, 2]) server.set(id, 1);
    const updates = follow(ALL);
    await take(updates, 2);
    server.set(1, END);
    await take(updates, 1);
    expect((await take(follow(ALL), 1)).map(said)).toEqual(["2:1 SNAPSHOT"]);
  });

  test("of an end that the server does not show yet is told when it does", async () => {
    server.set(1, 3);
    const updates = follow({ keys: [1] });
    await take(updates, 1);
    server.publish(1, END);
    await vi.waitFor(() => expect(server.reads.length).toBeGreaterThan(2));
    server.things.set(1, END);
    expect((await take(updates, 2)).map(said)).toEqual(["1:9 BUS"]);
  });

  test("of a new thing that can't be read yet is told once it can, and of one that never can, not", async () => {
    const updates = follow(ALL);
    const next = take(updates, 1);
    await vi.waitFor(() => expect(server.hub.size).toBe(1));
    server.publish(8, 1);
    server.publish(7, 1);
    await vi.waitFor(() => expect(server.reads.length).toBeGreaterThan(0));
    server.things.set(7, 1);
    expect((await next).map(said)).toEqual(["7:1 BUS"]);
  });

  test("of a thing that its viewer may not see any more is not told", async () => {
    for (const id of [1, 2]) server.set(id, 1);
    const updates = follow(ALL);
    await take(updates, 2);
    server.things.delete(1);
    server.publish(1, END);
    server.set(2, 2);
    expect((await take(updates, 1)).map(said)).toEqual(["2:2 BUS"]);
  });
});
