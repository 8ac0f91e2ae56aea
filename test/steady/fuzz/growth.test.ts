// What reads text of clients and upstreams takes time in proportion to it, whatever is in it: the same piece, eight times
// as often. The processor's time of this process is compared within one run, so another process' load plays no part.

import fc from "fast-check";
import { GraphQLError } from "graphql";
import { describe, expect, test } from "vitest";
import { readTerm } from "../../../src/ci/search.js";
import { decodeGlobalId } from "../../../src/ci/global-id.js";
import { toPlainText } from "../../../src/codec/terminal-text.js";
import { readDefinition } from "../../../src/lava/protocol/definition.js";
import { decodeLogLine } from "../../../src/lava/protocol/log-line.js";
import { toMeasurement } from "../../../src/lava/protocol/measurement.js";
import { withoutSecrets } from "../../../src/lava/protocol/notify.js";
import { parsePythonLiteral } from "../../../src/lava/protocol/python-literal.js";
import { readMessage } from "../../../src/lava/client/rest.js";
import { decodeResultsCsv } from "../../../src/lava/protocol/results-csv.js";
import { decodeResponse } from "../../../src/codec/xml-rpc-codec.js";
import { showRefusal, withStageCode } from "../../../src/server/limits/errors.js";
import { IS_LONG } from "../form.js";

const CASES = IS_LONG ? 2_000 : 60;
const PIECES_MIN = 1_500;
const TIMES = 8;
/** Linear work takes 8 times as long, quadratic 64 times. */
const GROWTH_MAX = 24;
/** Less than this is noise: eight times so many characters may take up to 96 ms. */
const FLOOR_MS = 4;

/** What runs in expressions begin and end with, and pieces of what is read. */
const PIECES = [
  ...Array.from(" \t\n\r\"'\\<>&;#?/:=.,-+_0aZ[]{}()@!|*~%"),
  ...[
    "\x1b",
    "\x1b[",
    "\x1b]",
    "\x9b",
    "\x07",
    ";#",
    "1;",
    "<h2>",
    "</h2>",
    "Did you mean ",
    "?",
    " @ [",
    "fault 400: ",
  ],
  ...[
    "Job invalid: ",
    "https://",
    "/gnu/store/",
    "/build/1",
    "&quot;",
    '\\"',
    "!!str ",
    '! "',
    "- {",
    "0e",
    "1.",
    "e+1",
  ],
  ...["<value>", "<i4>", "<!--", "'set': '", "é", "💥"],
];

const piece = fc.constantFrom(...PIECES);
const shape = fc.record({
  head: fc.oneof(fc.constant(""), piece),
  body: fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join("")),
  tail: fc.oneof(fc.constant(""), piece),
});

/** Milliseconds of the processor for one run; an error of any kind is an answer, too. */
function timeOf(read: (text: string) => unknown, text: string): number {
  const before = process.cpuUsage();
  try {
    read(text);
  } catch {
    // Refused.
  }
  return process.cpuUsage(before).user / 1_000;
}

function growthOf(read: (text: string) => unknown, textOf: (times: number) => string): number {
  let growth = Infinity;
  // A compilation or a collection of garbage falls into one run, not into three.
  for (let run = 0; run < 3 && growth > GROWTH_MAX; run += 1) {
    const short = timeOf(read, textOf(PIECES_MIN));
    growth = Math.min(growth, timeOf(read, textOf(PIECES_MIN * TIMES)) / Math.max(FLOOR_MS, short));
  }
  return growth;
}

const READERS: readonly (readonly [name: string, read: (text: string) => unknown])[] = [
  ["a message without guesses", (text) => showRefusal({ message: text }, false)],
  ["a message that quotes", (text) => withStageCode("BAD_USER_INPUT", new GraphQLError(`Value "${text}".`), true)],
  ["a server's error page", (text) => readMessage({ status: 500, headers: {}, body: Buffer.from(text) })],
  [
    "a server's refusal",
    (text) => readMessage({ status: 400, headers: {}, body: Buffer.from(JSON.stringify({ detail: text })) }),
  ],
  ["a terminal's text", (text) => toPlainText(text)],
  ["a line of a log", (text) => decodeLogLine(`- {"dt": "2026-01-01T00:00:00", "lvl": "results", "msg": {${text}`, 1)],
  ["a number", (text) => toMeasurement(text)],
  ["a Python literal", (text) => parsePythonLiteral(text)],
  ["results", (text) => decodeResultsCsv(text)],
  ["an answer of XML-RPC", (text) => decodeResponse(Buffer.from(`<methodResponse><params><param>${text}`))],
  ["a definition's scalar", (text) => readDefinition(`job_name: ${text}`)],
  ["an address", (text) => withoutSecrets(text, "secret")],
  ["what is looked for", (text) => readTerm(text)],
  ["a global id", (text) => decodeGlobalId(text)],
];

test("the measure tells quadratic work from linear", () => {
  // The expression that once took Did you mean …? away.
  const quadratic = (text: string) => text.replace(/\s*Did you mean [^?]*\?/g, "");
  // So many that the shorter text takes longer than the floor, on a fast processor, too.
  expect(growthOf(quadratic, (times) => " ".repeat(3 * times))).toBeGreaterThan(GROWTH_MAX);
  expect(growthOf(toPlainText, (times) => "\x1b[1m".repeat(times))).toBeLessThan(GROWTH_MAX);
});

describe("takes time in proportion to the text", () => {
  test.each(READERS)("%s", (_, read) => {
    const property = fc.property(shape, ({ head, body, tail }) => {
      const growth = growthOf(read, (times) => head + body.repeat(times) + tail);
      return growth <= GROWTH_MAX;
    });
    fc.assert(property, { numRuns: CASES });
  });
});
