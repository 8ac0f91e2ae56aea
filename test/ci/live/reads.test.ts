// Reads that many ask for.

import { expect, it, vi } from "vitest";
import { Reads } from "../../../src/ci/live/reads.js";

/** A list, and things by key, whose reads end when the test says so. */
function start() {
  const pending: {
    readonly keys: readonly number[];
    readonly end: (value: number) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const load = (keys: readonly number[]) =>
    new Promise<number>((resolve, reject) => pending.push({ keys, end: resolve, fail: reject }));
  const reads = new Reads<number, number>(async (keys) => {
    const value = await load(keys);
    return new Map(keys.map((key) => [key, value]));
  });
  const list = () => reads.list("all", performance.now(), () => load([]));
  const read = async (key: number, since = performance.now()) => (await reads.read([key], since)).get(key)?.value;
  return { list, read, pending };
}

it("reads once more for all who ask while a read is under way, and never answers them from before they asked", async () => {
  const { list, pending } = start();
  const first = list();
  const others = Array.from({ length: 1_000 }, list);
  expect(pending).toHaveLength(1);
  pending[0]?.end(1);
  expect(await first).toBe(1);
  await vi.waitFor(() => expect(pending).toHaveLength(2));
  const late = list();
  pending[1]?.end(2);
  for (const other of others) expect(await other).toBe(2);
  pending[2]?.end(3);
  expect(await late).toBe(3);
  const alone = list();
  expect(pending).toHaveLength(4);
  pending[3]?.end(4);
  expect(await alone).toBe(4);
});

it("tells a failure only to those who waited for it", async () => {
  const { list, pending } = start();
  const [first, second] = [list(), list()];
  pending[0]?.fail(new Error("down"));
  await expect(first).rejects.toThrow("down");
  await vi.waitFor(() => expect(pending).toHaveLength(2));
  pending[1]?.end(2);
  expect(await second).toBe(2);
});

it("reads in one request what is asked for in the same moment, and again only for who needs it later than that", async () => {
  const { read, pending } = start();
  const before = performance.now();
  const all = [read(1), read(2), read(1)];
  await vi.waitFor(() => expect(pending).toHaveLength(1));
  expect(pending[0]?.keys).toEqual([1, 2]);
  const joins = read(2, before);
  const needsLater = read(2);
  pending[0]?.end(7);
  expect(await Promise.all([...all, joins])).toEqual([7, 7, 7, 7]);
  // One who needs no more than what was read.
  expect(await read(1, before)).toBe(7);
  await vi.waitFor(() => expect(pending).toHaveLength(2));
  expect(pending[1]?.keys).toEqual([2]);
  pending[1]?.end(8);
  expect(await needsLater).toBe(8);
});
