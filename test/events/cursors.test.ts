import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Cursors, PROCESS_KEY, openMarks, sealMarks } from "../../src/events/cursors.js";
import { SealingKey } from "../../src/events/sealing-key.js";

describe("Cursors", () => {
  test("say nothing, and lead back to their number in their own feed only", () => {
    const lava = new Cursors("lava");
    const other = new Cursors("other");
    const cursor = lava.seal(42);
    expect(lava.open(cursor)).toBe(42);
    expect(lava.open(null)).toBeNull();
    expect(other.open(cursor)).toBe(-1);
    expect(lava.seal(42)).not.toBe(cursor);
    expect(lava.seal(1).length).toBe(lava.seal(999_999).length);
    expect(lava.open(lava.seal(null))).toBe(-1);
    expect(lava.seal(null).length).toBe(cursor.length);
    for (const junk of ["", "junk", cursor.slice(0, -2), `${cursor}AA`]) expect(lava.open(junk)).toBe(-1);
  });

  test("are read wherever the same log is read with the same key, whatever the numbers there are", () => {
    const key = new SealingKey(randomBytes(32));
    const [here, there] = [new Cursors("lava", key), new Cursors("lava", key)];
    here.begin("log-1", 1, 100);
    there.begin("log-1", 5_000, 90);
    expect(there.open(here.seal(3))).toBe(5_012);
    expect(here.open(there.seal(5_012))).toBe(3);
    // Before the place where it has begun to read.
    expect(here.open(there.seal(5_009))).toBe(-1);
    expect(new Cursors("lava").open(here.seal(3))).toBe(-1);
  });

  test("of a log that has ended lead nowhere, and of one that is read anew to where that is now", () => {
    const cursors = new Cursors("lava");
    cursors.begin("log-1", 1, 1);
    const first = cursors.seal(7);
    cursors.begin("log-2", 20, 1);
    expect(cursors.open(cursors.seal(25))).toBe(25);
    cursors.begin("log-1", 40, 3);
    expect(cursors.open(first)).toBe(44);
    const early = cursors.seal(2);
    expect(cursors.open(early)).toBe(2);
  });

  test("hold the places in several feeds, and are not taken for one another", () => {
    const [lab, guix] = [new Cursors("lab"), new Cursors("guix")];
    const marks = new Map([
      ["lab", lab.mark(7)],
      ["guix", guix.mark(1_000_000)],
    ]);
    const cursor = sealMarks(PROCESS_KEY, marks);
    expect(openMarks(PROCESS_KEY, cursor)).toEqual(marks);
    expect(guix.numberOf(marks.get("guix") ?? "")).toBe(1_000_000);
    expect(guix.numberOf(marks.get("lab") ?? "")).toBe(-1);
    expect(lab.open(cursor)).toBe(-1);
    expect(openMarks(PROCESS_KEY, lab.seal(7))).toBeNull();
    expect(openMarks(PROCESS_KEY, "junk")).toBeNull();
    const sealed = (number: number) => sealMarks(PROCESS_KEY, new Map([["lab", lab.mark(number)]])).length;
    expect(sealed(7)).toBe(sealed(70_000));
  });
});
