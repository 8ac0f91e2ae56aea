// Pages of test jobs over a list that filters and orders as LAVA's database does, ties and missing times included.

import { describe, expect, test } from "vitest";
import type { PageRequest } from "../../../src/ci/page.js";
import { toMicros } from "../../../src/lava/protocol/time.js";
import type { Query, JobOrder, JobSearch } from "../../../src/lava/protocol/job-search.js";
import { pageOfTestJobs } from "../../../src/lava/client/test-job-pages.js";
import { searchOf } from "../../../src/lava/protocol/job-search.js";
import type { WireTestJob } from "../../../src/lava/protocol/wire.js";

type Job = Pick<WireTestJob, "id" | "submit_time" | "start_time" | "end_time">;

const at = (micros: number) => `2026-11-22T03:00:00.${String(micros).padStart(6, "0")}Z`;
/** Three at one moment, two without a start, ids and times in different orders. */
const JOBS: readonly Job[] = [
  { id: 1, submit_time: at(1), start_time: at(900), end_time: at(950) },
  { id: 2, submit_time: at(2), start_time: at(500), end_time: at(980) },
  { id: 3, submit_time: at(3), start_time: null, end_time: null },
  { id: 4, submit_time: at(3), start_time: at(500), end_time: at(600) },
  { id: 5, submit_time: at(5), start_time: at(500), end_time: null },
  { id: 6, submit_time: "2026-11-22T03:00:00Z", start_time: at(499), end_time: null },
  { id: 7, submit_time: at(7), start_time: null, end_time: null },
  { id: 8, submit_time: at(8), start_time: at(501), end_time: at(999) },
];

/** As PostgreSQL: null is greater than everything, and no bound holds for it. */
function listOf(jobs: readonly Job[], asked: Query[] = []) {
  return (query: Query) => {
    asked.push(query);
    const value = (job: Job, field: string) =>
      field === "id" ? BigInt(job.id) : toMicros(job[field as "start_time"] ?? "");
    const bound = (text: unknown) => (/^\d+$/.test(String(text)) ? BigInt(String(text)) : toMicros(String(text)));
    const found = jobs.filter((job) =>
      Object.entries(query).every(([name, wanted]) => {
        const [, field = "", lookup] = /^(id|\w+_time)__(lt|gt|isnull)$/.exec(name) ?? [];
        if (wanted == null || lookup === undefined) return true;
        const own = value(job, field);
        if (lookup === "isnull") return (own === null) === wanted;
        const limit = bound(wanted);
        if (own === null || limit === null) return false;
        return lookup === "lt" ? own < limit : own > limit;
      }),
    );
    const keys = String(query.ordering ?? "")
      .split(",")
      .filter((key) => key !== "")
      .map((key) => ({ field: key.replace("-", ""), sign: key.startsWith("-") ? -1 : 1 }));
    found.sort((a, b) => {
      for (const { field, sign } of keys) {
        const [x, y] = [value(a, field), value(b, field)];
        if (x === y) continue;
        if (x === null) return sign;
        if (y === null) return -sign;
        return x < y ? -sign : sign;
      }
      return 0;
    });
    const limit = Number(query.limit);
    return Promise.resolve({ count: found.length, results: found.slice(0, limit) as WireTestJob[] });
  };
}

async function walk(search: JobSearch, order: JobOrder, direction: PageRequest["direction"], count: number) {
  const list = listOf(JOBS);
  const ids: number[] = [];
  for (let cursor: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof pageOfTestJobs>> = await pageOfTestJobs(list, search, order, {
      direction,
      count,
      cursor,
    });
    const found = page.items.map(({ node }) => node.id);
    if (direction === "forward") ids.push(...found);
    else ids.unshift(...found);
    if (!(direction === "forward" ? page.hasNextPage : page.hasPreviousPage)) return ids;
    cursor = (direction === "forward" ? page.items.at(-1) : page.items[0])?.cursor ?? null;
  }
}

const BY_START = [6, 2, 4, 5, 8, 1, 3, 7];
const ORDERS: readonly [JobOrder, readonly number[]][] = [
  [{ field: "id", descending: true }, [8, 7, 6, 5, 4, 3, 2, 1]],
  [{ field: "id", descending: false }, [1, 2, 3, 4, 5, 6, 7, 8]],
  [{ field: "submit_time", descending: false }, [6, 1, 2, 3, 4, 5, 7, 8]],
  [{ field: "start_time", descending: false }, BY_START],
  [{ field: "start_time", descending: true }, BY_START.toReversed()],
  [{ field: "end_time", descending: true }, [7, 6, 5, 3, 8, 2, 1, 4]],
];

