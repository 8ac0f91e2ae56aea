// What can't change any more, on disk: there after a restart, never more than its bound, and no trouble when damaged.

import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDiskStore } from "../../src/cache/disk-store.js";

const MiB = 1024 * 1024;
let dir: string;
let faults: unknown[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "etna-store-"));
  faults = [];
});
afterEach(() => {
  expect(faults).toEqual([]);
  rmSync(dir, { recursive: true });
});

const openStore = (maxBytes = 16 * MiB, at = dir) => openDiskStore(at, maxBytes, (error) => void faults.push(error));

describe("a value", () => {
  test("of any shape is there after a restart", async () => {
    const value = { value: [{ id: "1", name: "ä", measurement: 1.5, none: null }, 7], bytes: 12 };
    const first = openStore();
    first.set("lab every results 1", value);
    await first.close();
    const second = openStore();
    expect(second.get("lab every results 1")).toEqual(value);
    expect(second.get("lab every results 2")).toBeUndefined();
    await second.close();
    await second.close();
  });

  test("that came first goes first when the bound is reached, and the file stays within the bound", async () => {
    const store = openStore(4 * MiB);
    for (let id = 0; id < 1_000; id += 1) {
      store.set(`results ${id}`, Buffer.alloc(10_000, id % 256));
      // As in life, where each comes after an answer of a server.
      if (id % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await store.close();
    const again = openStore(4 * MiB);
    expect(again.stats().bytes).toBeLessThanOrEqual(again.stats().maxBytes);
    expect(again.stats().entries).toBeGreaterThan(50);
    expect(again.get("results 0")).toBeUndefined();
    expect(again.get("results 999")).toEqual(Buffer.alloc(10_000, 999 % 256));
    await again.close();
    const size = readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
    expect(size).toBeLessThan(4 * MiB);
  });

  test("that is too large, or has too long a name, is left out", async () => {
    const store = openStore(MiB);
    store.set("large", Buffer.alloc(MiB));
    store.set("x".repeat(3_000), 1);
    expect([store.get("large"), store.stats().entries]).toEqual([undefined, 0]);
    await store.close();
  });
});

test("a folder that can't be made is refused at once", () => {
  writeFileSync(join(dir, "file"), "");
  expect(() => openStore(MiB, join(dir, "file", "below"))).toThrow(/ENOTDIR|EEXIST/);
});

test("nothing is written or read after the end", async () => {
  const store = openStore();
  await store.close();
  store.set("late", 1);
  expect(store.get("late")).toBeUndefined();
});
