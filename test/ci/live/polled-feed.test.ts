// What followers cost and get, whatever is followed: an engine over polls that the test answers by hand.

import { expect, test, vi } from "vitest";
import { Engine } from "../../../src/ci/live/engine.js";
import { ANYBODY, PolledFeed, polledSubject } from "../../../src/ci/live/polled-feed.js";
import type { PolledFeedOptions } from "../../../src/ci/live/polled-feed.js";
import type { Change, Polls, Wanted } from "../../../src/ci/live/polls.js";

interface Thing {
  readonly id: number;
  readonly state: string;
}

interface Poll {
  readonly wanted: Wanted<object>;
  /** Ends the poll; `things` are there, what differs from before is a change. */
  readonly answer: (things: readonly Thing[], fault?: Error) => void;
}

/** Polls in the order in which they begin. */
function createPolls() {
  let known = new Map<number, Thing>();
  let forgotten = 0;
  const begun: Poll[] = [];
  const awaited: ((poll: Poll) => void)[] = [];
  const polls: Polls<Thing, object> = {
    poll: (wanted) =>
      new Promise((resolve) => {
        const answer: Poll["answer"] = (things, fault) => {
          const changes: Change<Thing>[] = things
            .filter(({ id, state }) => known.has(id) && known.get(id)?.state !== state)
            .map((value) => ({ id: value.id, value }));
          if (fault === undefined) known = new Map(things.map((thing) => [thing.id, thing]));
          const asked = new Map([...wanted.asked].map((id) => [id, fault ?? known.get(id) ?? null] as const));
          resolve({ changes, asked, scopesFault: fault ?? null, covered: null, failed: fault !== undefined });
        };
        const poll = { wanted, answer };
        const waiting = awaited.shift();
        if (waiting === undefined) begun.push(poll);
        else waiting(poll);
      }),
    ongoing: () => [...known.values()],
    idOf: ({ id }) => id,
    isOngoing: () => true,
    matches: () => true,
    hasEnded: ({ state }) => state === "ended",
    stateOf: ({ state }) => state,
    forget: () => {
      forgotten += 1;
      known = new Map();
    },
  };
  const next = () => {
    const poll = begun.shift();
    return poll === undefined ? new Promise<Poll>((resolve) => awaited.push(resolve)) : Promise.resolve(poll);
  };
  return { polls, next, begun, forgotten: () => forgotten };
}

/** No regular poll comes by itself: the test says when, however long anything else takes. */
const INTERVAL_MS = 3_600_000;

function createPoller(polls: Polls<Thing, object>, options: Partial<PolledFeedOptions> = {}) {
  const feed = new PolledFeed(polls, { server: "guix", intervalMs: INTERVAL_MS, ...options });
  const engine = new Engine(feed, polledSubject("thing", feed, polls));
  return {
    feed,
    follow: (keys: readonly number[]) => engine.follow({ keys }, ANYBODY),
    followScope: (scope: object) => engine.follow({ scope }, ANYBODY),
    close: () => feed.close(),
  };
}

test("asks once for all who come while a poll is under way, and tells each every change once", async () => {
  const { polls, next, begun, forgotten } = createPolls();
  const poller = createPoller(polls, { restMs: 0 });
  const early = poller.follow([7]);
  const snapshot = early.next();
  const first = await next();
  const late = Array.from({ length: 200 }, () => poller.follow([7]));
  const snapshots = late.map((updates) => updates.next());
  first.answer([{ id: 7, state: "new" }]);
  expect(await snapshot).toMatchObject({ value: { value: { state: "new" }, source: "SNAPSHOT" } });
  const second = await next();
  expect([...second.wanted.asked]).toEqual([7]);
  second.answer([{ id: 7, state: "begun" }]);
  for (const one of await Promise.all(snapshots)) expect(one.value).toMatchObject({ value: { state: "begun" } });
  expect(await early.next()).toMatchObject({ value: { value: { state: "begun" }, source: "POLL" } });

  poller.feed.pollWithin();
  const regular = await next();
  expect(regular.wanted).toMatchObject({ all: true, asked: new Set() });
  expect([...regular.wanted.ids]).toEqual([7]);
  regular.answer([{ id: 7, state: "ended" }]);
  for (const updates of [early, ...late]) {
    expect(await updates.next()).toMatchObject({ value: { value: { state: "ended" }, source: "POLL" } });
    expect(await updates.next()).toEqual({ done: true, value: undefined });
  }
  expect(begun).toEqual([]);
  await vi.waitFor(() => expect(forgotten()).toBe(1));
  expect(poller.feed.status.changes).toBe(2);
});

