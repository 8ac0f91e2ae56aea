// Damage for the fuzz tests: how many cases, what is damaged, and what a decoder may throw.

import { readFileSync, readdirSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { test } from "vitest";
import { InputRefused, Overflow, UpstreamError } from "../../../src/errors.js";
import { IS_LONG } from "../form.js";

/** Cases of each property. */
export const FUZZ_CASES = IS_LONG ? 100_000 : 1_000;

/** A kind of error that a decoder may throw besides the error family. */
type Refusal = abstract new (...args: never) => Error;

/** A property of every value of `arbitrary`: `check` throws nothing but the error family and `refusals`. */
export function fuzz<T>(
  title: string,
  arbitrary: fc.Arbitrary<T>,
  check: (value: T) => unknown,
  refusals: readonly Refusal[] = [],
): void {
  const family = [UpstreamError, Overflow, InputRefused, ...refusals];
  test(title, async () => {
    const property = fc.asyncProperty(arbitrary, async (value) => {
      try {
        await check(value);
      } catch (error) {
        if (!family.some((kind) => error instanceof kind)) throw error;
      }
    });
    await fc.assert(property, { numRuns: FUZZ_CASES });
  });
}

const ODD_TEXTS = [
  ...[
    "",
    "\0",
    "\n",
    "\r\n",
    "\t",
    '"',
    "'",
    "\\",
    "<",
    ">",
    "&amp;",
    "]]>",
    "<![CDATA[",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
  ],
  ...[
    "null",
    "NaN",
    "Infinity",
    "-0",
    "1e999",
    "9007199254740993",
    "-9223372036854775809",
    "true",
    "💥",
    "\ud800",
    "\ufeff",
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "&a;",
    "%00",
    "..",
    "../",
    "- {",
    "!!js/function",
    "&x *x",
    "| ",
    "\u2028",
  ],
  ...["0000-00-00T00:00:00", "2026-13-45T99:99:99", "+275760-09-13T00:00:00.001Z", "253402300800", "x".repeat(5_000)],
];

/** Text of any kind. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.constantFrom(...ODD_TEXTS),
  fc.double().map(String),
  fc.integer().map(String),
);

/** Values of any kind that JSON can hold, and that a decoder may meet. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(...ODD_TEXTS),
  fc.constantFrom(0, -1, 1.5, 1e300, -1e300, 2 ** 31, 2 ** 53, 8.64e12 + 1, 8.64e15 + 1, {}, [], null, true),
);

/** A sound text with a few pieces cut, doubled, moved or put in. */
export function damaged(sound: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.oneof({ weight: 4, arbitrary: fc.nat(8) }, fc.nat(500)),
    put: fc.oneof(fc.constant(null), anyText),
  });
  return fc.tuple(fc.constantFrom(...sound), fc.array(edit, { minLength: 1, maxLength: 4 })).map(([text, edits]) =>
    edits.reduce((rest, { at, length, put }) => {
      const from = Math.floor(at * rest.length);
      // Without text to put in, the piece is doubled.
      return put === null
        ? rest.slice(0, from + length) + rest.slice(from)
        : rest.slice(0, from) + put + rest.slice(from + length);
    }, text),
  );
}

/** The same for bytes. */
export function damagedBytes(sound: readonly Buffer[]): fc.Arbitrary<Buffer> {
  return damaged(sound.map((bytes) => bytes.toString("latin1"))).map((text) => Buffer.from(text, "latin1"));
}

/** A sound value in which a few members, at any depth, are something else, or gone. */
export function damagedJson(sound: readonly unknown[]): fc.Arbitrary<unknown> {
  const edit = fc.tuple(fc.nat(), fc.oneof(anyJson, fc.constant(GONE)));
  return fc.tuple(fc.constantFrom(...sound), fc.array(edit, { minLength: 1, maxLength: 3 })).map(([value, edits]) => {
    const copy = structuredClone({ value });
    for (const [number, put] of edits) {
      const places = placesOf(copy);
      const [holder, key] = places[number % places.length] ?? [copy, "value"];
      if (put !== GONE) Reflect.set(holder, key, structuredClone(put));
      else if (holder !== copy) Reflect.deleteProperty(holder, key);
    }
    return copy.value;
  });
}

const GONE = Symbol("gone");

function placesOf(value: object): (readonly [holder: object, key: string])[] {
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => [
    [value, key] as const,
    // A few members tell as much as a thousand.
    ...(typeof member === "object" && member !== null ? placesOf(member).slice(0, 200) : []),
  ]);
}

/** Chunks of the bytes, cut anywhere. */
export function chunked(bytes: Buffer, size: number): AsyncIterable<Buffer> {
  // Async because a body is, though nothing here waits.
  // eslint-disable-next-line @typescript-eslint/require-await
  return (async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  })();
}

/** Reads an async sequence to its end. */
export async function drain(sequence: AsyncIterable<unknown>): Promise<void> {
  const reading = sequence[Symbol.asyncIterator]();
  while ((await reading.next()).done !== true);
}

const FIXTURES = new URL("../../fixtures/", import.meta.url);

/** Recorded files of a folder below `test/fixtures/`, of at most `maxBytes`. */
export function recordedBytes(folder: string, pattern: RegExp, maxBytes = 100_000): Buffer[] {
  const place = new URL(`${folder}/`, FIXTURES);
  return readdirSync(place)
    .filter((name) => pattern.test(name))
    .map((name) => readFileSync(new URL(name, place)))
    .filter((bytes) => bytes.length <= maxBytes);
}

export function recordedTexts(folder: string, pattern: RegExp, maxBytes?: number): string[] {
  return recordedBytes(folder, pattern, maxBytes).map((bytes) => bytes.toString("utf8"));
}

/** The JSON of recorded answers, with or without HTTP's head. */
export function recordedJson(folder: string, pattern: RegExp, maxBytes?: number): unknown[] {
  return recordedBytes(folder, pattern, maxBytes).map((bytes) => {
    const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("utf8");
    const body = text.startsWith("> ") || text.startsWith("HTTP/") ? text.replace(/^.*?\r?\n\r?\n/s, "") : text;
    return JSON.parse(body) as unknown;
  });
}
