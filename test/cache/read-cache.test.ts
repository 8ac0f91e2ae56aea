// What one server's memory promises: asked once, dropped by events, never from before an event, standing in when down.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Memory } from "../../src/cache/memory.js";
import { NOBODY_LEAVES, OperationScope } from "../../src/cache/operation-scope.js";
import { ReadCache } from "../../src/cache/read-cache.js";
import { UpstreamError } from "../../src/errors.js";
import type { UpstreamErrorKind } from "../../src/errors.js";
import type { Read } from "../../src/net/read.js";

let now = 0;
let memory: Memory;
let cache: ReadCache;
/** Questions that went to the server. */
let asked: string[];
beforeEach(() => {
  now = 10_000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  memory = new Memory(1_000_000);
  cache = cacheOf({});
  asked = [];
});

afterEach(() => vi.restoreAllMocks());

const cacheOf = (more: Partial<ConstructorParameters<typeof ReadCache>[0]>) =>
  new ReadCache({ server: "lab", url: "https://lab", memory, eventsMs: () => 30_000, ...more });
const JOB: Read = { key: "jobs/1", viewer: "alice", keep: "events", tags: ["job/1"] };
const LIST: Read = { key: "jobs/", viewer: "alice", keep: "events", tags: ["jobs"] };

/** The answer of a server that tells the time; `bytes` is its size. */
async function ask(read: Read, { scope = scopeOf(), bytes = 100, signal = NOBODY_LEAVES, of = cache } = {}) {
  const [answer] = await of.readMany<string>([read], scope, signal, (fetch) => {
    asked.push(read.key);
    fetch.bytes = bytes;
    return Promise.resolve([`${read.key} at ${now}`]);
  });
  return answer;
}
const scopeOf = () => new OperationScope(NOBODY_LEAVES, true);
const down = (kind: UpstreamErrorKind = "UpstreamUnreachable") =>
  new UpstreamError({ kind, server: "lab", operation: "GET jobs/", message: "connection failed" });

