// One log for several gateways, over a real redis-server: order, numbers, gaps, cursors, and what becomes of it when the
// engine is killed, hangs, or has lost something. Also of src/cluster/redis/*.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { LAB, cursorOf, missed, startMember, until } from "./members.js";
import type { Member } from "./members.js";
import { startRedis } from "./redis-server.js";

const texts = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `event ${from + at}`);

/** All hear the same, each in its own time. */
function hearAll(members: readonly Member[], all: readonly string[]): void {
  for (const text of all) for (const member of members) member.hear(text);
}

describe("a log of several gateways", () => {
  test("has each event once, in one order for all, however often and in whatever order it is heard", async (scope) => {
    const redis = await startRedis(scope);
    const members = await Promise.all([1, 2, 3].map(() => startMember(scope, redis.url)));
    const all = texts(1, 300);
    for (const [at, member] of members.entries()) {
      for (const text of at === 1 ? [...all].reverse() : all) member.hear(text);
    }
    await until(() => members.forEach(({ told }) => expect(told).toHaveLength(300)));
    const [first, ...others] = members.map(({ told }) => told);
    expect([...(first ?? [])].sort()).toEqual([...all].sort());
    for (const other of others) expect(other).toEqual(first);
    const client = await redis.connect();
    const [stream = ""] = await client.keys("*:log:*");
    expect(await client.xlen(stream)).toBe(300);
  });

  test("leads on from the cursor of any other gateway, also of one that comes later", async (scope) => {
    const redis = await startRedis(scope);
    const [one, two] = [await startMember(scope, redis.url), await startMember(scope, redis.url)];
    one.log.connected(true);
    await until(() => expect(two.elsewhere()).toBe(true));
    hearAll([one, two], texts(1, 5));
    await until(() => expect(one.told).toHaveLength(5));
    const cursor = cursorOf(one);
    hearAll([one, two], texts(6, 8));
    await until(() => [one, two].forEach(({ told }) => expect(told).toHaveLength(8)));
    expect(missed(two, cursor)).toEqual(texts(6, 8));
    const three = await startMember(scope, redis.url);
    expect(missed(three, cursor)).toEqual(texts(6, 8));
    // What it has read at the beginning is told to nobody anew.
    expect(three.told).toEqual([]);
    expect(missed(one, cursorOf(three))).toEqual([]);
  });

  test("opens no cursor, and tells nothing, to whoever has another secret", async (scope) => {
    const redis = await startRedis(scope);
    const one = await startMember(scope, redis.url);
    const stranger = await startMember(scope, redis.url, { secret: "another secret of 16" });
    hearAll([one], texts(1, 3));
    await until(() => expect(one.told).toHaveLength(3));
    expect(stranger.log.cursors.open(cursorOf(one))).toBe(-1);
    expect(stranger.log.ring.all()).toEqual([]);
    const dump = await redis.dump();
    for (const word of ["event 1", "uuid", "lab", "a secret"]) expect(dump).not.toContain(word);
  });
});

