// The log of a running build, read pass by pass: whole lines only, and no pass for what is there already.

import { afterEach, expect, it } from "vitest";
import { Memory } from "../../../src/cache/memory.js";
import { TAIL_LINES } from "../../../src/ci/live/log-tail.js";
import type { LogTail } from "../../../src/ci/live/log-tail.js";
import type { LogLine } from "../../../src/ci/log.js";
import { toBuildId } from "../../../src/cuirass/protocol/ids.js";
import { createCuirass } from "../../../src/cuirass/index.js";
import { createLogTail } from "../../../src/cuirass/live/log-tail.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function setUp() {
  const sandbox = await createCuirassSandbox({ evaluations: 4 });
  const entry = { name: "guix", url: new URL(sandbox.url), mutations: false, credentials: null, insecure: false };
  const cuirass = createCuirass([{ ...entry, limits: {} }], { memory: new Memory(0) });
  const [server] = cuirass.servers;
  if (server === undefined) throw new Error("no server");
  const id = sandbox.builds()[0]?.buildId ?? 0;
  sandbox.advance(id, "restarted");
  sandbox.advance(id, "started");
  const tail = createLogTail(server.client, toBuildId(id));
  opened.push(sandbox, cuirass, tail);
  const logReads = () => sandbox.requests.counts()["GET /build/ID/log/raw"] ?? 0;
  return { sandbox, server, id, tail, logReads };
}

/** Reads on until nothing is left of what is there. */
async function readOn(tail: LogTail, from: number): Promise<{ lines: LogLine[]; finished: boolean }> {
  const lines: LogLine[] = [];
  for (;;) {
    const read = await tail.read(from + lines.length);
    if (read === null) throw new Error("the build is gone");
    lines.push(...read.lines);
    if (read.lines.length < TAIL_LINES) return { lines, finished: read.finished };
  }
}

it("delivers a line once it is whole, never a part of it", async () => {
  const { sandbox, id, tail } = await setUp();
  const lines: LogLine[] = [];
  for (let time = 0; time < 25; time += 1) {
    // Of its last line the sandbox writes a part with most steps, as real logs do.
    sandbox.growLog(id, 7);
    const read = await readOn(tail, lines.length);
    expect(read.finished).toBe(false);
    lines.push(...read.lines);
  }
  sandbox.advance(id, "succeeded");
  const last = await readOn(tail, lines.length);
  expect(last.finished).toBe(true);
  lines.push(...last.lines);
  expect(lines.map(({ number }) => number)).toEqual(lines.map((_, at) => at));
  const compiled = lines.filter(({ text }) => text.startsWith("gcc "));
  expect(compiled).toHaveLength(25 * 7);
  for (const [at, { text }] of compiled.entries()) expect(text).toMatch(new RegExp(`^gcc .* # ‘${at + 1}’$`));
});

it("delivers the last line although it has no end, once the build has ended", async () => {
  const { sandbox, id, tail } = await setUp();
  sandbox.growLog(id, 3);
  const before = await readOn(tail, 0);
  sandbox.advance(id, "canceled");
  const after = await readOn(tail, before.lines.length);
  expect(after).toMatchObject({
    finished: true,
    lines: [{ number: before.lines.length, text: expect.stringMatching(/^gcc /) }],
  });
});

it("delivers all that a pass holds, with one request, and reads a log that stands still no further", async () => {
  const { sandbox, id, tail, logReads } = await setUp();
  sandbox.growLog(id, 30_000);
  const { lines } = await readOn(tail, 0);
  expect(lines.length).toBeGreaterThan(29_990);
  expect(logReads()).toBe(1);
  expect((await readOn(tail, lines.length)).lines).toEqual([]);
  sandbox.growLog(id, 5);
  const more = await readOn(tail, lines.length);
  expect(more.lines.length).toBeGreaterThan(3);
  expect(more.lines[0]?.number).toBe(lines.length);
  expect(logReads()).toBe(3);
});

it("gives its place at the server back when nobody comes for more lines, and goes on without a gap", async () => {
  const { sandbox, server, id, tail, logReads } = await setUp();
  sandbox.growLog(id, 60_000);
  const first = await tail.read(0);
  expect(first?.lines).toHaveLength(TAIL_LINES);
  expect(server.status.inUse).toBe(1);
  await expect.poll(() => server.status.inUse, { timeout: 15_000 }).toBe(0);
  const { lines } = await readOn(tail, TAIL_LINES);
  expect(lines[0]?.number).toBe(TAIL_LINES);
  expect(lines.length).toBeGreaterThan(58_000);
  expect(logReads()).toBe(2);
});

it("ends a pass when it is closed", async () => {
  const { sandbox, server, id, tail } = await setUp();
  sandbox.growLog(id, 60_000);
  await tail.read(0);
  tail.close();
  await expect.poll(() => server.status.inUse).toBe(0);
});
