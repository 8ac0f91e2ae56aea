// Several streams as one, fed by hand.

import { expect, test } from "vitest";
import { Hub } from "../../src/events/hub.js";
import { mergeStreams } from "../../src/events/merge.js";

const letters = async (source: AsyncIterator<string>, count: number) => {
  const all = [];
  for (let at = 0; at < count; at += 1) all.push((await source.next()).value);
  return all;
};

test("hands on the values of each source in its order, and ends with the last source", async () => {
  const [one, two] = [new Hub<string>(), new Hub<string>()];
  const merged = mergeStreams([one.subscribe(), two.subscribe()]);
  ["a", "b", "c"].forEach((letter) => one.publish(letter));
  ["x", "y"].forEach((letter) => two.publish(letter));
  const all = await letters(merged, 5);
  expect(all.filter((letter) => letter < "m")).toEqual(["a", "b", "c"]);
  expect(all.filter((letter) => letter > "m")).toEqual(["x", "y"]);
  one.close();
  const next = merged.next();
  two.publish("z");
  expect(await next).toEqual({ done: false, value: "z" });
  const end = merged.next();
  two.close();
  expect(await end).toEqual({ done: true, value: undefined });
});

test("lets a source wait that nobody reads", async () => {
  const hub = new Hub<string>();
  const merged = mergeStreams([hub.subscribe(() => true, 2)]);
  const first = merged.next();
  hub.publish("a");
  expect((await first).value).toBe("a");
  // One is fetched ahead, two wait in the hub, and the next is too much for it.
  for (const letter of ["b", "c", "d", "e"]) {
    hub.publish(letter);
    await Promise.resolve();
  }
  expect((await merged.next()).value).toBe("b");
  await expect(merged.next()).rejects.toMatchObject({ code: "SUBSCRIPTION_OVERFLOW" });
});

test("ends with the error of a source, and leaves the others", async () => {
  const hub = new Hub<string>();
  const broken = (async function* () {
    yield await Promise.resolve("a");
    throw new Error("broken");
  })() as AsyncGenerator<string, undefined, undefined>;
  const merged = mergeStreams([hub.subscribe(), broken]);
  expect((await merged.next()).value).toBe("a");
  await expect(merged.next()).rejects.toThrow("broken");
  expect(hub.size).toBe(0);
  expect(await merged.next()).toEqual({ done: true, value: undefined });
});

test("leaves all sources at once when its reader leaves", async () => {
  const [one, two] = [new Hub<string>(), new Hub<string>()];
  const merged = mergeStreams([one.subscribe(), two.subscribe()]);
  const waiting = merged.next();
  await merged.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect([one.size, two.size]).toEqual([0, 0]);
});
