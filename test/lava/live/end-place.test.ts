// Places of subscribers in LAVA's own terms: what they tell, and what is read back from them.

import { expect, test } from "vitest";
import { EventRing } from "../../../src/events/ring.js";
import type { LavaClient } from "../../../src/lava/client/client.js";
import { endPlaceAt, placeNow, readEnds } from "../../../src/lava/live/end-place.js";
import type { LavaFeed } from "../../../src/lava/live/feed.js";
import type { LavaEvent } from "../../../src/lava/protocol/event.js";
import { toJobId } from "../../../src/lava/protocol/ids.js";
import { createAsk } from "../../../src/net/ask.js";

const TIME = "2026-01-02T03:04:05.000Z";
const at = (kind: "testjob" | "worker", id: number) =>
  ({ kind, jobId: toJobId(id), time: TIME }) as unknown as LavaEvent;

function feedOf(...events: LavaEvent[]): LavaFeed {
  const ring = new EventRing<LavaEvent>();
  for (const event of events) ring.push(event);
  return { ring } as unknown as LavaFeed;
}

test("is shortly before the job's own event, and a minute ago where the event is not its own", () => {
  const before = Number(placeNow());
  const own = endPlaceAt(feedOf(at("testjob", 7)), 1, toJobId(7))();
  expect(own).toBe(String(Date.parse(TIME) - 5_000));
  const others = [
    endPlaceAt(feedOf(at("testjob", 8)), 1, toJobId(7))(),
    endPlaceAt(feedOf(at("worker", 7)), 1, toJobId(7))(),
    // Something that came later: its position has no event.
    endPlaceAt(feedOf(at("testjob", 7)), 2, toJobId(7))(),
    endPlaceAt(feedOf(), 0, toJobId(7))(),
    // The job's own event is not the one at this position.
    endPlaceAt(feedOf(at("testjob", 8), at("testjob", 7)), 1, toJobId(7))(),
  ];
  for (const other of others) {
    expect(Number(other)).toBeGreaterThanOrEqual(before);
    expect(Number(other)).toBeLessThanOrEqual(Date.now() - 60_000);
  }
  expect(endPlaceAt(feedOf(at("testjob", 7)), null, toJobId(7))()).toBeNull();
});

test.each([
  [0, 0],
  [499, 499],
  [500, 500],
  [501, null],
])("%i ends since then are read back as %s", async (count, read) => {
  const asked: unknown[] = [];
  const client = {
    jobs: (query: unknown) => {
      asked.push(query);
      return Promise.resolve({ count: null, results: Array.from({ length: count }, (_, id) => ({ id })) });
    },
  } as unknown as LavaClient;
  const scope = { query: { health: "Complete" } } as unknown as Parameters<typeof readEnds>[1];
  const ends = await readEnds(client, scope, String(Date.parse(TIME)), createAsk(null));
  expect(ends?.length ?? null).toBe(read);
  expect(asked).toEqual([
    { health: "Complete", state__in: "Finished", end_time__gt: TIME, ordering: "end_time", limit: 501 },
  ]);
});

test.each(["", "yesterday", "176445000000", "17644500000000", "1764450000000x"])("%j is no place", async (place) => {
  const client = { jobs: () => Promise.reject(new Error("was asked")) } as unknown as LavaClient;
  expect(await readEnds(client, { query: {} } as never, place, createAsk(null))).toBeNull();
});
