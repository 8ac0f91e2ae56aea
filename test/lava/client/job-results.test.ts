// Results that are held, with the recorded export and log of one real job.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HeldResults } from "../../../src/lava/client/job-results.js";
import { decodeLogLine } from "../../../src/lava/protocol/log-line.js";
import type { LogResult } from "../../../src/lava/protocol/log-line.js";
import { decodeResultsCsv } from "../../../src/lava/protocol/results-csv.js";

const fixture = (name: string) => readFileSync(join(import.meta.dirname, "../../fixtures/lava", name), "utf8");
const cases = decodeResultsCsv(fixture("exports/job.rest.csv"));
const told = fixture("logs/real-job.yaml")
  .split("\n")
  .flatMap((line, at) => decodeLogLine(line, at).result ?? []);

test("each result line of the log has a case of its own, also where names repeat", async () => {
  const names = told.map(({ suite, name }) => `${suite}/${name}`);
  expect(new Set(names).size).toBeLessThan(names.length);
  const found = await new HeldResults(cases).casesOf(told);
  expect(new Set(found.map((one) => one?.id)).size).toBe(cases.length);
  expect(found.map((one) => one && [one.suite, one.set, one.name, one.result])).toEqual(
    told.map(({ suite, set, name, result }) => [suite, set, name, result]),
  );
});

test("a line that names a set which LAVA refused has its case, which is in none", async () => {
  const [first] = told as [LogResult];
  const lines = [
    { ...first, set: "two words" },
    { ...first, set: "memory" },
  ];
  const [found, other] = await new HeldResults(cases).casesOf(lines);
  expect(found).toMatchObject({ name: first.name, set: null });
  expect(other).toBeNull();
});

test("a line that tells of no case, or of one of two that nothing tells apart, has none", async () => {
  const [first] = told as [LogResult];
  const [one] = cases.filter(({ name }) => name === first.name);
  if (one === undefined) throw new Error("unreachable");
  const results = new HeldResults([...cases, one]);
  expect(await results.casesOf([{ ...first, name: "nope" }, { ...first, suite: "nope" }, first])).toEqual([
    null,
    null,
    null,
  ]);
});

test("cases come in the order of their numbers, whatever the order of the export", async () => {
  const results = new HeldResults([...cases].reverse());
  const { items } = await results.page({}, { direction: "forward", count: 100, cursor: null });
  const ids = items.map(({ cursor }) => Number(cursor));
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
  expect(await results.suiteNames()).toEqual(["lava", "0_smoke", "1_net"]);
  expect((await results.newest("lava", "job"))?.id).toBe(String(Math.max(...ids)));
});
