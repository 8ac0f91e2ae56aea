// The log of a running build, read pass by pass: whole lines only.

import { afterEach, expect, it } from "vitest";
import { Memory } from "../../src/cache/memory.js";
import { TAIL_LINES } from "../../src/ci/log-tail.js";
import type { LogTail } from "../../src/ci/log-tail.js";
import type { LogLine } from "../../src/ci/log.type.js";
import { toBuildId } from "../../src/cuirass/ids.js";
import { createCuirass } from "../../src/cuirass/index.js";
import { createLogTail } from "../../src/cuirass/log-tail.js";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";

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
  const tail = createLogTail(server, toBuildId(id));
  opened.push(sandbox, cuirass, tail);
  return { sandbox, server, id, tail };
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
