import { pino } from "pino";
import { beforeEach, expect, test } from "vitest";
import { createLibraryFaults } from "../../src/telemetry/library-faults.js";
import type { OnLibraryFault } from "../../src/telemetry/library-faults.js";

let lines: { readonly system?: string; readonly err: { readonly message: string } }[];
let counted: number;
let onFault: OnLibraryFault;

beforeEach(() => {
  lines = [];
  counted = 0;
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as (typeof lines)[number]) });
  onFault = createLibraryFaults(log, () => (counted += 1));
});

test("each fault is counted, each kind logged once", () => {
  for (let time = 0; time < 3; time += 1) {
    onFault(new Error("paused"), "lab");
    onFault("a text", null);
  }
  expect(counted).toBe(6);
  expect(lines.map(({ system }) => system)).toEqual(["lab", undefined]);
  expect(lines[0]?.err.message).toBe("paused");
});

test("a library that never says the same twice fills neither log nor memory", () => {
  for (let at = 0; at < 1_000; at += 1) onFault(new Error(`fault ${at}`), null);
  expect(counted).toBe(1_000);
  expect(lines.length).toBe(100);
});
