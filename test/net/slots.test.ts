// The cap on requests to one server, and the queue before it.

import { describe, expect, it } from "vitest";
import { Overflow } from "../../src/errors.js";
import { Slots } from "../../src/net/slots.js";

/** Lets what is resolved now be seen. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("Slots", () => {
  it("hands a freed slot to whoever has waited longest", async () => {
    const slots = new Slots(1, 10);
    const order: number[] = [];
    await slots.acquire();
    const waiting = [1, 2, 3].map(async (number) => {
      await slots.acquire();
      order.push(number);
    });
    expect(slots).toMatchObject({ inUse: 1, waiting: 3 });
    for (const expected of [[1], [1, 2], [1, 2, 3]]) {
      slots.release();
      await settled();
      expect(order).toEqual(expected);
      expect(slots.inUse).toBe(1);
    }
    await Promise.all(waiting);
    slots.release();
    expect(slots).toMatchObject({ inUse: 0, waiting: 0 });
  });

  it("refuses whoever would be one too many in the queue", async () => {
    const slots = new Slots(1, 1);
    await slots.acquire();
    const second = slots.acquire();
    await expect(slots.acquire()).rejects.toThrow(Overflow);
    await expect(slots.acquire()).rejects.toThrow("more than 1 requests wait for this server; try again later");
    slots.release();
    await second;
    expect(slots).toMatchObject({ inUse: 1, waiting: 0 });
  });

  it("lets somebody leave the queue without touching the others", async () => {
    const slots = new Slots(1, 10);
    await slots.acquire();
    const leaving = new AbortController();
    const left = slots.acquire(leaving.signal);
    const staying = slots.acquire();
    leaving.abort(new Error("has left"));
    await expect(left).rejects.toThrow("has left");
    expect(slots.waiting).toBe(1);
    slots.release();
    await staying;
    // Leaving after the slot was given takes nothing away.
    expect(slots).toMatchObject({ inUse: 1, waiting: 0 });
  });

  it("ignores an abort that comes when the slot is already the caller's", async () => {
    const slots = new Slots(1, 10);
    await slots.acquire();
    const leaving = new AbortController();
    const given = slots.acquire(leaving.signal);
    const next = slots.acquire();
    slots.release();
    leaving.abort();
    await given;
    expect(slots).toMatchObject({ inUse: 1, waiting: 1 });
    slots.release();
    await next;
  });

  it("gives nothing to a caller that has left before", async () => {
    const slots = new Slots(1, 10);
    await expect(slots.acquire(AbortSignal.abort(new Error("has left")))).rejects.toThrow("has left");
    expect(slots.inUse).toBe(0);
  });
});
