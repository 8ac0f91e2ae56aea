// Results CSV in the three forms LAVA 2023.01 writes, damaged copies of it, and the measurement rule.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toMeasurement } from "../../../src/lava/protocol/measurement.js";
import { ResultsSyntaxError, decodeResultsCsv } from "../../../src/lava/protocol/results-csv.js";
import type { CaseResult } from "../../../src/lava/protocol/test-case.js";
import { decodeResponse } from "../../../src/codec/xml-rpc-codec.js";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/lava/${name}`, import.meta.url)).toString("utf8");

const job = decodeResultsCsv(fixture("exports/job.rest.csv"));
const byId = (id: string): CaseResult => {
  const found = job.find((testCase) => testCase.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return found;
};

const HEADER =
  "job,suite,result,measurement,unit,duration,timeout,logged,level,metadata,url,name,id,log_start_line,log_end_line\n";
const row = (fields: {
  readonly result?: string;
  readonly metadata?: string;
  readonly logged?: string;
  readonly id?: string;
  readonly start?: string;
}): string =>
  `1,s,${fields.result ?? "pass"},None,,,,${fields.logged ?? "2026-11-22 03:24:27+00:00"},,` +
  `"${(fields.metadata ?? "{}").replaceAll('"', '""')}",/u,n,${fields.id ?? "7"},${fields.start ?? ""},\n`;
const one = (fields: Parameters<typeof row>[0]): CaseResult => {
  const [testCase] = decodeResultsCsv(HEADER + row(fields));
  if (testCase === undefined) throw new Error("no case");
  return testCase;
};

