// A log of 200,000 lines: pages of it are read without holding it.

import { createAsk } from "../../../../src/net/ask.js";
import { Memory } from "../../../../src/cache/memory.js";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { pageOfLog } from "../../../../src/ci/graph/log.resolver.js";
import type { LogLine, LogSource } from "../../../../src/ci/log.js";
import type { PageRequest } from "../../../../src/ci/page.js";
import type { LavaClient } from "../../../../src/lava/client/client.js";
import { toJobId } from "../../../../src/lava/protocol/ids.js";
import { createLava } from "../../../../src/lava/index.js";
import type { Lava } from "../../../../src/lava/index.js";
import { createLogSource } from "../../../../src/lava/client/log/log-source.js";
import { createLavaSandbox } from "../../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../../src/sandbox/lava/index.js";
import { ANONYMOUS_ENTRY } from "../../../support/entries.js";

const LINES = 200_000;
const JOB = toJobId(1);
/** The log itself has 30 MB, and as lines of the graph 100 MB. */
const GROWTH_MAX_BYTES = 32 * 1024 * 1024;
const SAMPLE_EVERY_BYTES = 8 * 1024 * 1024;

vi.setConfig({ testTimeout: 60_000 });
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

let sandbox: LavaSandbox;
let lava: Lava;
beforeAll(async () => {
  sandbox = await createLavaSandbox({ jobs: 0, events: false, largeJob: { cases: 0, logLines: LINES } });
  lava = createLava([{ ...ANONYMOUS_ENTRY, url: new URL(sandbox.url), events: "poll" }], { memory: new Memory(0) });
});
afterAll(async () => {
  await lava.close();
  await sandbox.close();
});

function live(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What lives most while `read` reads the log, beyond what lived before. */
async function growth<T>(read: (source: LogSource) => Promise<T>): Promise<{ result: T; bytes: number; read: number }> {
  const before = live();
  let peak = before;
  let bytes = 0;
  let next = SAMPLE_EVERY_BYTES;
  const client = lava.servers[0]?.client as LavaClient;
  const watched: Pick<LavaClient, "server" | "log" | "logLineCount" | "results"> = {
    server: client.server,
    results: client.results,
    logLineCount: (...args) => client.logLineCount(...args),
    log: async (...args) => {
      const stream = await client.log(...args);
      if (stream === null) return null;
      const body = async function* () {
        for await (const chunk of stream.body) {
          bytes += chunk.length;
          if (bytes >= next) {
            next = bytes + SAMPLE_EVERY_BYTES;
            peak = Math.max(peak, live());
          }
          yield chunk;
        }
      };
      return { ...stream, body: body() };
    },
  };
  const result = await read(createLogSource(watched as LavaClient, JOB, createAsk(null)));
  return { result, bytes: Math.max(peak, live()) - before, read: bytes };
}

const page = (request: Partial<PageRequest>, filter: ((line: LogLine) => boolean) | null = null) => {
  return (source: LogSource) =>
    pageOfLog(
      source,
      { direction: "forward", count: 100, cursor: null, ...request },
      filter === null ? null : { holds: filter },
    );
};

test("the first page reads a page", async () => {
  const { result, bytes, read } = await growth(page({}));
  expect(result.items.map(({ node }) => node.number)).toEqual(Array.from({ length: 100 }, (_, at) => at));
  expect(result.hasNextPage).toBe(true);
  expect(read).toBeLessThan(100_000);
  expect(bytes).toBeLessThan(GROWTH_MAX_BYTES);
});

test("the last page looks for the end, and reads little more than its own lines", async () => {
  const { result, bytes, read } = await growth(page({ direction: "backward" }));
  const last = sandbox.job(JOB)?.logLines ?? 0;
  expect(last).toBeGreaterThanOrEqual(LINES);
  expect(result.items.map(({ node }) => node.number)).toEqual(Array.from({ length: 100 }, (_, at) => last - 100 + at));
  expect(read).toBeLessThan(2_000_000);
  expect(bytes).toBeLessThan(GROWTH_MAX_BYTES);
});

test.each(["forward", "backward"] as const)(
  "a filter with few matches goes through the whole log and holds the matches (%s)",
  async (direction) => {
    const { result, bytes, read } = await growth(page({ direction }, (line) => line.text.includes("line 1999")));
    expect(result.items.map(({ node }) => node.number)).toEqual(
      Array.from({ length: LINES }, (_, at) => at)
        .filter((at) => String(at).startsWith("1999"))
        .slice(...(direction === "forward" ? [0, 100] : [-100])),
    );
    expect(read).toBeGreaterThan(20_000_000);
    expect(bytes).toBeLessThan(GROWTH_MAX_BYTES);
  },
);

test("holding the log is what this would notice", async () => {
  const { result, bytes } = await growth(async (source) => {
    const lines: LogLine[] = [];
    for await (const line of source.read(0, LINES)) lines.push(line);
    return lines;
  });
  expect(result.length).toBeGreaterThanOrEqual(LINES);
  expect(bytes).toBeGreaterThan(GROWTH_MAX_BYTES);
});