describe.each(ORDERS)("in the order %j", (order, expected) => {
  test.each([1, 2, 3, 7, 8, 20])("pages of %d join to the whole list, in both directions", async (count) => {
    expect(await walk(searchOf({}), order, "forward", count)).toEqual(expected);
    expect(await walk(searchOf({}), order, "backward", count)).toEqual(expected);
  });

  test("pages of what fits join to the list of what fits", async () => {
    const search = { ...searchOf({}), fits: ({ id }: WireTestJob) => id % 2 === 1 };
    expect(await walk(search, order, "forward", 2)).toEqual(expected.filter((id) => id % 2 === 1));
  });
});

test("bounds of the search and of the cursor on the same value both hold", async () => {
  const span = (above: number | null, below: number | null) => ({
    above: above === null ? null : toMicros(at(above)),
    below: below === null ? null : toMicros(at(below)),
  });
  const search: JobSearch = {
    ...searchOf({}),
    ids: { above: 1, below: 8 },
    times: { start_time: span(499, 501) },
  };
  for (const field of ["start_time", "id"] as const) {
    expect(await walk(search, { field, descending: false }, "forward", 1)).toEqual([2, 4, 5]);
    expect(await walk(search, { field, descending: true }, "forward", 1)).toEqual([5, 4, 2]);
  }
});

test("the default order costs one request a page, as does a page by time among jobs that have one", async () => {
  for (const [field, cursor] of [
    ["id", "5"],
    ["submit_time", `submit_time~${String(toMicros(at(5)))}~5`],
  ] as const) {
    const asked: Query[] = [];
    const request = { direction: "forward", count: 2, cursor } as const;
    await pageOfTestJobs(listOf(JOBS, asked), searchOf({}), { field, descending: true }, request);
    expect(asked).toHaveLength(1);
  }
});

test("jobs without a time are not asked for where the search leaves them out", async () => {
  const asked: Query[] = [];
  const search = { ...searchOf({}), times: { start_time: { above: toMicros(at(499)), below: null } } };
  const request = { direction: "forward", count: 20, cursor: `start_time~${String(toMicros(at(500)))}~2` } as const;
  const order = { field: "start_time", descending: false } as const;
  const page = await pageOfTestJobs(listOf(JOBS, asked), search, order, request);
  expect(page.items.map(({ node }) => node.id)).toEqual([4, 5, 8, 1]);
  expect(asked).toHaveLength(1);
});

test("a job that LAVA lists once for each of its tags comes once", async () => {
  const twice = JOBS.flatMap((job) => [job, job]);
  const search = { ...searchOf({}), fits: () => true };
  const page = await pageOfTestJobs(
    listOf(twice),
    search,
    { field: "id", descending: true },
    {
      direction: "forward",
      count: 5,
      cursor: null,
    },
  );
  expect(page.items.map(({ node }) => node.id)).toEqual([8, 7, 6, 5, 4]);
  expect(page.totalCount).toBeNull();
});

test("500 jobs that do not fit are an error that asks for less, and not read again and again", async () => {
  const many = Array.from({ length: 2000 }, (_, index) => ({ ...(JOBS[0] as Job), id: index + 1 }));
  const asked: Query[] = [];
  const request = { direction: "forward", count: 5, cursor: null } as const;
  const page = (fits: (wire: WireTestJob) => boolean) =>
    pageOfTestJobs(listOf(many, asked), { ...searchOf({}), fits }, { field: "id", descending: true }, request);
  await expect(page(() => false)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  expect(asked).toHaveLength(10);
  const short = await page(({ id }) => id === 1900 || id === 100);
  expect(short.items.map(({ node }) => node.id)).toEqual([1900]);
  expect(short.hasNextPage).toBe(true);
});

test.each([
  ["id", "x"],
  ["id", "start_time~1~2"],
  ["start_time", "5"],
  ["start_time", "end_time~1~2"],
  ["start_time", "start_time~-1~2"],
  ["start_time", "start_time~1~"],
] as const)("by %s, the cursor %j of another list is refused", async (field, cursor) => {
  const request = { direction: "forward", count: 5, cursor } as const;
  const page = pageOfTestJobs(listOf(JOBS), searchOf({}), { field, descending: true }, request);
  await expect(page).rejects.toThrow(/after: is not a cursor of this list/);
});
