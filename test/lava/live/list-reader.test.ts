// Reads of a whole list that many ask for.

import { createAsk } from "../../../src/net/ask.js";
import { expect, it } from "vitest";
import { ListReader } from "../../../src/lava/live/list-reader.js";
import { Secret } from "../../../src/net/secret.js";

/** A list whose reads end when the test says so. */
function start() {
  const reads: {
    readonly token: string | null;
    readonly end: (value: number) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const list = new ListReader<number>(
    ({ token }) =>
      new Promise((resolve, reject) => {
        reads.push({ token: token?.reveal() ?? null, end: (value) => resolve([value]), fail: reject });
      }),
  );
  return { list, reads };
}

it("reads once more for all who ask while a read is under way, and never answers them from before they asked", async () => {
  const { list, reads } = start();
  const first = list.read(createAsk(null));
  const others = Array.from({ length: 1_000 }, () => list.read(createAsk(null)));
  expect(reads).toHaveLength(1);
  reads[0]?.end(1);
  expect(await first).toEqual([1]);
  expect(reads).toHaveLength(2);
  const late = list.read(createAsk(null));
  reads[1]?.end(2);
  for (const other of others) expect(await other).toEqual([2]);
  reads[2]?.end(3);
  expect(await late).toEqual([3]);
  const alone = list.read(createAsk(null));
  expect(reads).toHaveLength(4);
  reads[3]?.end(4);
  expect(await alone).toEqual([4]);
});

it("shares nothing between viewers, and a failure only among those who waited for it", async () => {
  const { list, reads } = start();
  const [mine, same, other] = [new Secret("a"), new Secret("a"), new Secret("b")];
  const all = [list.read(createAsk(mine)), list.read(createAsk(other)), list.read(createAsk(null))];
  const waiting = list.read(createAsk(same));
  expect(reads.map(({ token }) => token)).toEqual(["a", "b", null]);
  reads[0]?.fail(new Error("down"));
  await expect(all[0]).rejects.toThrow("down");
  expect(reads.map(({ token }) => token)).toEqual(["a", "b", null, "a"]);
  reads.forEach(({ end }, at) => end(at));
  expect(await Promise.all([waiting, all[1], all[2]])).toEqual([[3], [1], [2]]);
});
