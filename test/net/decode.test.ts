// Answers that are not what they should be: the error says where, and what was found.

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { UpstreamError } from "../../src/errors.js";
import { decode, parseJson } from "../../src/net/decode.js";

const ORIGIN = { server: "lab", operation: "GET jobs/" };
const failureOf = (run: () => unknown): UpstreamError => {
  try {
    run();
  } catch (error) {
    if (error instanceof UpstreamError) return error;
    throw error;
  }
  throw new Error("did not throw");
};

describe("parseJson", () => {
  it("reads JSON in UTF-8", () => {
    expect(parseJson(ORIGIN, Buffer.from('{"name": "é"}'))).toEqual({ name: "é" });
  });

  it.each([
    ["an empty body", "", "empty body"],
    ["an HTML page", "<!DOCTYPE html>\n<html><body>It works!</body></html>", "an HTML page"],
    ["an HTML page after blank lines", "\n\n <html>", "an HTML page"],
    [
      "a cut answer",
      '{"count": 1, "results": [',
      '25 characters that end early or begin with "{\\"count\\": 1, \\"results\\": "',
    ],
    ["another text", "upstream unavailable", '20 characters that end early or begin with "upstream unavailable"'],
  ])("names %s", (_, body, found) => {
    const error = failureOf(() => parseJson(ORIGIN, Buffer.from(body)));
    expect(error).toMatchObject({ kind: "UpstreamMalformed", server: "lab", operation: "GET jobs/", retryable: false });
    expect(error.message).toBe(`lab: GET jobs/: not JSON: ${found}`);
  });

  it("quotes no more than the beginning", () => {
    expect(failureOf(() => parseJson(ORIGIN, Buffer.from("x".repeat(10_000)))).message.length).toBeLessThan(120);
  });
});

describe("decode", () => {
  const schema = z.object({ count: z.number(), results: z.array(z.object({ id: z.number(), name: z.string() })) });

  it("gives what the schema names and drops the rest", () => {
    const wire = { count: 1, results: [{ id: 1, name: "a", token: "t" }], next: null };
    expect(decode(ORIGIN, schema, wire)).toEqual({ count: 1, results: [{ id: 1, name: "a" }] });
  });

  it.each([
    [
      "deep inside",
      {
        count: 1,
        results: [
          { id: 1, name: "a" },
          { id: "2", name: "b" },
        ],
      },
      /at results\.1\.id: .*number.*string/,
    ],
    ["at a missing field", { count: 1, results: [{ id: 1 }] }, /at results\.0\.name: .*string.*undefined/],
    ["at the top", [], /at the top: .*object.*array/],
    ["at null", { count: null, results: [] }, /at count: .*number.*null/],
  ])("names the path of a wrong type %s", (_, value, message) => {
    const error = failureOf(() => decode(ORIGIN, schema, value));
    expect(error.kind).toBe("UpstreamMalformed");
    expect(error.message).toMatch(message);
  });
});