describe("an answer", () => {
  test("is given again until it is old, and asked for anew then", async () => {
    expect(await ask(JOB)).toBe("jobs/1 at 10000");
    now += 29_999;
    expect(await ask(JOB)).toBe("jobs/1 at 10000");
    now += 2;
    expect(await ask(JOB)).toBe("jobs/1 at 40001");
    expect(asked).toHaveLength(2);
  });

  test("is the viewer's own", async () => {
    await ask(JOB);
    await ask({ ...JOB, viewer: "bob" });
    await ask({ ...JOB, viewer: "anonymous" });
    expect(asked).toHaveLength(3);
  });

  test("of another server is another", async () => {
    await ask(JOB);
    await ask(JOB, { of: cacheOf({ server: "other" }) });
    expect(asked).toHaveLength(2);
  });

  test("that can't change is kept, whatever happens", async () => {
    const final: Read = { ...JOB, keep: "final", tags: [] };
    await ask(final);
    now += 1e9;
    cache.dropAll();
    await ask(final);
    expect(asked).toHaveLength(1);
  });

  test("that can't change serves every viewer, but a fetch under way serves those with the same rights only", async () => {
    const final: Read = { ...JOB, keep: "final", tags: [] };
    const both = await Promise.all([ask(final), ask({ ...final, viewer: "bob" }), ask(final)]);
    expect(both).toEqual(["jobs/1 at 10000", "jobs/1 at 10000", "jobs/1 at 10000"]);
    expect(asked).toHaveLength(2);
    await ask({ ...final, viewer: "carol" });
    expect(asked).toHaveLength(2);
  });

  test.each(["final", "events", "slow"] as const)(
    "of kind %s that says that there is nothing is kept for two seconds, for its viewer only",
    async (keep) => {
      const written: string[] = [];
      cache = cacheOf({ finals: { get: () => undefined, set: (key) => written.push(key) } });
      const read: Read = { ...JOB, keep, tags: [] };
      const nothing = (viewer: string, scope = scopeOf()) =>
        cache.readMany([{ ...read, viewer }], scope, null, () => Promise.resolve((asked.push(viewer), [null])));
      const scope = scopeOf();
      expect(await nothing("alice", scope)).toEqual([null]);
      // An answer that rests on it must not be kept longer either.
      expect(scope.foundation).toMatchObject([{ freshUntil: now + 2_000 }]);
      now += 1_999;
      await nothing("alice");
      expect(asked).toEqual(["alice"]);
      await nothing("bob");
      expect(asked).toEqual(["alice", "bob"]);
      now += 2;
      expect(await cache.readMany([read], scopeOf(), null, () => Promise.resolve([down()]))).toMatchObject([
        { kind: "UpstreamUnreachable" },
      ]);
      expect(await ask(read)).toBe("jobs/1 at 12001");
      expect(written).toHaveLength(keep === "final" ? 1 : 0);
    },
  );

  test("that no event tells of outlives events that were missed, and no change through Etna", async () => {
    const slow: Read = { ...JOB, keep: "slow", tags: [] };
    await ask(slow);
    cache.dropTold();
    await ask(slow);
    expect(asked).toHaveLength(1);
    cache.dropAll();
    await ask(slow);
    expect(asked).toHaveLength(2);
  });

  test("of a kind that it tells itself, after it was looked at, is kept for as long, and dropped by what it is about", async () => {
    const judged: Read = { ...JOB, keep: "brief", tags: [], judge: () => ({ keep: "slow", tags: ["build/7"] }) };
    await ask(judged);
    now += 50_000;
    await ask(judged);
    expect(asked).toHaveLength(1);
    cache.drop(["build/7"]);
    await ask(judged);
    expect(asked).toHaveLength(2);
  });

  test("that changes without a word is kept for two seconds, what hardly changes for a minute", async () => {
    const [brief, slow]: Read[] = [
      { ...JOB, keep: "brief" },
      { ...LIST, keep: "slow" },
    ];
    for (const read of [brief, slow]) if (read !== undefined) await ask(read);
    now += 2_001;
    for (const read of [brief, slow]) if (read !== undefined) await ask(read);
    now += 58_000;
    for (const read of [brief, slow]) if (read !== undefined) await ask(read);
    expect(asked).toEqual(["jobs/1", "jobs/", "jobs/1", "jobs/1", "jobs/"]);
  });

  test.each(["events", "slow"] as const)(
    "of kind %s proves rights for as long as is configured at most",
    async (keep) => {
      cache = cacheOf({ rightsMs: 5_000 });
      const read: Read = { ...JOB, keep };
      await ask(read);
      now += 4_999;
      await ask(read);
      expect(asked).toHaveLength(1);
      now += 2;
      await ask(read);
      expect(asked).toHaveLength(2);
    },
  );

  test("is not remembered when it is an error", async () => {
    const fail = () => Promise.resolve([down()]);
    expect(await cache.readMany([JOB], scopeOf(), null, fail)).toMatchObject([{ kind: "UpstreamUnreachable" }]);
    expect(await ask(JOB)).toBe("jobs/1 at 10000");
  });

  test("is forgotten when the memory is full, the one used least lately first", async () => {
    memory = new Memory(40_000);
    cache = cacheOf({});
    for (let id = 1; id <= 20; id += 1) await ask({ ...JOB, key: `jobs/${id}` }, { bytes: 1_000 });
    expect(memory.stats().bytes).toBeLessThanOrEqual(40_000);
    expect(memory.stats().evicted).toBeGreaterThan(5);
    asked = [];
    await ask({ ...JOB, key: "jobs/20" });
    await ask({ ...JOB, key: "jobs/1" });
    expect(asked).toEqual(["jobs/1"]);
  });

  test("that is larger than an eighth of the memory is not kept", async () => {
    memory = new Memory(8_000);
    cache = cacheOf({});
    await ask(JOB, { bytes: 1_000 });
    await ask(JOB, { bytes: 1_000 });
    expect(asked).toHaveLength(2);
  });

  test("ends what rests on it when it is no longer kept, since no event would", async () => {
    memory = new Memory(40_000);
    cache = cacheOf({});
    const [small, large] = [scopeOf(), scopeOf()];
    await ask(JOB, { scope: small });
    expect(small.foundation).toEqual([{ freshUntil: 40_000 }]);
    await ask(LIST, { scope: large, bytes: 10_000 });
    expect(large.foundation).toEqual([{ freshUntil: 0 }]);
    for (let id = 2; id <= 20; id += 1) await ask({ ...JOB, key: `jobs/${id}` }, { bytes: 1_000 });
    expect(small.foundation).toEqual([{ freshUntil: 0 }]);
  });

  test("is never kept by a memory of 0 bytes", async () => {
    memory = new Memory(0);
    cache = cacheOf({});
    await ask(JOB);
    await ask(JOB);
    expect(asked).toHaveLength(2);
  });
});

