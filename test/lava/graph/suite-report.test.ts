import { SaxesParser } from "saxes";
import { expect, test } from "vitest";
import { decodeResultsCsv } from "../../../src/lava/protocol/results-csv.js";
import { junitOf, tapOf } from "../../../src/lava/graph/suite-report.js";

const HEADER = "id,suite,name,result,measurement,unit,logged,level,metadata,log_start_line,log_end_line\n";
const cases = (...names: [name: string, result: string][]) =>
  decodeResultsCsv(
    HEADER +
      names
        .map(
          ([name, result], at) =>
            `${at},s,"${name.replaceAll('"', '""')}",${result},None,,2026-11-22 03:24:27+00:00,,{},,\n`,
        )
        .join(""),
  );

test("names with markup, quotes and what XML can't hold make well-formed XML", () => {
  const names: string[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (name === "testcase") names.push(String(attributes["name"]));
  });
  const odd = cases(['a<b>&"c"', "pass"], ["esc\u001b[0m\ufffe", "fail"], ["\ud800 alone", "skip"], ["🦊", "unknown"]);
  parser.write([...junitOf('s<&">', odd)].join("")).close();
  expect(names).toEqual(['a<b>&"c"', "esc\ufffd[0m\ufffd", "\ufffd alone", "🦊"]);
});

test("JUnit counts failures and skips, and says which case is which", () => {
  const xml = [...junitOf("s", cases(["a", "pass"], ["b", "fail"], ["c", "skip"], ["d", "unknown"]))].join("");
  expect(xml).toContain('<testsuite disabled="0" errors="0" failures="1" name="s" skipped="1" tests="4">');
  expect(xml).toMatch(/name="b"[^>]*>\s*<failure /);
  expect(xml).toMatch(/name="c"[^>]*>\s*<skipped /);
});

test("TAP keeps a name from being a directive or two lines", () => {
  expect(
    [...tapOf("s", cases(["a # SKIP", "fail"], ["two\nlines", "pass"], ["c", "skip"], ["d", "unknown"]))].join(""),
  ).toBe(
    [
      "TAP version 13",
      "1..4",
      "# TAP results for s",
      "not ok 1 a \\# SKIP",
      "ok 2 two lines",
      "ok 3 c # SKIP test skipped",
      "not ok 4 d # TODO no verdict",
      "",
    ].join("\n"),
  );
});