describe("a gap", () => {
  test("is marked once, at one place for all, when nobody has heard the bus", async (scope) => {
    const redis = await startRedis(scope);
    const members = await Promise.all([1, 2, 3].map(() => startMember(scope, redis.url)));
    for (const { log } of members) log.connected(true);
    hearAll(members, ["before"]);
    await until(() => members.forEach(({ told }) => expect(told).toEqual(["before"])));
    const cursor = cursorOf(members[0] as Member);
    const hearers = () => members.map(({ cluster }) => cluster.status().logs[0]?.hearers);
    for (const { log } of members) log.disconnected(true);
    await until(() => expect(hearers()).toEqual([0, 0, 0]));
    for (const { log } of members) log.connected(true);
    await until(() => expect(hearers()).toEqual([3, 3, 3]));
    hearAll(members, ["after"]);
    await until(() => members.forEach(({ told }) => expect(told).toEqual(["before", "after"])));
    for (const member of members) expect(missed(member, cursor)).toBeNull();
    const places = members.map(({ log }) => log.cursors.mark(log.ring.last));
    expect(new Set(places).size).toBe(1);
    // One that has just come is not relied on: whoever leaves before it may then mark another.
    expect((await kinds(redis)).join(" ")).toMatch(/^gap event gap( gap)* event$/);
  });

  test("is none while another gateway hears the bus", async (scope) => {
    const redis = await startRedis(scope);
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => startMember(scope, redis.url)));
    if (one === undefined || two === undefined || three === undefined) throw new Error("three");
    one.log.connected(true);
    await until(() => expect([two.elsewhere(), three.elsewhere()]).toEqual([true, true]));
    for (const { log } of [two, three]) log.connected(true);
    hearAll([one, two, three], ["before"]);
    await until(() => expect(two.told).toEqual(["before"]));
    const cursor = cursorOf(two);
    for (const { log } of [two, three]) log.disconnected(true);
    hearAll([one], ["while two are deaf"]);
    await until(() => expect(two.told).toEqual(["before", "while two are deaf"]));
    expect(two.elsewhere()).toBe(true);
    two.log.connected(true);
    hearAll([one, two], ["after"]);
    await until(() => expect(three.told).toHaveLength(3));
    for (const member of [one, two, three]) expect(missed(member, cursor)).toEqual(["while two are deaf", "after"]);
    expect(await kinds(redis)).toEqual(["gap", "event", "event", "event"]);
  });

  test("is marked when who has heard the bus is deaf, and others relied on it or all was silent", async (scope) => {
    const redis = await startRedis(scope);
    const one = await startMember(scope, redis.url);
    one.log.connected(true);
    const two = await startMember(scope, redis.url);
    await until(() => expect(two.elsewhere()).toBe(true));
    hearAll([one], ["before"]);
    await until(() => expect(two.told).toEqual(["before"]));
    const cursor = cursorOf(two);
    two.log.connected(true);
    await until(() => expect(one.elsewhere()).toBe(true));
    // It may have been deaf for some time before it noticed, and `two` came meanwhile.
    one.log.disconnected(true);
    await until(() => expect(missed(two, cursor)).toBeNull());
    expect(await kinds(redis)).toEqual(["gap", "event", "gap"]);
    const after = cursorOf(two);
    two.log.silent();
    await until(() => expect([one.elsewhere(), two.elsewhere()]).toEqual([false, false]));
    two.log.connected(true);
    await until(() => expect(missed(two, after)).toBeNull());
  });
});

async function kinds(redis: Awaited<ReturnType<typeof startRedis>>): Promise<string[]> {
  const client = await redis.connect();
  const [stream = ""] = await client.keys("*:log:*");
  return (await client.xrange(stream, "-", "+")).map(([, fields]) => fields[fields.indexOf("k") + 1] ?? "");
}

