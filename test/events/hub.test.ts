// The bus inside the process: nobody's slowness is anybody else's trouble.

import { describe, expect, it } from "vitest";
import { Overflow } from "../../src/errors.js";
import { Hub, SUBSCRIBER_QUEUE_MAX } from "../../src/events/hub.js";

const take = async <T>(subscription: AsyncIterableIterator<T>, count: number): Promise<T[]> => {
  const taken: T[] = [];
  while (taken.length < count) {
    const { done, value } = await subscription.next();
    if (done === true) break;
    taken.push(value);
  }
  return taken;
};
const range = (count: number) => Array.from({ length: count }, (_, number) => number);

describe("Hub", () => {
  it("hands each message to all subscribers, in order, whether they wait for it or come later to read", async () => {
    const hub = new Hub<number>();
    const waiting = hub.subscribe();
    const later = hub.subscribe();
    const received = take(waiting, 3);
    for (const number of [1, 2, 3]) hub.publish(number);
    expect(await received).toEqual([1, 2, 3]);
    expect(await take(later, 3)).toEqual([1, 2, 3]);
  });

  it("hands a subscriber nothing from before, and only what it wants", async () => {
    const hub = new Hub<number>();
    hub.publish(2);
    const even = hub.subscribe((number) => number % 2 === 0);
    for (const number of range(7)) hub.publish(number);
    expect(await take(even, 4)).toEqual([0, 2, 4, 6]);
  });

  it("ends a subscriber that falls 1000 messages behind with SUBSCRIPTION_OVERFLOW, and leaves the others alone", async () => {
    const hub = new Hub<number>();
    const slow = hub.subscribe();
    const picky = hub.subscribe((number) => number < 0);
    const quick = hub.subscribe();
    const received: number[] = [];
    for (const number of range(SUBSCRIBER_QUEUE_MAX + 1)) {
      hub.publish(number);
      received.push(...(await take(quick, 1)));
    }
    expect(SUBSCRIBER_QUEUE_MAX).toBe(1_000);
    expect(received).toEqual(range(1_001));
    expect(hub.size).toBe(2);
    const error: unknown = await slow.next().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Overflow);
    expect(error).toMatchObject({ code: "SUBSCRIPTION_OVERFLOW", message: expect.stringContaining("more than 1000") });
    // Told once; then the iteration is over.
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    hub.publish(-1);
    expect(await take(picky, 1)).toEqual([-1]);
    expect(await take(quick, 1)).toEqual([-1]);
  });

  it("keeps as many as the queue holds", async () => {
    const hub = new Hub<number>();
    const subscription = hub.subscribe(undefined, 3);
    for (const number of range(3)) hub.publish(number);
    expect(await take(subscription, 3)).toEqual([0, 1, 2]);
  });

  it("forgets a subscriber that breaks off", async () => {
    const hub = new Hub<number>();
    const subscription = hub.subscribe();
    hub.publish(1);
    for await (const number of subscription) {
      expect(number).toBe(1);
      break;
    }
    expect(hub.size).toBe(0);
    hub.publish(2);
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
  });

  it("ends a subscriber that waits when it is closed; closing twice is harmless", async () => {
    const hub = new Hub<number>();
    const subscription = hub.subscribe();
    const waiting = subscription.next();
    subscription.close();
    subscription.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(hub.size).toBe(0);
  });

  it("ends every subscriber when it is closed itself", async () => {
    const hub = new Hub<number>();
    const ended = [hub.subscribe(), hub.subscribe()].map((subscription) => subscription.next());
    hub.close();
    hub.close();
    expect(await Promise.all(ended)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(hub.size).toBe(0);
  });

  it("lets a subscriber end itself, and another begin, while a message is handed out", async () => {
    const hub = new Hub<number>();
    const first = hub.subscribe(() => {
      first.close();
      return true;
    });
    const second = hub.subscribe();
    hub.publish(1);
    expect(await take(second, 1)).toEqual([1]);
    expect(hub.size).toBe(1);
  });

  it("delivers what still waits when nothing more is published, then ends, with the error if there is one", async () => {
    for (const error of [undefined, new Error("no more")]) {
      const hub = new Hub<number>();
      const [behind, waiting] = [hub.subscribe(), hub.subscribe()];
      hub.publish(1);
      hub.publish(2);
      expect(await take(waiting, 2)).toEqual([1, 2]);
      const end = waiting.next();
      hub.end(error);
      hub.end(new Error("late"));
      hub.publish(3);
      expect(await take(behind, 2)).toEqual([1, 2]);
      for (const next of [end, behind.next(), hub.subscribe().next()]) {
        if (error === undefined) expect(await next).toEqual({ done: true, value: undefined });
        else await expect(next).rejects.toBe(error);
      }
      expect(await behind.next()).toEqual({ done: true, value: undefined });
      expect(hub.size).toBe(0);
    }
  });
});