test("tells a follower of a scope nothing twice that its snapshot has said", async () => {
  const { polls, next } = createPolls();
  const poller = createPoller(polls);
  const one = poller.followScope({});
  const ones = one.next();
  (await next()).answer([{ id: 1, state: "a" }]);
  await ones;
  const other = poller.followScope({});
  const others = other.next();
  // Found by the very poll that the other begins with.
  const poll = await next();
  expect(poll.wanted.scopes).toHaveLength(1);
  poll.answer([{ id: 1, state: "b" }]);
  expect(await one.next()).toMatchObject({ value: { value: { state: "b" }, source: "POLL" } });
  expect(await others).toMatchObject({ value: { value: { state: "b" }, source: "SNAPSHOT" } });
  const following = other.next();
  poller.feed.pollWithin();
  (await next()).answer([{ id: 1, state: "c" }]);
  expect(await following).toMatchObject({ value: { value: { state: "c" }, source: "POLL" } });
  expect(await one.next()).toMatchObject({ value: { value: { state: "c" } } });
  poller.close();
  expect(await one.next()).toEqual({ done: true, value: undefined });
});

test("lets go of everything when its follower leaves while a poll is under way", async () => {
  const { polls, next, begun } = createPolls();
  const poller = createPoller(polls);
  const updates = poller.follow([1]);
  const waiting = updates.next();
  const poll = await next();
  await updates.return?.();
  const since = poller.feed.status.since;
  poll.answer([{ id: 1, state: "a" }]);
  await waiting;
  expect(begun).toEqual([]);
  // A new one begins from nothing.
  const again = poller.follow([1]);
  const snapshot = again.next();
  const second = await next();
  expect([...second.wanted.ids]).toEqual([1]);
  second.answer([{ id: 1, state: "b" }]);
  expect(await snapshot).toMatchObject({ value: { source: "SNAPSHOT" } });
  expect(poller.feed.status.since).not.toBeNull();
  expect(since).not.toBeNull();
  poller.close();
  poller.close();
});

test("ends a follower that does not read, and no other", async () => {
  const { polls, next } = createPolls();
  const poller = createPoller(polls, { intervalMs: 5, queueMax: 100 });
  const [lazy, busy] = [poller.followScope({}), poller.followScope({})];
  const snapshots = [lazy.next(), busy.next()];
  (await next()).answer([{ id: 1, state: "0" }]);
  await Promise.all(snapshots);
  for (let state = 1; state <= 102; state += 1) {
    const following = busy.next();
    (await next()).answer([{ id: 1, state: String(state) }]);
    expect((await following).value).toMatchObject({ value: { state: String(state) } });
  }
  await expect(lazy.next()).rejects.toMatchObject({ code: "SUBSCRIPTION_OVERFLOW" });
  poller.close();
});

test("throws what the first poll has met, and only waits longer after what a later one has", async () => {
  const { polls, next } = createPolls();
  const poller = createPoller(polls);
  const refused = poller.follow([1]).next();
  (await next()).answer([], new Error("down"));
  await expect(refused).rejects.toThrow("down");
  const updates = poller.follow([1]);
  const snapshot = updates.next();
  (await next()).answer([{ id: 1, state: "a" }]);
  await snapshot;
  const following = updates.next();
  poller.feed.pollWithin();
  (await next()).answer([], new Error("down"));
  await vi.waitFor(() => expect(poller.feed.status.isAway).toBe(true));
  poller.feed.pollWithin();
  (await next()).answer([{ id: 1, state: "b" }]);
  expect(await following).toMatchObject({ value: { value: { state: "b" } } });
  poller.close();
});