describe("the engine", () => {
  test("goes on where it was when it is killed and started again with its file", async (scope) => {
    const redis = await startRedis(scope);
    const members = await Promise.all([1, 2].map(() => startMember(scope, redis.url)));
    const [one, two] = members as [Member, Member];
    hearAll(members, texts(1, 4));
    await until(() => members.forEach(({ told }) => expect(told).toHaveLength(4)));
    const mark = one.log.cursors.mark(one.log.ring.last);
    // The file is written once a second.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await redis.kill();
    await until(() => members.forEach(({ cluster }) => expect(cluster.status().mode).toBe("degraded")));
    // Alone: told at once, by who has heard it.
    one.hear("alone");
    expect(one.told.at(-1)).toBe("alone");
    expect(two.told).not.toContain("alone");
    await redis.start();
    await until(() => members.forEach(({ cluster }) => expect(cluster.status().mode).toBe("shared")));
    hearAll(members, ["after"]);
    await until(() => members.forEach(({ told }) => expect(told.at(-1)).toBe("after")));
    const now = one.log.cursors.mark(one.log.ring.last);
    expect(now.split(":")[0]).toBe(mark.split(":")[0]);
    expect(two.log.cursors.mark(two.log.ring.last)).toBe(now);
    expect(one.cluster.status()).toMatchObject({ lost: 1, members: 2, reason: null });
  });

  test("needs no more rights than docs/many-gateways.md gives it", async (scope) => {
    const redis = await startRedis(scope);
    const line = /^user etna on >PASSWORD (.*)$/m.exec(readFileSync("docs/many-gateways.md", "utf8"))?.[1] ?? "";
    const client = await redis.connect();
    await client.call("ACL", "SETUSER", "etna", "on", ">a password", ...line.split(" "));
    const members = await Promise.all([1, 2].map(() => startMember(scope, redis.url, { user: "etna" })));
    for (const { log } of members) log.connected(true);
    hearAll(members, texts(1, 3));
    await until(() => members.forEach(({ told }) => expect(told).toEqual(texts(1, 3))));
    const release = await members[0]?.cluster
      .budgetOf(LAB)
      .take({ priority: "bulk", limit: 4, holdMs: 1_000 }, new AbortController().signal);
    release?.();
    for (const { log } of members) log.disconnected(true);
    members[0]?.log.silent();
    await members[1]?.close();
    expect(members[0]?.cluster.status()).toMatchObject({ mode: "shared", lost: 0, reason: null });
    // What the scripts do besides: a log that was set back.
    const [head = ""] = await client.keys("*:head");
    await client.hset(head, { sequence: 1 });
    await until(() => expect(members[0]?.notices).toContain("generation"));
    expect(members[0]?.cluster.status().lost).toBe(0);
  });

  test("that has lost everything begins a new log, and no cursor of before leads anywhere", async (scope) => {
    const redis = await startRedis(scope);
    const members = await Promise.all([1, 2].map(() => startMember(scope, redis.url)));
    const [one, two] = members as [Member, Member];
    hearAll(members, texts(1, 4));
    await until(() => members.forEach(({ told }) => expect(told).toHaveLength(4)));
    const cursor = cursorOf(one);
    const client = await redis.connect();
    await client.flushall();
    await until(() => members.forEach(({ notices }) => expect(notices).toContain("generation")));
    hearAll(members, texts(5, 6));
    await until(() => members.forEach(({ told }) => expect(told).toEqual(texts(1, 6))));
    for (const member of members) expect(missed(member, cursor)).toBeNull();
    expect(missed(two, cursorOf(one))).toEqual([]);
  });

  test("that was set back is noticed by who was ahead, whether it has grown since or not", async (scope) => {
    const redis = await startRedis(scope);
    for (const grows of [false, true]) {
      const lab = { name: `lab of ${randomUUID()}`, url: "http://lab.example" };
      const members = await Promise.all([1, 2].map(() => startMember(scope, redis.url, { lab })));
      const [one, two] = members as [Member, Member];
      hearAll(members, texts(1, 3));
      await until(() => members.forEach(({ told }) => expect(told).toHaveLength(3)));
      const client = await redis.connect();
      const found = await client.keys("*:head");
      const heads = await Promise.all(found.map(async (key) => [key, await client.hgetall(key)] as const));
      const [head = "", before = {}] = heads.find(([, { sequence }]) => sequence === "3") ?? [];
      const early = cursorOf(one);
      hearAll(members, texts(4, 8));
      await until(() => members.forEach(({ told }) => expect(told).toHaveLength(8)));
      const late = cursorOf(two);
      const base = head.replace(/:head$/, "");
      const stream = `${base}:log:${before.generation ?? ""}`;
      // As a replica that is behind: in one step, since somebody may look in between.
      const back = client.multi().hset(head, before);
      back.xtrim(stream, "MAXLEN", 0);
      if (grows) {
        const entry = (at: number) => ["v", "1", "k", "gap", "p", `mark ${at - 1}`, "n", `mark ${at}`, "b", ""];
        back.del(stream);
        for (let at = 4; at <= 9; at += 1) back.xadd(stream, `${at}-0`, ...entry(at));
        back.hset(head, { sequence: 9, mark: "mark 9" });
      }
      await back.exec();
      await until(() => expect(members.flatMap(({ notices }) => notices)).toContain("generation"));
      await until(() => members.forEach((member) => expect(missed(member, late)).toBeNull()));
      for (const member of members) expect(missed(member, early)).toBeNull();
      hearAll(members, ["after"]);
      await until(() => members.forEach(({ told }) => expect(told).toEqual([...texts(1, 8), "after"])));
      await until(() => expect(missed(two, cursorOf(one))).toEqual([]));
      for (const member of members) await member.close();
    }
  });

  test("that hangs is done without, and joined again", async (scope) => {
    const redis = await startRedis(scope);
    const members = await Promise.all([1, 2].map(() => startMember(scope, redis.url)));
    const [one, two] = members as [Member, Member];
    hearAll(members, ["before"]);
    await until(() => members.forEach(({ told }) => expect(told).toEqual(["before"])));
    const cursor = cursorOf(one);
    redis.stop();
    // It waits for the log, and is told when that does not answer.
    one.hear("while it hangs");
    await until(() => expect(one.told).toEqual(["before", "while it hangs"]));
    expect(missed(one, cursor)).toBeNull();
    expect(one.cluster.status().mode).toBe("degraded");
    await until(() => expect(two.cluster.status().mode).toBe("degraded"));
    redis.resume();
    await until(() => members.forEach(({ cluster }) => expect(cluster.status().mode).toBe("shared")));
    hearAll(members, ["after"]);
    await until(() => members.forEach(({ told }) => expect(told.at(-1)).toBe("after")));
    expect(missed(two, cursorOf(one))).toEqual([]);
  });

  test("is not there at the start: alone until it is, or no start where it is required", async (scope) => {
    const redis = await startRedis(scope);
    await redis.kill();
    const one = await startMember(scope, redis.url);
    expect(one.cluster.status().mode).toBe("degraded");
    one.hear("alone");
    expect(one.told).toEqual(["alone"]);
    await redis.start();
    await until(() => expect(one.cluster.status().mode).toBe("shared"));
    one.hear("together");
    await until(() => expect(one.told).toEqual(["alone", "together"]));
  });
});
