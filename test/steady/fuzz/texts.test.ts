// Logs, results and definitions, which test jobs themselves may write: damaged, and whatever else.

import fc from "fast-check";
import { describe } from "vitest";
import { toPlainText } from "../../../src/codec/terminal-text.js";
import { createLogSource } from "../../../src/cuirass/client/log-source.js";
import { readDefinition } from "../../../src/lava/protocol/definition.js";
import { toJobId } from "../../../src/lava/protocol/ids.js";
import { decodeLogLine } from "../../../src/lava/protocol/log-line.js";
import { toMicros, toUtc } from "../../../src/lava/protocol/time.js";
import { readNotifyBlock, toTree } from "../../../src/lava/protocol/notify.js";
import { toNotify } from "../../../src/lava/model/notify.type.js";
import { ResultsSyntaxError, decodeResultsCsv } from "../../../src/lava/protocol/results-csv.js";
import { toTestCase } from "../../../src/lava/model/results.type.js";
import { junitOf, tapOf } from "../../../src/lava/graph/suite-report.js";
import { Bzip2Error, bunzip2 } from "../../../src/codec/bunzip2.js";
import { splitLogLines } from "../../../src/codec/lines.js";
import { anyText, chunked, damaged, damagedBytes, drain, fuzz, recordedBytes, recordedTexts } from "./cases.js";

const LOG_LINES = recordedTexts("lava/logs", /\.yaml$/, 1_000_000).flatMap((log) => {
  const lines = log.split("\n").filter((line) => line !== "");
  // Results are few, and have the most to get wrong.
  return [...lines.slice(0, 50), ...lines.filter((line) => line.includes("results")).slice(0, 50)];
});
const EXPORTS = recordedTexts("lava/exports", /\.rest\.csv$/, 20_000);
const DEFINITION = `job_name: hello
device_type: qemu
priority: medium
visibility: {group: [lab]}
tags: [a, b]
timeouts: {job: {minutes: 5}, action: {minutes: 2}}
protocols: {lava-multinode: {roles: {client: {count: 2, device_type: qemu}, server: {count: 1}}, timeout: {minutes: 1}}}
metadata: {build: "12", commit: &c abc, again: *c}
notify: {criteria: {status: complete}, recipients: [{to: {method: email, user: alice}}], callback: {url: http://x, token: t}}
actions: [{deploy: {to: tmpfs}}, {boot: {method: qemu}}, {test: {definitions: [{name: smoke, from: git}]}}]
`;

const sizes = fc.integer({ min: 1, max: 5_000 });

describe("logs", () => {
  fuzz("damaged lines", damaged(LOG_LINES), (line) => decodeLogLine(line, 1));
  fuzz("any line", anyText, (line) => decodeLogLine(`- {"dt": "2026-01-01T00:00:00", ${line}`, 1));
  fuzz("bytes cut anywhere into lines", fc.tuple(fc.uint8Array({ maxLength: 3_000 }), sizes), ([bytes, size]) =>
    drain(splitLogLines(chunked(Buffer.from(bytes), size))),
  );
  fuzz(
    "terminals' escapes",
    fc.array(fc.oneof(anyText, fc.constantFrom("\x1b[", "\x1b]0;", "\x9b", "\x1b")), { maxLength: 20 }),
    (parts) => toPlainText(parts.join("")),
  );
  fuzz(
    "damaged gzip, as Cuirass sends it",
    fc.tuple(damagedBytes(recordedBytes("cuirass", /^log-.*\.gz$/, 60_000)), sizes),
    async ([bytes, size]) => {
      const stream = { status: 200, headers: { "content-encoding": "gzip" }, body: chunked(bytes, size) };
      const source = createLogSource({ server: "guix", operation: "GET log" }, () =>
        Promise.resolve({ ...stream, discard: () => undefined }),
      );
      for await (const line of source.read(0, 1_000)) if (typeof line.text !== "string") throw new TypeError("no line");
    },
  );
  fuzz(
    "damaged bzip2",
    fc.tuple(damagedBytes(recordedBytes("cuirass", /\.bz2$/, 20_000)), sizes),
    ([bytes, size]) => drain(bunzip2(chunked(bytes, size))),
    [Bzip2Error],
  );
});

describe("results", () => {
  fuzz(
    "damaged CSV, and the reports made of it",
    damaged(EXPORTS),
    (text) => {
      const cases = decodeResultsCsv(text);
      for (const one of cases) toTestCase("lab", toJobId(1), one);
      return [...junitOf("suite", cases), ...tapOf("suite", cases)];
    },
    [ResultsSyntaxError],
  );
  fuzz("any text", anyText, (text) => decodeResultsCsv(text), [ResultsSyntaxError]);
  fuzz(
    "any cells",
    fc.array(fc.array(anyText, { minLength: 11, maxLength: 11 }), { maxLength: 5 }),
    (rows) => {
      const [header = ""] = (EXPORTS[0] ?? "").split("\n", 1);
      const cells = rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(","));
      decodeResultsCsv([header, ...cells].join("\n"));
    },
    [ResultsSyntaxError],
  );
});

describe("definitions", () => {
  fuzz("damaged ones, with what they tell of notifications", damaged([DEFINITION]), (text) => {
    const definition = readDefinition(text);
    const block = readNotifyBlock(definition?.notify ?? null);
    return block === null ? null : [toTree(block), toNotify(block)];
  });
  fuzz("any text", anyText, (text) => readDefinition(text));
});

describe("times", () => {
  const near = damaged([
    "2026-11-22T03:24:17.000001",
    "2026-11-22 03:24:17+00:00",
    "20261122T03:24:17",
    "2026-11-22T03:24:17.5Z",
  ]);
  fuzz("damaged ones", near, (text) => [toUtc(text), toMicros(text)]);
  fuzz("any text", anyText, (text) => [toUtc(text), toMicros(text)]);
});
