// What may be asked of a server at once by all gateways together. Also of src/cluster/redis/budget.ts.

import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Budget } from "../../src/net/slots.js";
import { LAB, startMember, until } from "./members.js";
import { startRedis } from "./redis-server.js";

const LIMIT = 4;
const claim = { priority: "interactive", limit: LIMIT, holdMs: 60_000 } as const;
const never = () => new AbortController().signal;

/** Many requests of all gateways, and how many were under way at most. */
async function ask(budgets: readonly Budget[], count: number): Promise<number> {
  let [now, most] = [0, 0];
  await Promise.all(
    budgets.flatMap((budget) =>
      Array.from({ length: count }, async () => {
        const release = await budget.take(claim, never());
        now += 1;
        most = Math.max(most, now);
        await sleep(5);
        now -= 1;
        release();
      }),
    ),
  );
  return most;
}

describe("the budget of a server", () => {
  test("is one for all gateways, and each gets its turn", async (scope) => {
    const redis = await startRedis(scope);
    const members = await Promise.all([1, 2, 3].map(() => startMember(scope, redis.url)));
    const budgets = members.map(({ cluster }) => cluster.budgetOf(LAB));
    expect(await ask(budgets, 20)).toBe(LIMIT);
    const client = await redis.connect();
    const [slots] = await client.keys("*:slots");
    expect(slots === undefined ? 0 : await client.zcard(slots)).toBe(0);
  });

  test("leaves its last place to what somebody waits for", async (scope) => {
    const redis = await startRedis(scope);
    const [one, two] = await Promise.all([1, 2].map(() => startMember(scope, redis.url)));
    const own = one?.cluster.budgetOf(LAB);
    const other = two?.cluster.budgetOf(LAB);
    for (let taken = 0; taken < LIMIT - 1; taken += 1) await own?.take({ ...claim, priority: "background" }, never());
    const waiting = new AbortController();
    const late = other?.take({ ...claim, priority: "bulk" }, waiting.signal);
    await other?.take(claim, never());
    waiting.abort(new Error("left"));
    await expect(late).rejects.toThrow();
  });

  test("takes the places of a gateway that is gone back, and those whose time is over", async (scope) => {
    const redis = await startRedis(scope);
    const one = await startMember(scope, redis.url);
    const two = await startMember(scope, redis.url);
    const client = await redis.connect();
    const budget = two.cluster.budgetOf(LAB);
    const gone = one.cluster.budgetOf(LAB);
    for (let taken = 0; taken < LIMIT; taken += 1) await gone.take(claim, never());
    const [slots = ""] = await client.keys("*:slots");
    expect(await client.zcard(slots)).toBe(LIMIT);
    await one.close();
    (await budget.take(claim, never()))();
    // Of one that could not say that it goes.
    await client.zadd(slots, 9_999_999_999_999, "somebody/1", 9_999_999_999_999, "somebody/2/slow");
    await client.zadd(slots, 1, "x/3", 1, "x/4");
    const all = await Promise.all(Array.from({ length: LIMIT }, () => budget.take(claim, never())));
    expect(all).toHaveLength(LIMIT);
  });

  test("is each gateway's part of it while the engine is away", async (scope) => {
    const redis = await startRedis(scope);
    const members = await Promise.all([1, 2, 3].map(() => startMember(scope, redis.url)));
    await until(() => members.forEach(({ cluster }) => expect(cluster.status().members).toBe(3)));
    const budgets = members.map(({ cluster }) => cluster.budgetOf(LAB));
    await redis.kill();
    await until(() => members.forEach(({ cluster }) => expect(cluster.status().mode).toBe("degraded")));
    // Four for three is one each.
    expect(await ask(budgets, 5)).toBe(3);
    expect(await ask(budgets.slice(0, 1), 5)).toBe(1);
  });
});
