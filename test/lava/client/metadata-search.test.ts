// What TestJob.metadata shows is what filter.metadata finds: on servers without LAVA's column of metadata, with it, and
// on one that was upgraded in between; and what that costs.

import { afterEach, expect, test, vi } from "vitest";
import { readFileSync } from "node:fs";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox, LavaSandboxOptions } from "../../../src/sandbox/lava/index.js";
import { startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";

/** A definition with metadata of every kind, as LAVA 2026.10 took it. */
const KINDS = (
  JSON.parse(readFileSync(new URL("../../fixtures/lava-2026.10/job-metadata-kinds.json", import.meta.url), "utf8")) as {
    readonly original_definition: string;
  }
).original_definition.replace(/^metadata:/m, 'metadata:\n  void: ""\n  line: ["two\\nlines", null]');
const HISTORY = 12;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

interface Job {
  readonly jobId: string;
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
}

/** Some history, then two finished jobs and a queued one with metadata of every kind; the numbers of these three. */
async function start(
  options: LavaSandboxOptions,
): Promise<{ lava: LavaSandbox; gateway: TestGateway; kinds: readonly string[] }> {
  const lava = await createLavaSandbox({ events: false, played: false, jobs: HISTORY, ...options });
  const gateway = await startGateway({ lava: [{ url: lava.url, events: "poll" }] });
  open.push(lava, gateway);
  const kinds = [1, 2, 3].flatMap(() => lava.submit("alice", KINDS));
  for (const id of kinds.slice(0, 2)) await lava.advance(Number(id), "Finished");
  return { lava, gateway, kinds };
}

const LIST = `query ($filter: TestJobFilter, $orderBy: TestJobOrder, $first: Int, $after: String, $last: Int, $before: String) {
  testJobs(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage endCursor hasPreviousPage startCursor } nodes { jobId metadata { key value } } } }`;

async function walk(gateway: TestGateway, variables: Record<string, unknown>, step: number, backward = false) {
  const pages: Job[][] = [];
  for (let cursor: string | null = null; ;) {
    const page = backward ? { last: step, before: cursor } : { first: step, after: cursor };
    const { data, errors } = await gateway.query(LIST, { ...variables, ...page });
    expect(errors, JSON.stringify(variables)).toEqual([]);
    const { pageInfo, nodes } = data.testJobs;
    pages.push(nodes as Job[]);
    if (!(backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) break;
    cursor = (backward ? pageInfo.startCursor : pageInfo.endCursor) as string;
  }
  return (backward ? pages.reverse() : pages).flat();
}

/** The last of the history, or the first of the jobs with metadata of every kind, was the last before the upgrade. */
const UPGRADES = { never: 0, "after the history": HISTORY + 2, "between two": HISTORY + 3, "just now": 1_000 };

test.each([
  ["2020.12", 0],
  ["2023.01", 0],
  ...Object.values(UPGRADES).map((jobs) => ["2026.10", jobs] as const),
] as const)("LAVA %s, upgraded behind job %i: each key and value that is shown is found", async (version, jobs) => {
  const { gateway } = await start({ version, jobsBeforeUpgrade: jobs });
  const all = await walk(gateway, {}, 100);
  const orders = [null, { field: "FINISHED_AT", direction: "ASC" }, { field: "CREATED_AT", direction: "DESC" }];
  const inOrder = await Promise.all(orders.map((orderBy) => walk(gateway, { orderBy }, 100)));
  const entries = new Map(all.flatMap(({ metadata }) => metadata.map((one) => [JSON.stringify(one), one] as const)));
  expect(entries.size).toBeGreaterThan(17);
  for (const { key, value } of entries.values()) {
    for (const [at, orderBy] of orders.entries()) {
      const wanted = inOrder[at]?.filter(({ metadata }) =>
        metadata.some((one) => one.key === key && one.value === value),
      );
      const found = await walk(gateway, { orderBy, filter: { metadata: [{ key, value }] } }, 2, at === 1);
      expect(found, `${key}: ${value}`).toEqual(wanted);
    }
  }
});

test.each(["4711", "0815", "1.5", "true", "hello world", "31"])(
  "a LAVA with the column looks for %j itself, and counts",
  async (value) => {
    const { lava, gateway, kinds } = await start({ version: "2026.10" });
    const [first] = await walk(gateway, {}, 1);
    const key = first?.metadata.find((one) => one.value === value)?.key;
    const filter = { metadata: [{ key, value }] };
    const asked: URLSearchParams[] = [];
    lava.fault = ({ path }) => {
      if (path.includes("/jobs/")) asked.push(new URL(path, lava.url).searchParams);
      return undefined;
    };
    const { data, errors } = await gateway.query(LIST, { filter, first: 10 });
    expect(errors).toEqual([]);
    expect(data.testJobs.totalCount).toBe(kinds.length);
    expect((data.testJobs.nodes as Job[]).map(({ jobId }) => jobId)).toEqual([...kinds].reverse());
    expect(asked.map((query) => query.get("metadata__contains") ?? query.get("metadata__has_key"))).toEqual([
      key,
      null,
      JSON.stringify({ [key ?? ""]: value }),
    ]);
    // The number of the first job with this key is known, until a look finds that jobs have changed.
    let size = 10;
    await vi.waitFor(async () => {
      asked.length = 0;
      size += 1;
      await gateway.query(LIST, { filter: { ...filter, text: "kinds" }, first: size });
      expect(asked.map((query) => query.get("metadata__has_key"))).toEqual([null, null]);
    });
  },
);

test("a server without the column is asked for the parts of value and key that YAML leaves as they are", async () => {
  const { lava, gateway } = await start({ version: "2023.01" });
  const asked = async (metadata: Record<string, string>, more: Record<string, unknown> = {}) => {
    let query = new URLSearchParams();
    lava.fault = ({ path }) => {
      query = new URL(path, lava.url).searchParams;
      return undefined;
    };
    const entries = Object.entries(metadata).map(([key, value]) => ({ key, value }));
    await gateway.query(LIST, { filter: { metadata: entries, ...more }, first: 1 });
    return [query.get("definition__contains"), query.get("definition__icontains")];
  };
  expect(await asked({ k: 'say "hello-world": ümlaut' })).toEqual(["hello-world", "k"]);
  expect(await asked({ "build-id": "ß" })).toEqual(["build-id", null]);
  expect(await asked({ ß: "ß" })).toEqual([null, null]);
  expect(await asked({ k: "v1" }, { definition: "kernel" })).toEqual(["kernel", "v1"]);
  expect(await asked({ k: '["two\\nlines",null]' })).toEqual(["lines", "k"]);
});
