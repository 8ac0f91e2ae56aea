// Lists of test jobs through the replica, held to LAVA's own answers to the same viewer: random viewers, rights, events,
// filters, orders and pages over a sandbox whose jobs are public, personal, of groups, and on restricted boards.

import { expect, test } from "vitest";
import { clock } from "../../../src/ci/live/clock.js";
import type { LavaClient } from "../../../src/lava/client/client.js";
import { pageOfTestJobs } from "../../../src/lava/client/test-job-pages.js";
import { toJobId } from "../../../src/lava/protocol/ids.js";
import type { JobOrder, JobSearch, Query, TimeField } from "../../../src/lava/protocol/job-search.js";
import { toMicros } from "../../../src/lava/protocol/time.js";
import type { WireTestJob } from "../../../src/lava/protocol/wire.js";
import type { Ask } from "../../../src/net/ask.js";
import { Random } from "../../../src/sandbox/random.js";
import { BOARDS, RIGHTS_MS, USERS, happen, start } from "./stand.js";

const TIMES: readonly TimeField[] = ["submit_time", "start_time", "end_time"];

function randomSearch(random: Random, ids: readonly number[], times: readonly string[]): JobSearch {
  const query: Record<string, Query[string]> = {};
  const some = (share: number, filter: () => Query) => {
    if (random.chance(share)) Object.assign(query, filter());
  };
  some(0.3, () => ({
    state__in: random.pick(["Finished", "Submitted,Scheduled", "Running", "Submitted,Running,Finished"]),
  }));
  some(0.2, () => ({ health__in: random.pick(["Complete", "Incomplete,Canceled", "Unknown"]) }));
  some(0.2, () => ({ submitter__username: random.pick(["alice", "bob", "nobody"]) }));
  some(0.1, () => ({ submitter__username__in: "alice,admin" }));
  some(0.2, () => ({ requested_device_type__name: random.pick(["qemu", "docker", "beaglebone-black", "none"]) }));
  some(0.1, () => ({ actual_device__hostname: random.pick(BOARDS) }));
  some(0.1, () => ({ actual_device__hostname__in: "qemu-01,qemu-02,bbb-01" }));
  some(0.15, () => ({ description__icontains: random.pick(["QEMU", "v6.12", "boot", "ü", "zzz"]) }));
  some(0.1, () => ({ health_check: random.chance(0.5) }));
  // What no row says.
  some(0.05, () => ({ priority__gte: 50 }));
  some(0.05, () => ({ definition__contains: "qemu" }));
  const bound = () => (random.chance(0.2) ? random.pick(ids) : null);
  const moment = () => (random.chance(0.5) ? toMicros(random.pick(times)) : null);
  return {
    query,
    ids: { above: bound(), below: bound() },
    times: random.chance(0.2) ? { [random.pick(TIMES)]: { above: moment(), below: moment() } } : {},
    fits: null,
  };
}

/** All that a page shows of its jobs, and where it ends. */
async function page(client: LavaClient, ask: Ask, search: JobSearch, order: JobOrder, count: number, pages: number) {
  const list = (query: Query, counted = false) => client.jobs(query, ask, { counted });
  const shown: unknown[] = [];
  let cursor: string | null = null;
  for (let nr = 0; nr < pages; nr += 1) {
    const { items, ...rest } = await pageOfTestJobs(list, search, order, { direction: "forward", count, cursor });
    const { totalCount } = rest;
    const total = nr > 0 ? null : typeof totalCount === "function" ? await totalCount() : totalCount;
    shown.push(
      items.map(({ node }) => node),
      { ...rest, totalCount: total },
    );
    cursor = items.at(-1)?.cursor ?? null;
    if (cursor === null || !rest.hasNextPage) break;
  }
  return shown;
}

test.for([
  ["2020.12", 60, 11],
  ["2023.01", 60, 12],
  ["2026.10", 60, 13],
  ["2023.01", 260, 14],
] as const)(
  "LAVA %s with %i jobs: every list of every viewer is LAVA's own",
  { timeout: 240_000 },
  async ([version, jobs, seed]) => {
    const stand = await start({ version, jobs });
    const { client, plain, ask, heard, later } = stand;
    const random = new Random(seed);
    const ids = Array.from({ length: jobs + 2 }, (_, at) => at + 1);
    const first = await plain.jobs({ ordering: "-id", limit: 20 }, ask("admin"));
    const times = first.results
      .flatMap((job) => [job.submit_time, job.start_time, job.end_time])
      .filter((time) => time !== null);
    client.replica?.window.use();
    for (let step = 0; step < 40; step += 1) {
      let moved = false;
      for (let nr = random.int(0, 3); nr > 0; nr -= 1) moved = (await happen(stand, random, ids)) || moved;
      await heard();
      // Of rights that are moved no event tells: the promise is that they are seen 30 s later.
      if (moved) later(RIGHTS_MS + 1);
      const search = randomSearch(random, ids, times);
      const field = random.pick(["id", "id", "id", ...TIMES] as const);
      const order = { field, descending: random.chance(0.6) };
      const [count, pages] = [random.pick([1, 5, 20, 60]), random.pick([1, 1, 3])];
      for (const user of USERS) {
        const expected = await page(plain, ask(user), search, order, count, pages);
        const given = await page(client, ask(user), search, order, count, pages);
        expect(given, `step ${step}, ${user ?? "anonymous"}: ${JSON.stringify([search.query, order])}`).toEqual(
          expected,
        );
      }
    }
    const { answered, left } = client.replica?.window.stats() ?? { answered: 0, left: 0 };
    // A window that does not reach down to the first job leaves filters and other orders to LAVA.
    expect(answered).toBeGreaterThan(jobs > 100 ? left / 10 : left);
  },
);

test(
  "test jobs by number are LAVA's own, for followers and operations, whoever asked before",
  { timeout: 240_000 },
  async () => {
    const stand = await start({ jobs: 60 });
    const { client, plain, ask, heard, later } = stand;
    const random = new Random(77);
    const ids = Array.from({ length: 62 }, (_, at) => at + 1);
    for (let step = 0; step < 80; step += 1) {
      let moved = false;
      for (let nr = random.int(0, 3); nr > 0; nr -= 1) moved = (await happen(stand, random, ids)) || moved;
      await heard();
      if (moved) later(RIGHTS_MS + 1);
      const some = random.sample(ids, 12).map(toJobId);
      const order = (wires: readonly WireTestJob[]) => [...wires].sort((a, b) => a.id - b.id);
      const users = random.sample([...USERS], 3);
      // At once, so that they share what may be shared.
      const given = await Promise.all(users.map((user) => client.jobsById(some, ask(user))));
      for (const [at, user] of users.entries()) {
        const expected = await plain.jobsById(some, ask(user));
        expect(order(given[at] ?? []), `step ${step}, ${user ?? "anonymous"}`).toEqual(order(expected));
        const since = clock.now();
        const followed = await client.shownJobs(some, { ...ask(user), scope: null }, { since, hiddenSince: since });
        expect(order([...followed.values.values()])).toEqual(order(expected));
        expect(followed.begun).toBeGreaterThanOrEqual(since);
      }
    }
  },
);
