// Log lines as LAVA 2023.01 stored them, and lines that are none.

import { createReadStream, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeLogLine } from "../../../src/lava/protocol/log-line.js";
import { LOG_LINE_CUT_MARK, LOG_LINE_MAX_BYTES, splitLogLines } from "../../../src/codec/lines.js";

const LOG = new URL("../../fixtures/lava/logs/real-job.yaml", import.meta.url);
const lines = readFileSync(LOG, "utf8").trimEnd().split("\n");
const record = (number: number): ReturnType<typeof decodeLogLine> => decodeLogLine(lines[number] ?? "", number);
const item = (msg: string, level = "results"): string =>
  `- {"dt": "2026-11-22T03:24:25.558712", "lvl": "${level}", "msg": ${msg}}`;

/** A message of lists, each holding the one before it ten times. */
const aliases = (depth: number): string =>
  `- {"a": &a0 x, ${Array.from({ length: depth }, (_, at) => `"b${at}": &a${at + 1} [${`*a${at}, `.repeat(10)}]`).join(", ")}, "msg": *a${depth}}`;

describe("decodeLogLine", () => {
  it("decodes every line of a real log", () => {
    expect(lines).toHaveLength(686);
    const records = lines.map(decodeLogLine);
    expect(records.filter(({ level }) => level === "unknown")).toEqual([]);
    expect(records.filter(({ result }) => result !== null)).toHaveLength(23);
  });

  it("reads a line's time with its microseconds, its level and its text", () => {
    expect(record(0)).toEqual({
      number: 0,
      time: "2026-11-22T03:24:18.414863Z",
      level: "info",
      text: "lava-dispatcher, installed at version: 2023.01",
      result: null,
      namespace: null,
    });
  });

  it("reads the result of a test case through YAML's tags", () => {
    expect(lines[606]).toContain('"measurement": ! "187.5"');
    expect(record(606)).toEqual({
      number: 606,
      time: "2026-11-22T03:24:25.724254Z",
      level: "results",
      text: "memory/memtotal: pass 187.5 MB",
      result: {
        suite: "0_smoke",
        set: "memory",
        name: "memtotal",
        result: "pass",
        measurement: "187.5",
        unit: "MB",
        startLine: 605,
        endLine: 605,
        level: null,
      },
      namespace: null,
    });
    expect(record(7)).toMatchObject({
      text: "validate: pass",
      result: { suite: "lava", set: null, measurement: null, startLine: null },
    });
  });

  it("shows a message that is a list as JSON", () => {
    expect(record(183).text).toMatch(/^\["-\\\\\[ cut here \\\\\]","Unhandled fault",/);
  });

  it("drops a tag in front of a string only, never inside one", () => {
    const text = String.raw`{"case": "say ! \"hi\"", "definition": "a ! ", "result": ! "fail", "starttc": !!int "4"}`;
    expect(decodeLogLine(item(text), 0).result).toMatchObject({
      name: 'say ! "hi"',
      suite: "a ! ",
      result: "fail",
      startLine: 4,
    });
    expect(decodeLogLine(item('"wait ! \\"x\\""', "target"), 0)).toMatchObject({ level: "target", text: 'wait ! "x"' });
  });

  it("reads the escapes that YAML has and JSON has not", () => {
    const text = String.raw`{"case": "\xe9\e[0m\a\_\U0001F600\\x41\/", "definition": "s", "result": "pass"}`;
    expect(decodeLogLine(item(text), 0).result?.name).toBe("é\u001b[0m\u0007\u00a0😀\\x41/");
    expect(decodeLogLine(item(String.raw`"\e[1m"`, "target"), 0).text).toBe("\u001b[1m");
  });

  it("reads measurements as LAVA up to 2020.07 wrote them", () => {
    const measured = (decimal: string, unit = "") =>
      item(
        `{"case": "c", "definition": "0_kmsg", "measurement": !!python/object/apply:decimal.Decimal ["${decimal}"], "result": "fail"${unit}}`,
      );
    expect(decodeLogLine(measured("2.50", ', "units": "lines"'), 0)).toMatchObject({
      level: "results",
      time: "2026-11-22T03:24:25.558712Z",
      text: "c: fail 2.5 lines",
      result: { suite: "0_kmsg", name: "c", result: "fail", measurement: "2.5", unit: "lines" },
    });
    expect(decodeLogLine(measured("0"), 0).result?.measurement).toBe("0");
  });

  it("reads whatever else YAML's writer makes of Python's values", () => {
    const text = (msg: string) => decodeLogLine(item(msg, "debug"), 0).text;
    expect(text('!!python/tuple ["a", "b"]')).toBe('["a","b"]');
    expect(text('!!set {"a": null, "b": null}')).toBe('["a","b"]');
    expect(text('{"a": &id001 ["x"], "b": *id001}')).toBe('{"a":["x"],"b":["x"]}');
    expect(text('!!python/object/apply:collections.OrderedDict [[["k", "v"]]]')).toBe('[["k","v"]]');
    expect(text('!!python/object:some.Thing {"k": !!binary "AAE="}')).toBe('{"k":"AAE="}');
    expect(text('!!python/name:some.thing ""')).toBe("");
    expect(text("!!timestamp 2020-05-04")).toBe("2020-05-04");
  });

  it("keeps of a line what can be read when one key can't", () => {
    const read = (line: string) => {
      const { time, level, text } = decodeLogLine(line, 0);
      return [time, level, text];
    };
    const time = "2026-11-22T03:24:18Z";
    expect(read('- {"dt": "2026-11-22T10:00:00.[MASKED]56", "lvl": "target", "msg": "board login:"}')).toEqual([
      null,
      "target",
      "board login:",
    ]);
    expect(read('- {"lvl": "info", "msg": "x"}')).toEqual([null, "info", "x"]);
    expect(read('- {"dt": "2026-11-22T03:24:18", "msg": "x"}')).toEqual([time, "unknown", "x"]);
    const bare = '- {"dt": "2026-11-22T03:24:18", "lvl": "info"}';
    expect(read(bare)).toEqual([time, "info", bare]);
  });

  it("tells which namespace a feedback line comes from", () => {
    const line = '- {"dt": "2026-11-22T03:24:18", "lvl": "feedback", "msg": "x", "ns": "tester"}';
    expect(decodeLogLine(line, 0)).toMatchObject({ level: "feedback", text: "x", namespace: "tester" });
  });

  it("calls a result it does not know unknown, and takes a results line without a case as JSON", () => {
    expect(decodeLogLine(item('{"case": "a", "definition": "s", "result": "odd"}'), 0)).toMatchObject({
      text: "a: unknown",
      result: { result: "unknown" },
    });
    expect(decodeLogLine(item('{"result": "pass"}'), 0)).toMatchObject({ text: '{"result":"pass"}', result: null });
    expect(decodeLogLine(item("null", "marker"), 0)).toMatchObject({ level: "marker", text: "null" });
  });

  it.each([
    ["cut", lines[0]?.slice(0, 60)],
    ["without dash", lines[0]?.slice(2)],
    ["empty", ""],
    ["that is an empty log in XML-RPC", "[]"],
    ["that is a list", "- []"],
    ["that is null", "- null"],
    ["of a mapping with other keys", "- {a: !!python/object:os.system y}"],
    ["whose aliases would fill the memory", aliases(12)],
    ["of 1 MiB of escapes", item(`"${"\\e".repeat(524_288)}`)],
    ["cut after 1 MiB of quotes", item(`"${'\\"'.repeat(524_288)}`, "target").slice(0, -1)],
  ])("shows a line %s raw and as unknown", (_, line = "") => {
    expect(decodeLogLine(line, 7)).toEqual({
      number: 7,
      time: null,
      level: "unknown",
      text: line,
      result: null,
      namespace: null,
    });
  });
});

describe("splitLogLines", () => {
  async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
  }
  async function split(text: string | Buffer, size: number): Promise<string[]> {
    const found: string[] = [];
    for await (const line of splitLogLines(inChunks(Buffer.from(text), size))) found.push(line);
    return found;
  }

  it("gives a file's lines", async () => {
    const found: string[] = [];
    for await (const line of splitLogLines(createReadStream(LOG, { highWaterMark: 1000 }) as AsyncIterable<Buffer>)) {
      found.push(line);
    }
    expect(found).toEqual(lines);
  });

  it.each([1, 2, 3, 5, 100])("decodes UTF-8 across borders of %i bytes and counts blank lines", async (size) => {
    expect(await split("é😀\n\n€ last", size)).toEqual(["é😀", "", "€ last"]);
    expect(await split("one\n", size)).toEqual(["one"]);
    expect(await split("", size)).toEqual([]);
  });

  it("replaces what is no UTF-8", async () => {
    expect(await split(Buffer.from([0x61, 0xff, 0x0a, 0x62]), 2)).toEqual(["a\ufffd", "b"]);
  });

  it("cuts a line at 1 MiB between characters, marks it, and goes on with the next", async () => {
    const long = `a${"é".repeat(LOG_LINE_MAX_BYTES)}`;
    const [cut = "", next, ...rest] = await split(`${long}\nnext\n`, 64 * 1024);
    expect(cut).toBe(`a${"é".repeat(LOG_LINE_MAX_BYTES / 2 - 1)}${LOG_LINE_CUT_MARK}`);
    expect([next, rest]).toEqual(["next", []]);
    expect(await split("x".repeat(LOG_LINE_MAX_BYTES), 1 << 16)).toEqual(["x".repeat(LOG_LINE_MAX_BYTES)]);
  });
});