describe("an event", () => {
  test("ends what it is about, and nothing else", async () => {
    await ask(JOB);
    await ask(LIST);
    await ask({ ...JOB, key: "jobs/2", tags: ["job/2"] });
    now += 5_000;
    cache.drop(["jobs", "job/1"]);
    now += 5_000;
    asked = [];
    await ask(JOB);
    await ask(LIST);
    await ask({ ...JOB, key: "jobs/2", tags: ["job/2"] });
    expect(asked).toEqual(["jobs/1", "jobs/"]);
  });

  test("is often ahead of the database: what is read right after it is not kept, and soon after it not for long", async () => {
    cache.drop(["job/1"]);
    now += 99;
    await ask(JOB);
    await ask(JOB);
    expect(asked).toHaveLength(2);
    // From 100 ms on, that is.
    now += 1;
    await ask(JOB);
    await ask(JOB);
    expect(asked).toHaveLength(3);
    now += 1;
    now += 2_000;
    await ask(JOB);
    expect(asked).toHaveLength(4);
    now += 29_000;
    await ask(JOB);
    expect(asked).toHaveLength(4);
  });

  test("two seconds old plays no part for what is read then", async () => {
    cache.drop(["job/1"]);
    now += 2_000;
    await ask(JOB);
    now += 29_999;
    await ask(JOB);
    expect(asked).toHaveLength(1);
  });

  test("is known of the last 10,000 things that events have named, and of no more", async () => {
    const others = Array.from({ length: 9_999 }, (_, at) => `job/${at + 10}`);
    cache.drop(["job/1", ...others]);
    await ask(JOB);
    await ask(JOB);
    expect(asked).toHaveLength(2);
    cache.drop(["job/2"]);
    await ask(JOB);
    await ask(JOB);
    expect(asked).toHaveLength(3);
  });

  test("during a fetch makes a new one for who comes after it, and the old answer is not kept", async () => {
    let answer: (value: string) => void = () => undefined;
    const waiting = new Promise<string>((resolve) => (answer = resolve));
    const early = cache.readMany<string>([JOB], scopeOf(), null, async () => [await waiting]);
    cache.drop(["job/1"]);
    now += 200;
    expect(await ask(JOB)).toBe("jobs/1 at 10200");
    answer("from before");
    expect(await early).toEqual(["from before"]);
    expect(await ask(JOB)).toBe("jobs/1 at 10200");
  });

  test("that was missed: all that can change is asked for anew", async () => {
    await ask(JOB);
    await ask(LIST);
    now += 5_000;
    cache.dropAll();
    now += 5_000;
    await ask(JOB);
    await ask(LIST);
    expect(asked).toHaveLength(4);
  });
});

describe("many who ask at the same time", () => {
  test("cost one fetch", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(JOB)));
    expect(new Set(answers)).toEqual(new Set(["jobs/1 at 10000"]));
    expect(asked).toHaveLength(1);
    expect(cache.stats()).toMatchObject({ misses: 1, shared: 99 });
  });

  test("of which some want what others have begun: only the rest is fetched, in one call", async () => {
    const reads = [1, 2, 3].map((id): Read => ({ ...JOB, key: `jobs/${id}` }));
    const fetched: (readonly number[])[] = [];
    const load = (_: unknown, places: readonly number[]) => {
      fetched.push(places);
      return Promise.resolve(places.map((place) => `job ${place + 1}`));
    };
    const first = cache.readMany(reads.slice(0, 2), scopeOf(), null, load);
    const second = cache.readMany(reads, scopeOf(), null, load);
    expect(await first).toEqual(["job 1", "job 2"]);
    expect(await second).toEqual(["job 1", "job 2", "job 3"]);
    expect(fetched).toEqual([[0, 1], [2]]);
  });

  test("may leave: the fetch is given up only when all have", async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    let given: AbortSignal | undefined;
    const load = ({ signal }: { signal: AbortSignal }) => {
      given = signal;
      return new Promise<string[]>((_, reject) =>
        signal.addEventListener("abort", () => reject(down("UpstreamTimeout")), { once: true }),
      );
    };
    const asking = [one, other].map(({ signal }) => cache.readMany([JOB], scopeOf(), signal, load));
    one.abort();
    expect(await asking[0]).toMatchObject([{ kind: "UpstreamTimeout", message: expect.stringContaining("left") }]);
    expect(given?.aborted).toBe(false);
    other.abort();
    expect(await asking[1]).toMatchObject([{ kind: "UpstreamTimeout" }]);
    expect(given?.aborted).toBe(true);
  });
});

