// JUnit and TAP of one suite: LAVA makes them of whole jobs only. In LAVA's form, without the log that it puts into failures.

import type { CaseResult } from "../protocol/test-case.js";

/** What XML 1.0 can't hold at all, not even escaped. */
const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** The JUnit XML of a suite, in pieces. */
export function* junitOf(suite: string, cases: readonly CaseResult[]): Generator<string> {
  const count = (result: string) => cases.filter((one) => one.result === result).length;
  const counts = `disabled="0" errors="0" failures="${count("fail")}"`;
  const name = escapeXml(suite);
  yield `<?xml version="1.0" encoding="utf-8"?>\n<testsuites ${counts} tests="${cases.length}">\n`;
  yield `\t<testsuite ${counts} name="${name}" skipped="${count("skip")}" tests="${cases.length}">\n`;
  for (const one of cases) {
    const time = one.durationSeconds === null ? "" : ` time="${one.durationSeconds.toFixed(6)}"`;
    const head = `\t\t<testcase name="${escapeXml(one.name)}"${time} timestamp="${one.logged}" classname="${name}"`;
    if (one.result === "fail") {
      yield `${head}>\n\t\t\t<failure type="failure" message="failed"/>\n\t\t</testcase>\n`;
    } else if (one.result === "skip") {
      yield `${head}>\n\t\t\t<skipped type="skipped" message="skipped"/>\n\t\t</testcase>\n`;
    } else yield `${head}/>\n`;
  }
  yield "\t</testsuite>\n</testsuites>\n";
}

/** The TAP 13 of a suite, in pieces. */
export function* tapOf(suite: string, cases: readonly CaseResult[]): Generator<string> {
  yield `TAP version 13\n1..${cases.length}\n# TAP results for ${toLine(suite)}\n`;
  for (const [at, { name, result }] of cases.entries()) {
    const directive = result === "skip" ? " # SKIP test skipped" : result === "unknown" ? " # TODO no verdict" : "";
    // A `#` would begin a directive.
    const description = toLine(name).replaceAll("#", "\\#");
    yield `${result === "pass" || result === "skip" ? "ok" : "not ok"} ${at + 1} ${description}${directive}\n`;
  }
}

function escapeXml(text: string): string {
  return text.replace(NO_XML, "\ufffd").replace(/[&<>"]/g, (letter) => ENTITIES[letter] ?? letter);
}

function toLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]+/g, " ");
}
