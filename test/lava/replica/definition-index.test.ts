// Test jobs by what their definitions name: from the index, held to LAVA's own searches by text for the same viewer, and what
// they cost.

import { describe, expect, test } from "vitest";
import type { WireTestJob } from "../../../src/lava/protocol/wire.js";
import type { LavaClient } from "../../../src/lava/client/client.js";
import type { NamingQuery } from "../../../src/lava/replica/definition-index.js";
import { NameTable, namesIn } from "../../../src/lava/replica/name-table.js";
import type { Ask } from "../../../src/net/ask.js";
import { Random } from "../../../src/sandbox/random.js";
import { jobFile } from "../../support/job-files.js";
import { RIGHTS_MS, USERS, happen, start } from "./stand.js";

const PAGES = [11, 12, 13, 14, 15].map((nr) => `https://ci.example.org/build/${nr}`);
const HASH = "3mkf1hjvd6n6gc6bk0sh5bd1p6yy5xzc".replace(/[eotu]/g, "x");
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** What LAVA is asked for one text. */
function searching(client: LavaClient, ask: Ask, { count, since }: NamingQuery) {
  const searched: string[] = [];
  const after = since === null ? null : new Date(since).toISOString();
  const search = async (text: string, below: number | null) => {
    searched.push(text);
    const query = { definition__contains: text, id__lt: below, submit_time__gt: after, limit: count, ordering: "-id" };
    return (await client.jobs(query, ask)).results;
  };
  return { searched, search };
}

function numbers(jobs: readonly WireTestJob[] = []): readonly number[] {
  return jobs.map(({ id }) => id);
}

const named = (page: string) => `${jobFile("queued")}\nmetadata:\n  build-url: ${page}\n`;

test.for([
  ["2020.12", 21],
  ["2023.01", 22],
  ["2026.10", 23],
] as const)(
  "LAVA %s: what is found for each viewer is what LAVA finds",
  { timeout: 240_000 },
  async ([version, seed]) => {
    const stand = await start({ version, jobs: 140 });
    const { client, plain, ask, heard, later } = stand;
    const random = new Random(seed);
    const ids = Array.from({ length: 142 }, (_, at) => at + 1);
    for (let step = 0; step < 40; step += 1) {
      let moved = false;
      for (let nr = random.int(0, 3); nr > 0; nr -= 1) {
        const note = random.chance(0.7) ? `\nmetadata:\n  build-url: ${random.pick(PAGES)}\n  x: ${COMMIT}\n` : "";
        moved = (await happen(stand, random, ids, note)) || moved;
      }
      await heard();
      // Of rights that are moved no event tells: jobs that are shown besides are found ten minutes later.
      if (moved) later(20 * RIGHTS_MS + 1);
      const text = random.pick([...PAGES, COMMIT]);
      const before = random.chance(0.2) ? random.pick(ids) : null;
      const query = { texts: [text], count: random.pick([1, 3, 20]), before, since: null };
      for (const user of USERS) {
        const of = searching(client, ask(user), query);
        const found = await client.replica?.index.find(query, ask(user), of.search);
        const words = { definition__contains: text, id__lt: before, limit: query.count, ordering: "-id" };
        const { results } = await plain.jobs(words, ask(user));
        // A longer number of which this one is the beginning is none of its jobs.
        expect(numbers(found?.jobs), `step ${step}, ${user ?? "anonymous"}: ${text}`).toEqual(numbers(results));
        expect(of.searched).toEqual([]);
      }
    }
  },
);

describe("a private job", () => {
  test("that one viewer was shown is found for nobody else, and without a search", async () => {
    const { lava, client, ask, heard } = await start({ jobs: 60 });
    const page = PAGES[0] ?? "";
    const [mine = 0] = lava
      .submit("alice", named(page).replace("visibility: public", "visibility: personal"))
      .map(Number);
    const [all = 0] = lava.submit("alice", named(page)).map(Number);
    await heard();
    const query = { texts: [page], count: 10, before: null, since: null };
    const find = async (user: "alice" | "bob" | null) => {
      const { searched, search } = searching(client, ask(user), query);
      const found = await client.replica?.index.find(query, ask(user), search);
      expect(searched).toEqual([]);
      return numbers(found?.jobs);
    };
    expect(await find("bob")).toEqual([all]);
    expect(await find("alice")).toEqual([all, mine]);
    // It is in the index by now.
    expect(await find("bob")).toEqual([all]);
    expect(await find(null)).toEqual([all]);
    lava.setVisibility(mine, { kind: "public" });
  });
});

