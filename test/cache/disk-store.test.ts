// What can't change any more, on disk: there after a restart, never more than its bound, and no trouble when damaged.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { openDiskStore } from "../../src/cache/disk-store.js";

const MiB = 1024 * 1024;
const FILE = "finals-1.sqlite";
const NOBODY = 65_534;
let dir: string;
let notices: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "etna-store-"));
  notices = [];
});
afterEach(() => rmSync(dir, { recursive: true }));

const openStore = (maxBytes = 16 * MiB, at = dir) => openDiskStore(at, maxBytes, (notice) => void notices.push(notice));
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe("a value", () => {
  afterEach(() => expect(notices).toEqual([]));

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
      if (id % 20 === 0) await nextTurn();
    }
    await store.close();
    const again = openStore(4 * MiB);
    expect(again.stats().bytes).toBeLessThanOrEqual(again.stats().maxBytes);
    expect(again.stats().maxBytes).toSatisfy(Number.isInteger);
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

  test("can be read by Etna's user alone, also in a folder that others may enter", async () => {
    chmodSync(dir, 0o755);
    const store = openStore();
    store.set("results 1", "private");
    await nextTurn();
    const modes = readdirSync(dir).map((name) => [name, (statSync(join(dir, name)).mode & 0o777).toString(8)]);
    expect(modes).toContainEqual([FILE, "600"]);
    expect(modes.map(([, mode]) => mode)).toEqual(modes.map(() => "600"));
    await store.close();
  });
});

describe("a damaged file", () => {
  const ENTRIES = 200;
  const valueOf = (id: number) => ({ value: `results of ${id} `.repeat(20 + 40 * (id % 7)), bytes: id });
  const path = () => join(dir, FILE);
  beforeEach(async () => {
    const store = openStore();
    for (let id = 0; id < ENTRIES; id += 1) store.set(`results ${id}`, valueOf(id));
    await store.close();
  });

  /** Turns bits from one place on, in steps. */
  const flip = (from: number, to: number, step: number) => () => {
    const bytes = readFileSync(path());
    for (let at = from; at < Math.min(to, bytes.length); at += step) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    writeFileSync(path(), bytes);
  };
  const overwrite = (content: Buffer) => () => writeFileSync(path(), content);

  const DAMAGES: readonly (readonly [string, () => void])[] = [
    ["is zeroed", () => overwrite(Buffer.alloc(statSync(path()).size))()],
    ["is cut in the middle", () => truncateSync(path(), Math.floor(statSync(path()).size / 2))],
    ["is cut inside a page", () => truncateSync(path(), 10_000)],
    ["is cut inside its header", () => truncateSync(path(), 50)],
    ["is text", overwrite(Buffer.from("not a database\n".repeat(1_000)))],
    ["has another header", flip(0, 100, 1)],
    ["has a bit turned in its schema", flip(100, 4_096, 7)],
    ["has bits turned everywhere", flip(4_096, Infinity, 997)],
    ["has a page of junk", flip(8_192, 12_288, 1)],
    [
      "has a zeroed beginning",
      () => overwrite(Buffer.concat([Buffer.alloc(8_192), readFileSync(path()).subarray(8_192)]))(),
    ],
    [
      "has a zeroed end",
      () => overwrite(Buffer.concat([readFileSync(path()).subarray(0, 20_480), Buffer.alloc(100_000)]))(),
    ],
    [
      "has pages that are swapped",
      () => {
        const bytes = readFileSync(path());
        const [one, other] = [Buffer.from(bytes.subarray(12_288, 16_384)), Buffer.from(bytes.subarray(20_480, 24_576))];
        other.copy(bytes, 12_288);
        one.copy(bytes, 20_480);
        writeFileSync(path(), bytes);
      },
    ],
    [
      "is a folder",
      () => {
        rmSync(path());
        mkdirSync(path());
      },
    ],
    [
      "is a pipe that nobody writes to",
      () => {
        rmSync(path());
        execFileSync("mkfifo", [path()]);
      },
    ],
    [
      "has a journal that is none of its own",
      () => writeFileSync(`${path()}-journal`, readFileSync(path()).subarray(0, 30_000)),
    ],
    [
      "is another program's database",
      () => {
        rmSync(path());
        const other = new Database(path());
        other.exec("CREATE TABLE finals (name TEXT)");
        other.close();
      },
    ],
  ];

  test.each(DAMAGES)("that %s gives no wrong value, and the store goes on", async (_, damage) => {
    damage();
    const store = openStore();
    for (let id = 0; id < ENTRIES; id += 1) {
      const found = store.get(`results ${id}`);
      if (found !== undefined) expect(found).toEqual(valueOf(id));
    }
    // Whether or not something was left of the old one.
    for (let id = 0; id < ENTRIES; id += 1) store.set(`new ${id}`, valueOf(id));
    await nextTurn();
    for (let id = 0; id < ENTRIES; id += 1) store.set(`newer ${id}`, valueOf(id));
    await nextTurn();
    expect(store.get("newer 7")).toEqual(valueOf(7));
    await store.close();
    const again = openStore();
    expect(again.get("newer 7")).toEqual(valueOf(7));
    await again.close();
  });

  test("is set aside with a word, once", async () => {
    overwrite(Buffer.from("not a database\n".repeat(1_000)))();
    const store = openStore();
    expect(store.get("results 1")).toBeUndefined();
    await store.close();
    expect(notices).toEqual([expect.stringMatching(/finals-1\.sqlite is damaged \(.+\): it is .+\.damaged now/)]);
    expect(readFileSync(`${path()}.damaged`, "utf8")).toContain("not a database");
  });
});

