// How metadata is asked for on servers that look themselves, by the source of LAVA 2026.08, and on those that do not.

import { expect, test } from "vitest";
import { ServerCapability } from "../../../src/ci/enums.js";
import { readDefinition } from "../../../src/lava/protocol/definition.js";
import { withMetadata } from "../../../src/lava/client/metadata-search.js";
import { readTestJobFilter } from "../../../src/lava/model/test-job-filter.js";
import type { TestJobFilter } from "../../../src/lava/model/test-job-filter.js";
import type { WireTestJob } from "../../../src/lava/protocol/wire.js";

const NEWER = [ServerCapability.METADATA_FILTER];
const definitionOf = (wire: WireTestJob) => readDefinition(wire.definition ?? "");
const toEntries = (metadata: Record<string, string>) =>
  Object.keys(metadata).length === 0 ? null : Object.entries(metadata).map(([key, value]) => ({ key, value }));
const search = (metadata: Record<string, string>, newer: boolean, more: Pick<TestJobFilter, "definition"> = {}) =>
  withMetadata(
    readTestJobFilter({ definition: more.definition ?? null, metadata: toEntries(metadata) }),
    newer ? NEWER : [],
    definitionOf,
  );
const asked = (found: ReturnType<typeof search>) =>
  Object.fromEntries(
    Object.entries(found.query).filter(([name, value]) => /metadata|definition/.test(name) && value != null),
  );
const job = (definition: string) => ({ id: 1, definition }) as WireTestJob;

test("a newer server is asked for texts by containment, whatever the key, and its answer is taken", () => {
  const found = search({ "build-url": "https://ci.example.org/build/42", a__b: "x y" }, true);
  expect(asked(found)).toEqual({
    metadata__contains: '{"build-url":"https://ci.example.org/build/42","a__b":"x y"}',
  });
  expect(found.fits).toBeNull();
});

test.each([
  "42",
  "4.2",
  "-1",
  "1e5",
  "0x1f",
  "true",
  "No",
  "null",
  "~",
  "",
  "2026-11-22",
  "2026-11-22 03:24:17",
  "a, b",
  '{"x":"1"}',
  "[1]",
])(
  "a newer server is asked for %j, which it may hold as something else than text, by its key, and each job is looked at",
  (value) => {
    const found = search({ "build-id": value }, true);
    expect(asked(found)).toEqual({ metadata__has_key: "build-id" });
    expect(found.fits).not.toBeNull();
  },
);

test("a newer server is asked for both at once", () => {
  const found = search({ branch: "main", "build-id": "42" }, true);
  expect(asked(found)).toEqual({ metadata__contains: '{"branch":"main"}', metadata__has_key: "build-id" });
  expect(found.fits?.(job("metadata: {branch: main, build-id: 42}"))).toBe(true);
  expect(found.fits?.(job("metadata: {branch: main, build-id: 43}"))).toBe(false);
});

test("an older server is asked for the longest part of the value that YAML leaves as it is", () => {
  expect(asked(search({ k: 'say "hello-world": ümlaut' }, false))).toEqual({ definition__contains: "hello-world" });
  expect(asked(search({ "build-id": "ß" }, false))).toEqual({ definition__contains: "build-id" });
  expect(asked(search({ ß: "ß" }, false))).toEqual({});
  expect(asked(search({ k: "v1" }, false, { definition: "kernel" }))).toEqual({
    definition__contains: "kernel",
    definition__icontains: "v1",
  });
});

test("on an older server only jobs fit whose metadata block holds all keys with just these values", () => {
  const { fits } = search({ branch: "main", "build-id": "0042" }, false);
  expect(fits?.(job("metadata: {branch: main, build-id: 0042, more: 1}"))).toBe(true);
  expect(fits?.(job("metadata: {branch: main, build-id: 42}"))).toBe(false);
  expect(fits?.(job("metadata: {branch: main}"))).toBe(false);
  expect(fits?.(job("job_name: main 0042\nbranch: main\nbuild-id: 0042"))).toBe(false);
  expect(fits?.(job("a: [main, 0042"))).toBe(false);
});

test("without metadata nothing is looked at", () => {
  expect(search({}, true, {}).fits).toBeNull();
});