describe("decodeResultsCsv", () => {
  it("reads every case of a real test job, whose names repeat", () => {
    expect(job).toHaveLength(23);
    expect(job.filter(({ name }) => name === "test-overlay").map(({ id }) => id)).toEqual(["15", "18"]);
    expect(new Set(job.map(({ suite }) => suite))).toEqual(new Set(["lava", "0_smoke", "1_net"]));
  });

  it("reads a measured case of a test set", () => {
    expect(byId("30")).toMatchObject({
      id: "30",
      suite: "0_smoke",
      set: "memory",
      name: "memtotal",
      result: "pass",
      measurement: "187.5",
      measurementValue: 187.5,
      unit: "MB",
      logged: "2026-11-22T03:24:27.130994Z",
      level: null,
      metadata: {},
      durationSeconds: null,
      reference: null,
      errorType: null,
      errorMessage: null,
      startLogLine: 605,
      endLogLine: 605,
    });
  });

  it("tells an unmeasured case from a measured zero", () => {
    expect(byId("26")).toMatchObject({ measurement: null, measurementValue: null, set: null });
    expect(byId("15")).toMatchObject({ measurement: "0", measurementValue: 0, unit: "seconds" });
  });

  it("reads what LAVA keeps in the metadata: duration, reference, the rest", () => {
    expect(byId("33").durationSeconds).toBe(0.28);
    expect(byId("32").reference).toBe("https://ci.example.com/build/42");
    expect(byId("23")).toMatchObject({ level: "2.1.1", durationSeconds: 0.04 });
    expect(byId("23").metadata).toEqual({
      extra: [{ host_arch: "amd64" }, { job_arch: "amd64" }, { qemu_version: "1:7.2+dfsg-7+deb12u18+b3" }],
      level: "2.1.1",
      namespace: "common",
    });
    expect(Object.getPrototypeOf(byId("23").metadata)).toBeNull();
  });

  it("hides paths on the server's disk and nothing else of extra", () => {
    expect(fixture("exports/job.rest.csv")).toContain("/var/lib/lava");
    expect(JSON.stringify(job.map(({ metadata }) => metadata))).not.toContain("/var/lib/lava");
    expect(byId("17").metadata.extra).toEqual([
      { from: "inline" },
      { name: "smoke" },
      { path: "inline/smoke.yaml" },
      { uuid: "2_1.1.3.1" },
    ]);
    expect(byId("24").metadata.extra).toEqual([{ extra: [] }]);
    expect(one({ metadata: "{'extra': '/var/lib/lava-server/x.yaml'}" }).metadata).toEqual({});
  });

  it("reads the unquoted form of /results/ and the text inside an XML-RPC answer", () => {
    const rows = decodeResultsCsv(fixture("exports/job-no-testset.results.csv"));
    expect(rows).toHaveLength(9);
    expect(rows[6]).toMatchObject({ id: "132760", suite: "secret-console", name: "kernel_version", level: "3.1" });
    const answer = decodeResponse(fixture("xmlrpc/results.get_testjob_results_csv.res.xml"));
    const csv = answer.kind === "value" && typeof answer.value === "string" ? answer.value : "";
    expect(decodeResultsCsv(csv)[1]).toMatchObject({
      name: "job",
      result: "fail",
      errorType: "Job",
      errorMessage: `Invalid job data: ["Image file '/srv/lava/http/no-such-kernel' does not exist or is not readable"]\n`,
    });
  });

  it("finds columns by name, so that a newer LAVA may add and move some", () => {
    const csv = "id,new,name,suite,result,measurement,unit,logged,level,metadata,log_start_line,log_end_line\r\n";
    expect(decodeResultsCsv(`${csv}1,x,n,s,fail,1.50,V,2026-11-22T03:24:27Z,,,,\r\n`)).toMatchObject([
      { id: "1", name: "n", suite: "s", result: "fail", measurement: "1.5", unit: "V", endLogLine: null },
    ]);
  });

  it("gives no cases for a header alone", () => {
    expect(decodeResultsCsv(HEADER)).toEqual([]);
  });

  it("takes the set from the case itself, never from inside another value", () => {
    expect(one({ metadata: "{'case': 'a', 'set': 'plain'}" }).set).toBe("plain");
    expect(one({ metadata: `{'a': "'set': 'b'", 'set': 'c'}` }).set).toBe("c");
    expect(one({ metadata: `{'a': "'set': 'b'"}` }).set).toBeNull();
    expect(one({ metadata: "{'extra': {'set': 'inner'}}" }).set).toBeNull();
    expect(one({ metadata: String.raw`{'a': 'it\'s', 'set': 'c'}` }).set).toBe("c");
  });

  it.each(["two words", "it's", "größe", "a+b", "50%"])("has no set %j, which LAVA refused", (set) => {
    expect(one({ metadata: `{"set": ${JSON.stringify(set)}, 'case': 'a'}` }).set).toBeNull();
    if (!set.includes("'")) expect(one({ metadata: `{'case': 'a', 'set': '${set}'}` }).set).toBeNull();
  });

  it("keeps the other columns of a row whose metadata does not parse", () => {
    const broken = one({ metadata: "{'when': datetime.date(2026, 1, 2)}", result: "skip" });
    expect(broken).toMatchObject({ result: "skip", set: null, durationSeconds: null, errorType: null });
    expect(broken.metadata).toEqual({});
  });

  it("calls a result it does not know unknown", () => {
    expect(one({ result: "flaky" }).result).toBe("unknown");
  });

  it.each([
    ["nothing", "", "row 1: no column names, the text is empty"],
    ["an HTML page", "<!DOCTYPE html>\n<html>\n", 'row 1: no column id, it begins with "<!DOCTYPE html>"'],
    ["a row cut short", `${HEADER}1,lava,pass,None`, "row 2: 4 fields instead of 15"],
    [
      "a row cut inside quotes",
      HEADER + row({}) + row({ metadata: "{'a': 'b'}" }).slice(0, 50),
      "row 3: Quoted field unterminated",
    ],
    ["a time that is none", HEADER + row({ logged: "yesterday" }), 'row 2: logged is "yesterday"'],
    ["an id that is none", HEADER + row({}) + row({ id: "x" }), 'row 3: id is "x"'],
    ["a line that is none", HEADER + row({ start: "-3" }), 'row 2: log_start_line is "-3"'],
  ])("refuses %s", (_, csv, message) => {
    expect(() => decodeResultsCsv(csv)).toThrow(new ResultsSyntaxError(message));
  });
});

describe("toMeasurement", () => {
  it.each([
    ["4.2500000000", "4.25", 4.25],
    ["4.25", "4.25", 4.25],
    ["100", "100", 100],
    ["-0.50", "-0.5", -0.5],
    ["-0.00", "0", 0],
    ["0E-10", "0", 0],
    ["1.5E+3", "1500", 1500],
    ["12E-4", "0.0012", 0.0012],
    ["15.7699999999999995736743585439", "15.77", 15.77],
    ["-15.7699999999999995736743585439", "-15.77", -15.77],
    ["0.1000000000000000055511151231257827", "0.1", 0.1],
    ["0.00000001", "0.00000001", 1e-8],
    ["0.1234567890123456789012", "0.1234567890123456789012", 0.12345678901234568],
    ["9007199254740993", "9007199254740993", 9007199254740992],
    ["123456789012345678901234567890", "123456789012345678901234567890", 1.2345678901234568e29],
  ])("reads %s as %s", (text, shown, value) => {
    expect(toMeasurement(text)).toEqual({ text: shown, value });
  });

  it.each(["None", "", "NaN", "1,5", "0x10", ".", "1".repeat(500)])("takes %j for no measurement", (text) => {
    expect(toMeasurement(text)).toBeNull();
  });
});