test("a folder is one store's at a time, and free again when that is closed", async () => {
  const first = openStore();
  first.set("results 1", "one");
  expect(() => openStore()).toThrow(/data\.dir: another process uses .+ folder of its own/);
  await first.close();
  const second = openStore();
  expect(second.get("results 1")).toBe("one");
  await second.close();
  expect(notices).toEqual([]);
});

test("a file that was copied while it was written is whole, or set aside", async () => {
  const store = openStore();
  for (let id = 0; id < 50; id += 1) store.set(`results ${id}`, "x".repeat(5_000));
  await nextTurn();
  const copy = join(dir, "copy");
  mkdirSync(copy);
  copyFileSync(join(dir, FILE), join(copy, FILE));
  const again = openStore(16 * MiB, copy);
  expect(again.get("results 49")).toBe("x".repeat(5_000));
  await Promise.all([store.close(), again.close()]);
});

test("a disk that is full is told once, in these words, also where a smaller value fits now and then, and after an hour", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const store = openStore();
  const full = Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
  const fill = () =>
    vi.spyOn(Database.prototype, "exec").mockImplementation(() => {
      throw full;
    });
  onTestFinished(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  const write = async (key: string, fits: boolean) => {
    const exec = fits ? null : fill();
    store.set(key, "a value");
    await nextTurn();
    exec?.mockRestore();
  };
  const told = expect.stringMatching(/can't be used for now: the disk is full$/);
  for (const round of [1, 2, 3]) {
    await write(`one ${round}`, false);
    await write(`two ${round}`, false);
    await write(`three ${round}`, true);
  }
  expect([store.get("one 1"), store.get("three 1")]).toEqual([undefined, "a value"]);
  expect(notices).toEqual([told]);
  vi.advanceTimersByTime(3_600_001);
  await write("four", false);
  expect(notices).toEqual([told, told]);
  await store.close();
});

test("the file of an earlier Etna is left alone, and named", async () => {
  writeFileSync(join(dir, "etna-1.mdb"), "old");
  await openStore().close();
  expect(readFileSync(join(dir, "etna-1.mdb"), "utf8")).toBe("old");
  expect(notices).toEqual([expect.stringMatching(/etna-1\.mdb is of an earlier Etna/)]);
});

test("a folder that takes no file is refused at once, and not called damaged", () => {
  expect(() => openStore(MiB, "/proc/self")).toThrow(/^data\.dir: \/proc\/self can't be used: /);
  expect(notices).toEqual([]);
});

test.each(["", "-journal"])("a file%s that may not be read is refused, and not taken for damaged", async (suffix) => {
  const store = openStore();
  store.set("results 1", "one");
  await store.close();
  const file = join(dir, `${FILE}${suffix}`);
  if (suffix !== "") writeFileSync(file, Buffer.alloc(512, 1));
  chmodSync(file, 0);
  asNobody(() => {
    expect(() => openStore()).toThrow(/^data\.dir: .+ can't be used: .+/);
  });
  expect([notices, existsSync(`${join(dir, FILE)}.damaged`)]).toEqual([[], false]);
});

/** As a user for whom the modes of files hold, who has the folder. */
function asNobody(use: () => void): void {
  const { getuid, seteuid } = process;
  if (getuid?.() !== 0 || seteuid === undefined) return use();
  for (const at of [dir, ...readdirSync(dir).map((name) => join(dir, name))]) chownSync(at, NOBODY, NOBODY);
  seteuid(NOBODY);
  try {
    use();
  } finally {
    seteuid(0);
  }
}

test("a folder below one that takes none is refused at once, where Node would try for ever", () => {
  expect(() => openStore(MiB, "/proc/none/below")).toThrow(/^data\.dir: \/proc\/none\/below can't be used: ENOENT/);
});

test("a folder is made with those that it is in, for Etna's user alone", async () => {
  const below = join(dir, "one", "two");
  await openStore(MiB, below).close();
  expect([below, dirname(below)].map((at) => statSync(at).mode & 0o777)).toEqual([0o700, 0o700]);
});

test("a folder that can't be made is refused at once", () => {
  writeFileSync(join(dir, "file"), "");
  expect(() => openStore(MiB, join(dir, "file", "below"))).toThrow(
    /^data\.dir: .*below can't be used: (ENOTDIR|EEXIST)/,
  );
  expect(existsSync(join(dir, FILE))).toBe(false);
});

test("nothing is written or read after the end", async () => {
  const store = openStore();
  await store.close();
  store.set("late", 1);
  expect(store.get("late")).toBeUndefined();
});
