// The cap on requests to one server, and the queue before it.

import { describe, expect, it } from "vitest";
import { Overflow, Overloaded } from "../../src/errors.js";
import { Slots } from "../../src/net/slots.js";
import type { Claim } from "../../src/net/slots.js";

/** Lets what is resolved now be seen. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("Slots", () => {
  it("hands a freed slot to whoever has waited longest", async () => {
    const slots = new Slots(1, 10);
    const order: number[] = [];
    const releases = [await slots.acquire()];
    const waiting = [1, 2, 3].map(async (number) => {
      releases.push(await slots.acquire());
      order.push(number);
    });
    expect(slots).toMatchObject({ inUse: 1, waiting: 3 });
    for (const expected of [[1], [1, 2], [1, 2, 3]]) {
      releases.shift()?.();
      await settled();
      expect(order).toEqual(expected);
      expect(slots.inUse).toBe(1);
    }
    await Promise.all(waiting);
    for (const release of releases) release();
    expect(slots).toMatchObject({ inUse: 0, waiting: 0 });
  });

  it("refuses whoever would be one too many in the queue", async () => {
    const slots = new Slots(1, 1);
    const release = await slots.acquire();
    const second = slots.acquire();
    await expect(slots.acquire()).rejects.toThrow(Overflow);
    await expect(slots.acquire()).rejects.toThrow("more than 1 requests wait for this server; try again later");
    release();
    await second;
    expect(slots).toMatchObject({ inUse: 1, waiting: 0 });
  });

  it("lets somebody leave the queue without touching the others", async () => {
    const slots = new Slots(1, 10);
    const release = await slots.acquire();
    const leaving = new AbortController();
    const left = slots.acquire(leaving.signal);
    const staying = slots.acquire();
    leaving.abort(new Error("has left"));
    await expect(left).rejects.toThrow("has left");
    expect(slots.waiting).toBe(1);
    release();
    await staying;
    // Leaving after the slot was given takes nothing away.
    expect(slots).toMatchObject({ inUse: 1, waiting: 0 });
  });

  it("ignores an abort that comes when the slot is already the caller's", async () => {
    const slots = new Slots(1, 10);
    const release = await slots.acquire();
    const leaving = new AbortController();
    const given = slots.acquire(leaving.signal);
    const next = slots.acquire();
    release();
    leaving.abort();
    const releaseGiven = await given;
    expect(slots).toMatchObject({ inUse: 1, waiting: 1 });
    releaseGiven();
    await next;
  });

  it("gives nothing to a caller that has left before", async () => {
    const slots = new Slots(1, 10);
    await expect(slots.acquire(AbortSignal.abort(new Error("has left")))).rejects.toThrow("has left");
    expect(slots.inUse).toBe(0);
  });

  it("gives a slot back once, however often it is told to", async () => {
    const slots = new Slots(2, 10);
    const release = await slots.acquire();
    await slots.acquire();
    release();
    release();
    expect(slots.inUse).toBe(1);
  });

  describe("among several who wait", () => {
    /** Takes the only slot, lets all of these wait, and tells in which order they are served. */
    async function order(claims: readonly (Claim & { readonly name: string })[]): Promise<string[]> {
      const slots = new Slots(1, claims.length);
      const served: string[] = [];
      const first = await slots.acquire();
      const all = claims.map(async ({ name, ...claim }) => {
        const release = await slots.acquire(undefined, claim);
        served.push(name);
        release();
      });
      first();
      await Promise.all(all);
      expect(slots).toMatchObject({ inUse: 0, waiting: 0 });
      return served;
    }
    const many = (count: number, claim: Claim & { readonly name: string }) =>
      Array.from({ length: count }, (_, at) => ({ ...claim, name: `${claim.name}${at}` }));

    it("serves what somebody waits for before whole files, and those before background work", async () => {
      const claims = [
        { name: "look", priority: "background" },
        { name: "export", priority: "bulk" },
        { name: "read" },
      ] as const;
      expect(await order(claims)).toEqual(["read", "export", "look"]);
    });

    it("lets viewers take turns, whatever one of them has queued", async () => {
      const claims = [...many(1_000, { name: "greedy", fairKey: "a" }), { name: "modest", fairKey: "b" }];
      expect((await order(claims)).indexOf("modest")).toBe(1);
    });

    it("lets nobody wait for ever", async () => {
      const claims = [
        { name: "look", priority: "background" as const },
        { name: "export", priority: "bulk" as const },
        ...many(100, { name: "read" }),
      ];
      const served = await order(claims);
      expect(served.indexOf("export")).toBe(8);
      expect(served.indexOf("look")).toBe(16);
    });

    it("keeps one slot of several from bulk and background work", async () => {
      const slots = new Slots(3, 10);
      await slots.acquire(undefined, { priority: "bulk" });
      const releaseSlow = await slots.acquire(undefined, { priority: "background" });
      let late = false;
      const third = slots.acquire(undefined, { priority: "bulk" }).then(() => (late = true));
      await settled();
      expect(slots).toMatchObject({ inUse: 2, waiting: 1 });
      const releaseQuick = await slots.acquire();
      releaseQuick();
      await settled();
      expect(late).toBe(false);
      releaseSlow();
      await third;
      expect(slots).toMatchObject({ inUse: 2, waiting: 0 });
    });
  });

  describe("when the queue is full", () => {
    /** What becomes of those who wait with these claims while nothing is served. */
    async function fates(maxWaiting: number, claims: readonly Claim[]): Promise<string[]> {
      const slots = new Slots(1, maxWaiting);
      await slots.acquire();
      const fates = claims.map(() => "waits");
      claims.forEach((claim, at) => {
        slots.acquire(undefined, claim).catch((error: unknown) => {
          expect(error).toMatchObject({ code: "OVERLOADED", retryAfterSeconds: expect.any(Number) });
          fates[at] = "refused";
        });
      });
      await settled();
      expect(slots.waiting).toBeLessThanOrEqual(maxWaiting);
      return fates;
    }

    it("refuses the newest of whoever has most in it, for somebody who has less", async () => {
      const claims = [{ fairKey: "a" }, { fairKey: "a" }, { fairKey: "a" }, { fairKey: "b" }, { fairKey: "b" }];
      expect(await fates(3, claims)).toEqual(["waits", "waits", "refused", "waits", "refused"]);
    });

    it("refuses background work for what somebody waits for, and never the other way round", async () => {
      const claims = [
        { priority: "background" },
        { priority: "bulk" },
        {},
        { priority: "background", fairKey: "other" },
        {},
      ] as const;
      expect(await fates(2, claims)).toEqual(["refused", "refused", "waits", "refused", "waits"]);
    });

    it("says when to come back, within a minute", async () => {
      const slots = new Slots(1, 1_000);
      await slots.acquire();
      for (let at = 0; at < 1_000; at += 1) void slots.acquire();
      const error: unknown = await slots.acquire().catch((refused: unknown) => refused);
      expect(error).toBeInstanceOf(Overloaded);
      expect((error as Overloaded).retryAfterSeconds).toBe(60);
    });
  });

  it("refuses all who wait when told to", async () => {
    const slots = new Slots(1, 10);
    const release = await slots.acquire();
    const waiting = Promise.allSettled([slots.acquire(), slots.acquire(undefined, { priority: "bulk" })]);
    slots.refuseWaiting(() => new Error("down"));
    expect(await waiting).toMatchObject([{ reason: { message: "down" } }, { reason: { message: "down" } }]);
    release();
    expect(slots).toMatchObject({ inUse: 0, waiting: 0 });
  });
});