describe("jobs that are older than the rows", () => {
  test("are searched for once for each viewer, and looked at again for rights", { timeout: 120_000 }, async () => {
    const { lava, client, ask, heard, later } = await start({ jobs: 1_150 });
    const page = PAGES[0] ?? "";
    const [old = 0] = lava.submit("alice", named(page)).map(Number);
    for (let nr = 0; nr < 101; nr += 1) lava.submit("alice", jobFile("queued"));
    const [young = 0] = lava.submit("alice", named(page)).map(Number);
    await heard();
    const query = { texts: [page], count: 10, before: null, since: null };
    const find = async () => {
      const { searched, search } = searching(client, ask("bob"), query);
      return { found: numbers((await client.replica?.index.find(query, ask("bob"), search))?.jobs), searched };
    };
    expect(await find()).toEqual({ found: [young, old], searched: [page] });
    expect(await find()).toEqual({ found: [young, old], searched: [] });
    const [newest = 0] = lava.submit("alice", named(page)).map(Number);
    await heard();
    expect(await find()).toEqual({ found: [newest, young, old], searched: [] });
    lava.setVisibility(old, { kind: "personal" });
    later(RIGHTS_MS + 1);
    expect(await find()).toEqual({ found: [newest, young], searched: [] });
  });

  test("are not searched for where they can't be meant", async () => {
    const { lava, client, ask, heard } = await start({ jobs: 230 });
    const page = PAGES[0] ?? "";
    const [young = 0] = lava.submit("alice", named(page)).map(Number);
    await heard();
    lava.requests.reset();
    const query = { texts: PAGES, count: 10, before: null, since: Date.now() - 60_000 };
    const { searched, search } = searching(client, ask("bob"), query);
    const found = await client.replica?.index.find(query, ask("bob"), search);
    expect({ found: numbers(found?.jobs), floor: found?.floor, searched }).toEqual({
      found: [young],
      floor: 0,
      searched: [],
    });
    // The newest jobs, once.
    expect(lava.requests.counts()["GET jobs/"]).toBeLessThanOrEqual(2);
  });
});

describe("names in a definition", () => {
  test("are those by which a build, an evaluation or a commit is searched for, and nothing longer", () => {
    const table = new NameTable();
    table.add(1, `url: https://ci.example.org/build/123/details`);
    table.add(2, `url: https://ci.example.org/build/1234`);
    table.add(3, `metadata: {build-id: '123', evaluation: 9}`);
    table.add(4, `kernel: /gnu/store/${HASH}-linux/bzImage`);
    table.add(5, `revision: ${COMMIT}`);
    table.add(6, `checksum: ${COMMIT}${COMMIT}`);
    expect(table.jobsOf(["https://ci.example.org/build/123"])).toEqual([1]);
    expect(table.jobsOf(["build-id: 123"])).toEqual([3]);
    expect(table.jobsOf(["build-id: '123'"])).toEqual([3]);
    expect(table.jobsOf(["evaluation: 9"])).toEqual([3]);
    expect(table.jobsOf([HASH])).toEqual([4]);
    expect(table.jobsOf([COMMIT])).toEqual([5]);
    expect([table.isName(HASH), table.isName("boots")]).toEqual([true, false]);
    table.delete(1);
    expect(table.jobsOf(["https://ci.example.org/build/123"])).toEqual([]);
  });

  test("of a definition that has very many do not fill the table: it is looked at each time", () => {
    const table = new NameTable();
    const many = Array.from({ length: 5_000 }, (_, nr) => `https://ci.example.org/build/${nr}`).join("\n");
    expect(namesIn(many)).toHaveLength(5_000);
    table.add(7, many);
    expect(table.jobsOf(["https://ci.example.org/build/9999999"])).toEqual([7]);
    expect(table.bytes).toBeLessThan(1_000);
  });
});
