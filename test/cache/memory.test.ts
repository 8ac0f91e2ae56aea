// The bytes that everything of the process together may take.

import { describe, expect, it, vi } from "vitest";
import { Memory } from "../../src/cache/memory.js";
import type { Entry } from "../../src/cache/memory.js";

const KiB = 1024;
const entryOf = (bytes: number): Entry => ({ value: "x", bytes, life: { freshUntil: Infinity }, since: 0 });

/** Room for sixteen entries and what each costs besides; one may be of 16 KiB. */
const withRoom = () => new Memory(128 * KiB);
const keyOf = (at: number) => `k${String(at).padStart(3, "0")}`;
const fill = (memory: Memory, count: number, from = 0) => {
  for (let at = from; at < from + count; at += 1) memory.set(keyOf(at), entryOf(7_700));
};

describe("cached values", () => {
  it("leave when the bytes are full, those that were used least lately first; a peek is no use", () => {
    const memory = withRoom();
    fill(memory, 16);
    expect(memory.stats()).toMatchObject({ entries: 16, evicted: 0, maxBytes: 128 * KiB });
    memory.get(keyOf(0));
    memory.peek(keyOf(1));
    fill(memory, 2, 16);
    expect(memory.get(keyOf(0))).toBeDefined();
    expect(memory.get(keyOf(1))).toBeUndefined();
    expect(memory.get(keyOf(2))).toBeUndefined();
    expect(memory.stats()).toMatchObject({ entries: 16, evicted: 2 });
    expect(memory.stats().bytes).toBeLessThanOrEqual(128 * KiB);
  });

  it("count with their keys", () => {
    const memory = withRoom();
    memory.set("short", entryOf(KiB));
    const before = memory.stats().bytes;
    memory.set("l".repeat(2 * KiB), entryOf(KiB));
    expect(memory.stats().bytes - 2 * before).toBeGreaterThan(2 * 2 * KiB - 20);
  });

  it("that are larger than an eighth are not kept, nor what is to hold nothing", () => {
    const forgotten = vi.fn();
    const memory = withRoom();
    expect(memory.maxEntryBytes).toBe(16 * KiB);
    memory.set("large", entryOf(16 * KiB + 1), forgotten);
    expect(memory.get("large")).toBeUndefined();
    expect(forgotten).toHaveBeenCalledTimes(1);
    const nothing = new Memory(0);
    nothing.set("k", entryOf(1), forgotten);
    expect(nothing.get("k")).toBeUndefined();
    expect(nothing.stats()).toEqual({ entries: 0, bytes: 0, maxBytes: 0, evicted: 0 });
    expect(forgotten).toHaveBeenCalledTimes(2);
  });

  it("say once that they are forgotten: replaced, pushed out or cleared", () => {
    const memory = withRoom();
    const [replaced, pushedOut, cleared] = [vi.fn(), vi.fn(), vi.fn()];
    memory.set("a", entryOf(KiB), replaced);
    expect(replaced).not.toHaveBeenCalled();
    memory.set("a", entryOf(KiB));
    memory.set("b", entryOf(KiB), pushedOut);
    fill(memory, 20);
    expect(memory.get("b")).toBeUndefined();
    memory.set("c", entryOf(KiB), cleared);
    memory.clear();
    fill(memory, 20);
    for (const forget of [replaced, pushedOut, cleared]) expect(forget).toHaveBeenCalledTimes(1);
  });
});

describe("what is held elsewhere", () => {
  it("is counted, and cached values make room for it until it is let go", () => {
    const memory = withRoom();
    const [one, other] = [{}, {}];
    fill(memory, 16);
    const { bytes } = memory.stats();
    const each = bytes / 16;
    memory.hold(one, 40 * KiB);
    expect(memory.stats().bytes).toBeLessThanOrEqual(128 * KiB);
    expect(memory.stats().entries).toBe(Math.floor((88 * KiB) / each));
    memory.hold(other, 40 * KiB);
    expect(memory.stats().entries).toBe(Math.floor((48 * KiB) / each));
    fill(memory, 16, 100);
    expect(memory.stats().entries).toBe(Math.floor((48 * KiB) / each));
    memory.hold(one, 0);
    memory.hold(other, 0);
    fill(memory, 16, 200);
    expect(memory.stats()).toMatchObject({ entries: 16, bytes });
  });

  it("may be a quarter for one, and half for all", () => {
    const memory = withRoom();
    expect(memory.holderMaxBytes).toBe(32 * KiB);
    memory.set("a", entryOf(KiB));
    const { bytes } = memory.stats();
    const holders = [{}, {}, {}, {}];
    for (const holder of holders) memory.hold(holder, 1);
    expect(memory.stats().bytes).toBe(bytes + 4);
    expect(memory.holderMaxBytes).toBe(16 * KiB);
    memory.hold(holders[0] ?? {}, 0);
    memory.hold(holders[1] ?? {}, 0);
    expect(memory.holderMaxBytes).toBe(32 * KiB);
  });
});

it("counts how often a cached value was ended", () => {
  const memory = new Memory();
  memory.noteChange();
  memory.noteChange();
  expect(memory.changes).toBe(2);
});
