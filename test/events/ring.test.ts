import { describe, expect, test } from "vitest";
import { EventRing } from "../../src/events/ring.js";

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

  test("leads on from no position before all was given up", () => {
    const ring = new EventRing<string>(10);
    ring.push("a");
    ring.forget();
    expect(ring.all()).toEqual([]);
    expect(ring.after(1)).toBeNull();
    expect(ring.after(ring.last)).toEqual([]);
    ring.push("b");
    expect(ring.after(1)).toBeNull();
    expect(ring.after(2)?.map((kept) => kept.event)).toEqual(["b"]);
  });
});
