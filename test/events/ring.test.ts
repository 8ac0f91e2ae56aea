import { describe, expect, test } from "vitest";
import { EventRing, decodeCursor, decodePositions, encodeCursor, encodePositions } from "../../src/events/ring.js";

describe("EventRing", () => {
  test("keeps the last events, however many come", () => {
    const ring = new EventRing<number>(10);
    for (let event = 1; event <= 1_000; event += 1) {
      expect(ring.push(event)).toBe(event);
      expect(ring.all().map((kept) => kept.event)).toEqual(
        Array.from({ length: Math.min(10, event) }, (_, at) => event - Math.min(10, event) + 1 + at),
      );
    }
  });

  test("gives what came after a number, and null for what has left", () => {
    const ring = new EventRing<string>(3);
    for (const event of ["a", "b", "c", "d"]) ring.push(event);
    expect(ring.after(4)).toEqual([]);
    expect(ring.after(1)?.map((kept) => kept.event)).toEqual(["b", "c", "d"]);
    expect(ring.after(0)).toBeNull();
    expect(ring.after(5)).toBeNull();
  });

  test("does not lead over a gap", () => {
    const ring = new EventRing<string>(10);
    ring.push("a");
    ring.markGap();
    ring.push("b");
    expect(ring.after(1)).toBeNull();
    expect(ring.after(2)?.map((kept) => kept.event)).toEqual(["b"]);
    expect(ring.after(3)).toEqual([]);
  });
});

describe("cursors", () => {
  test("say nothing, and lead back to their number in their own feed only", () => {
    const cursor = encodeCursor("lava", 42);
    expect(decodeCursor("lava", cursor)).toBe(42);
    expect(decodeCursor("other", cursor)).toBeNull();
    expect(encodeCursor("lava", 42)).not.toBe(cursor);
    expect(encodeCursor("lava", 1).length).toBe(encodeCursor("lava", 999_999).length);
    expect(decodeCursor("lava", encodeCursor("lava", null))).toBeNull();
    expect(encodeCursor("lava", null).length).toBe(cursor.length);
    for (const junk of ["", "junk", cursor.slice(0, -2), `${cursor}AA`]) expect(decodeCursor("lava", junk)).toBeNull();
  });

  test("hold the positions in several feeds, and are not taken for one another", () => {
    const positions = new Map([
      ["lab", 7],
      ["guix", 1_000_000],
    ]);
    const cursor = encodePositions(positions);
    expect(decodePositions(cursor)).toEqual(positions);
    expect(decodeCursor("lab", cursor)).toBeNull();
    expect(decodePositions(encodeCursor("lab", 7))).toBeNull();
    expect(decodePositions("junk")).toBeNull();
    expect(encodePositions(new Map([["lab", 7]])).length).toBe(encodePositions(new Map([["lab", 70_000]])).length);
  });
});
