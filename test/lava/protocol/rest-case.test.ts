// Cases as REST has them; the fixture is job 2 of the recorded server, whose export is `exports/job.rest.csv`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decode } from "../../../src/net/decode.js";
import { toCaseResult, wireCase, wireSuite } from "../../../src/lava/protocol/rest-case.js";
import { decodeResultsCsv } from "../../../src/lava/protocol/results-csv.js";
import type { CaseResult } from "../../../src/lava/protocol/test-case.js";
import { wireList } from "../../../src/lava/protocol/wire.js";

const origin = { server: "lava", operation: "GET jobs/ID/tests/" };
const fixture = (name: string) => readFileSync(join(import.meta.dirname, "../../fixtures/lava", name), "utf8");
const tests = JSON.parse(fixture("rest/job-tests.json")) as { results: Record<string, unknown>[] };

function shown(one: CaseResult) {
  const { id, suite, set, name, result, measurement, measurementValue, unit, logged, level, startLogLine } = one;
  const { endLogLine, durationSeconds, reference, errorType, errorMessage } = one;
  const place = { id, suite, set, name, result, logged, level, startLogLine, endLogLine };
  // `extra` is a path on the server's disk in REST, and left out.
  const metadata = { ...one.metadata, extra: null };
  return {
    ...place,
    measurement,
    measurementValue,
    unit,
    durationSeconds,
    reference,
    errorType,
    errorMessage,
    metadata,
  };
}

test("each case of the fixture is the same case as in the export", () => {
  const suites = decode(origin, wireList(wireSuite), JSON.parse(fixture("rest/job-suites.json")));
  const names = new Map(suites.results.map(({ id, name }) => [id, name]));
  const { results } = decode(origin, wireList(wireCase), tests);
  const exported = new Map(decodeResultsCsv(fixture("exports/job.rest.csv")).map((one) => [one.id, one]));
  expect(results.length).toBe(5);
  for (const wire of results) {
    const one = toCaseResult(wire, names.get(wire.suite) ?? "");
    const other = exported.get(one.id);
    if (other === undefined) throw new Error(`case ${one.id} is not in the export`);
    expect(shown(one)).toEqual(shown(other));
  }
});

test("metadata that is no YAML mapping is empty", () => {
  for (const metadata of [null, "", "- a", "a: [", "text"]) {
    const wire = decode(origin, wireCase, { ...tests.results[0], metadata });
    expect(toCaseResult(wire, "s").metadata).toEqual({});
    expect(toCaseResult(wire, "s").set).toBeNull();
  }
});

test("a set that LAVA refused is none", () => {
  const setOf = (set: string) =>
    toCaseResult(decode(origin, wireCase, { ...tests.results[0], metadata: `{case: a, set: ${set}}` }), "s").set;
  expect(setOf("boot/fast-1.0_~")).toBe("boot/fast-1.0_~");
  expect(setOf("two words")).toBeNull();
});

test.each([
  [{ id: "14" }, "at results.0.id"],
  [{ result: null }, "at results.0.result"],
  [{ logged: "yesterday" }, "at results.0.logged: not a time"],
  [{ start_log_line: -1 }, "at results.0.start_log_line"],
])("a damaged case (%o) is named", (damage, message) => {
  const damaged = { count: 1, results: [{ ...tests.results[0], ...damage }] };
  expect(() => decode(origin, wireList(wireCase), damaged)).toThrow(message);
});
