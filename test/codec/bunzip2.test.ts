import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Bzip2Error, bunzip2 } from "../../src/codec/bunzip2.js";

/** `text` as libbz2 writes it, in blocks of 100,000 bytes. */
const LINES = read("hand-made-lines.bz2");
const text = Array.from({ length: 20_000 }, (_, at) => `line ${at % 250} of the log\n`).join("");
/** `runs`. */
const RUNS = read("hand-made-runs.bz2");
const runs = Buffer.concat(Array.from({ length: 300 }, (_, at) => Buffer.alloc(at + 1, (at * 7) % 256)));

/** 64 MiB of `x`. */
const MONOTONOUS = Buffer.from(
  "QlpoOTFBWSZTWbTrVKABX44AgIBAAAggADCATUZCoCWpCoCXMUFZJlNZz6SsQACidcCAwAAAQAAIIAAgpTQZjjVFRCbFRUQni7kinChIUzkCgIA=",
  "base64",
);

function read(file: string): Buffer {
  return readFileSync(join(import.meta.dirname, "../fixtures/cuirass", file));
}

async function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function textOf(bytes: Buffer, size = 4_096): Promise<Buffer> {
  const parts = [];
  for await (const part of bunzip2(pieces(bytes, size))) parts.push(part);
  return Buffer.concat(parts);
}

describe("bunzip2", () => {
  it.each([1, 7, 1_000, 1_000_000])("reads several blocks, in pieces of %d bytes", async (size) => {
    expect((await textOf(LINES, size)).toString()).toBe(text);
  });

  it("reads runs of every length", async () => {
    expect((await textOf(RUNS)).equals(runs)).toBe(true);
  });

  it("reads files that were joined, and ignores what follows the last", async () => {
    expect((await textOf(Buffer.concat([RUNS, LINES]))).equals(Buffer.concat([runs, Buffer.from(text)]))).toBe(true);
    expect((await textOf(Buffer.concat([RUNS, Buffer.from("BZh or so")]))).equals(runs)).toBe(true);
  });

  it("reads of a file without its end what its whole blocks hold", async () => {
    for (const part of [0.999, 0.7, 0.5]) {
      const whole = await textOf(LINES.subarray(0, Math.floor(LINES.length * part)));
      expect(whole.length).toBeGreaterThan(0);
      expect(text.startsWith(whole.toString())).toBe(true);
    }
    for (const bytes of [0, 1, 3, 4, 10]) expect(await textOf(LINES.subarray(0, bytes))).toHaveLength(0);
  });

  it("lets others have their turn while a few bytes become much text", async () => {
    let turns = 0;
    const read = new AbortController();
    const others = (async () => {
      for (; !read.signal.aborted; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    })();
    await textOf(MONOTONOUS);
    read.abort();
    await others;
    // One for each MiB.
    expect(turns).toBeGreaterThanOrEqual(60);
  });

  it("gives a monotonous text in small pieces, and none that nobody reads", async () => {
    let size = 0;
    for await (const piece of bunzip2(pieces(MONOTONOUS, 4_096))) {
      expect(piece.length).toBeLessThanOrEqual(65_536);
      size += piece.length;
      if (size > 1_000_000) break;
    }
    expect(size).toBeLessThan(1_100_000);
    let whole = 0;
    for await (const { length } of bunzip2(pieces(MONOTONOUS, 4_096))) whole += length;
    expect(whole).toBe(64 * 1024 * 1024);
  });

  it("ends its source when it is broken off", async () => {
    let ended = false;
    async function* source() {
      try {
        yield* pieces(LINES, 1_000);
      } finally {
        ended = true;
      }
    }
    for await (const piece of bunzip2(source())) if (piece.length > 0) break;
    expect(ended).toBe(true);
  });

  it.each([
    ["is something else", Buffer.from("plain text"), "does not begin like bzip2"],
    ["has a wrong byte in its text", flipped(3_000), /checksum|no code|too long|begins outside|does not end/],
    ["has another sum of a block", flipped(11), "checksum is wrong"],
    ["has no block where one should be", flipped(5), "no block where one should begin"],
  ])("fails when the file %s", async (_, bytes, message) => {
    const error = await textOf(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Bzip2Error);
    expect(String(error)).toMatch(message);
  });
});

/** With one bit of that byte turned. */
function flipped(at: number): Buffer {
  const bytes = Buffer.from(LINES);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  return bytes;
}
