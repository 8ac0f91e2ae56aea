// The wall on a living lab for a long time: nothing that is told passes it by, and it takes no more memory at the end.

import { afterAll, beforeAll, expect, it } from "vitest";
import { IS_LONG } from "../../steady/form.js";
import { HEAP_MAX, heapOf, settle, startLab } from "./lab.js";
import type { Lab } from "./lab.js";

/** The long form (`ETNA_STEADY=long`) is an hour. */
const MS = IS_LONG ? 3_600_000 : 30_000;

let lab: Lab;

beforeAll(async () => {
  lab = await startLab({ live: true }, () => ({ clients: {} }));
});

afterAll(async () => {
  await lab.close();
});

const JOBS = `subscription { testJobUpdates { source testJob { jobId state health } } }`;
const BOARDS = `subscription { deviceUpdates { source device { hostname state health } } }`;

/** `12 RUNNING UNKNOWN`; null for a snapshot, and for what is no such update. */
function toldBy(data: Record<string, any> | null | undefined): string | null {
  const update = data?.["testJobUpdates"] ?? data?.["deviceUpdates"];
  const thing = update?.testJob ?? update?.device;
  if (thing === undefined || update.source === "SNAPSHOT") return null;
  return [thing.jobId ?? thing.hostname, thing.state, thing.health].join(" ");
}

it(
  "hears of every change, and holds 60 MB at most",
  async () => {
    const shown: string[] = [];
    const visitor = await lab.open("/?wall=1", {}, (page) => {
      page.on("websocket", (socket) =>
        socket.on("framereceived", ({ payload }) => {
          const told = toldBy(JSON.parse(String(payload)).payload?.data);
          if (told !== null) shown.push(told);
        }),
      );
      return Promise.resolve();
    });
    await settle(visitor.page);
    // Another follower of the same, from now on.
    const told: string[] = [];
    const followers = [JOBS, BOARDS].map((document) => lab.gateway.subscribe(document));
    for (const updates of followers) {
      void (async () => {
        for (let next = await updates.next(); next !== undefined; next = await updates.next()) {
          const one = toldBy(next.data);
          if (one !== null) told.push(one);
        }
      })();
    }
    const heaps: number[] = [];
    const end = performance.now() + MS;
    while (performance.now() < end) {
      await visitor.page.waitForTimeout(Math.min(MS / 10, 60_000));
      heaps.push(await heapOf(visitor.page));
      if (IS_LONG) console.info(`${told.length} updates, ${(heaps.at(-1) ?? 0) >> 20} MiB`);
    }
    expect(told.length).toBeGreaterThan(0);
    const wanted = countOf(told);
    // What is under way to one of them is under way to the other.
    await expect.poll(() => [...wanted].filter(([one, times]) => (countOf(shown).get(one) ?? 0) < times)).toEqual([]);
    expect(Math.max(...heaps)).toBeLessThanOrEqual(HEAP_MAX);
    for (const updates of followers) updates.close();
    await visitor.close();
  },
  MS + 120_000,
);

function countOf(list: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of list) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}