describe("a server that is down", () => {
  const failing = (kind: UpstreamErrorKind, scope: OperationScope) =>
    cache.readMany([JOB], scope, null, () => Promise.resolve([down(kind)]));

  test.each(["UpstreamUnreachable", "UpstreamTimeout", "UpstreamFailed"] as const)(
    "%s: its last answer stands in, and the operation knows",
    async (kind) => {
      await ask(JOB);
      cache.drop(["job/1"]);
      now += 60_000;
      const scope = scopeOf();
      expect(await failing(kind, scope)).toEqual(["jobs/1 at 10000"]);
      expect([...scope.stale]).toEqual(["lab"]);
      expect(scope.foundation).toBeNull();
    },
  );

  test.each(["UpstreamDenied", "UpstreamRejected", "UpstreamMalformed"] as const)(
    "%s is an answer of its own, for which nothing stands in",
    async (kind) => {
      await ask(JOB);
      now += 60_000;
      const scope = scopeOf();
      expect(await failing(kind, scope)).toMatchObject([{ kind }]);
      expect([...scope.stale]).toEqual([]);
    },
  );

  test("nothing stands in for longer than an hour, or for another viewer", async () => {
    await ask(JOB);
    now += 60_000;
    const other = { ...JOB, viewer: "bob" };
    const load = () => Promise.resolve([down()]);
    expect(await cache.readMany([other], scopeOf(), null, load)).toMatchObject([{ kind: "UpstreamUnreachable" }]);
    now += 3_600_000 - 60_000;
    expect(await failing("UpstreamUnreachable", scopeOf())).toEqual(["jobs/1 at 10000"]);
    now += 1;
    expect(await failing("UpstreamUnreachable", scopeOf())).toMatchObject([{ kind: "UpstreamUnreachable" }]);
  });
});

describe("a server that hangs", () => {
  beforeEach(() => vi.restoreAllMocks());

  /** Asks for what the server does not answer; what it would answer comes with `land`. */
  function askInVain(read: Read, scope = scopeOf()) {
    let land: (value: string) => void = () => undefined;
    const answer = cache.readMany<string>(
      [read],
      scope,
      null,
      () => new Promise((resolve) => (land = (one) => resolve([one]))),
    );
    return { scope, answer, land: (value: string) => land(value) };
  }

  test("has its last answer stand in, and its late one is kept for the next", async () => {
    const before = await ask(JOB);
    cache.drop(["job/1"]);
    const { scope, answer, land } = askInVain(JOB);
    expect(await answer).toEqual([before]);
    expect([...scope.stale]).toEqual(["lab"]);
    land("late");
    expect(await askInVain(JOB).answer).toEqual(["late"]);
  });

  test("is no longer watched for its silence once it has answered", async () => {
    await ask(JOB);
    cache.drop(["job/1"]);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { answer, land } = askInVain(JOB);
      await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
      land("in time");
      expect(await answer).toEqual(["in time"]);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("is waited for where something was changed through Etna since", async () => {
    await ask(JOB);
    cache.dropAll();
    const { scope, answer, land } = askInVain(JOB);
    setTimeout(land, 2_500, "changed");
    expect(await answer).toEqual(["changed"]);
    expect([...scope.stale]).toEqual([]);
  });

  test("is one that answers nothing at all: a slow one is waited for", async () => {
    await ask(JOB);
    cache.drop(["job/1"]);
    const { scope, answer, land } = askInVain(JOB);
    const others = setInterval(() => void ask({ ...LIST, key: `jobs/${performance.now()}` }), 200);
    setTimeout(land, 3_000, "slow");
    expect(await answer).toEqual(["slow"]);
    clearInterval(others);
    expect([...scope.stale]).toEqual([]);
  });
});

describe("a store on disk", () => {
  const stored = new Map<string, unknown>();
  const finals = {
    get: (key: string) => stored.get(key),
    set: (key: string, value: unknown) => void stored.set(key, value),
  };
  const results: Read = { key: "results 1", viewer: "alice", keep: "final", tags: [] };
  beforeEach(() => {
    stored.clear();
    cache = cacheOf({ finals });
  });

  test("keeps what can't change for every viewer, over a restart", async () => {
    await ask(results);
    memory = new Memory(1_000_000);
    cache = cacheOf({ finals });
    expect(await ask({ ...results, viewer: "bob" })).toBe("results 1 at 10000");
    expect(asked).toHaveLength(1);
  });

  test("gets nothing that can change", async () => {
    await ask(JOB);
    await ask({ ...results, keep: "slow" });
    expect(stored.size).toBe(0);
  });
});
