// Logs of builds that have ended: how often they are sent, what of them is kept, and that every page is right all the same.

import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Memory } from "../../../src/cache/memory.js";
import { NOBODY_LEAVES, OperationScope } from "../../../src/cache/operation-scope.js";
import { createCuirass } from "../../../src/cuirass/index.js";
import type { Cuirass } from "../../../src/cuirass/index.js";
import { createFinalLog, createYoungLog } from "../../../src/cuirass/client/final-log.js";
import { isFinalLog } from "../../../src/cuirass/client/keep.js";
import { toBuildId } from "../../../src/cuirass/protocol/ids.js";
import { LogPart, LogPartWriter } from "../../../src/cuirass/protocol/log-part.js";
import type { WireBuild } from "../../../src/cuirass/protocol/wire.js";

const MiB = 1024 * 1024;

let server: Server;
let sent: number;
let body: Buffer;
let cuirass: Cuirass;
let memory: Memory;

beforeEach(async () => {
  sent = 0;
  server = createServer((_request, response) => {
    sent += 1;
    if (body.length === 0) response.writeHead(404, { "content-type": "text/plain" }).end();
    else response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  memory = new Memory(64 * MiB);
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  cuirass = createCuirass([{ name: "guix", url }], { memory });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await cuirass.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ended = (more: Partial<WireBuild> = {}) =>
  ({ buildstatus: 0, starttime: 100, stoptime: 200, ...more }) as WireBuild;

/** The log as one operation sees it. */
function log(build = ended()) {
  const { client } = cuirass.createSession(undefined, new OperationScope(NOBODY_LEAVES)).view(null);
  return createFinalLog(client, toBuildId(7), build);
}

async function page(start: number, count: number, build?: WireBuild): Promise<string[]> {
  const texts: string[] = [];
  for await (const { number, text } of log(build).read(start, count)) {
    expect(number).toBe(start + texts.length);
    texts.push(text);
    if (texts.length === count) break;
  }
  return texts;
}

describe("a log that fits", () => {
  const lines = Array.from({ length: 20_000 }, (_, at) => (at % 7 === 0 ? "" : `line ${at} – ${"x".repeat(at % 90)}`));
  beforeEach(() => (body = gzipSync(`${lines.join("\n")}\n`)));

  test("is sent once for all pages, from both ends, and for the number of its lines", async () => {
    for (const start of [0, 100, 9_999, 19_990, 20_000, 50_000]) {
      expect(await page(start, 100)).toEqual(lines.slice(start, start + 100));
    }
    expect(await log().count()).toBe(lines.length);
    expect(sent).toBe(1);
  });

  test("is sent once to all who ask at the same time", async () => {
    const pages = await Promise.all(Array.from({ length: 20 }, (_, at) => page(at * 1_000, 10)));
    expect(pages.flat()).toEqual(pages.flatMap((_, at) => lines.slice(at * 1_000, at * 1_000 + 10)));
    expect(sent).toBe(1);
  });

  test("is another after the build has been restarted", async () => {
    await page(0, 10);
    body = gzipSync("anew\n");
    expect(await page(0, 10, ended({ starttime: 300, stoptime: 400 }))).toEqual(["anew"]);
  });

  test("takes in memory what its text takes", async () => {
    await page(0, 10);
    const text = Buffer.byteLength(lines.join("\n"));
    expect(memory.stats().bytes).toBeGreaterThan(text);
    expect(memory.stats().bytes).toBeLessThan(text + 2_000);
  });
});

describe("a log of a build that runs", () => {
  const lines = Array.from({ length: 20_000 }, (_, at) => `line ${at}`);
  const young = () => {
    const { client } = cuirass.createSession(undefined, new OperationScope(NOBODY_LEAVES)).view(null);
    return createYoungLog(client, toBuildId(7), ended({ buildstatus: -1, stoptime: 0 }));
  };
  const take = async (start: number, wanted: number) => {
    const texts: string[] = [];
    for await (const { text } of young().read(start, wanted)) if (texts.push(text) === wanted - 1) break;
    return texts;
  };

  test("is sent once for all of its largest pages, and shows what has come a while later", async () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(1_000);
    body = gzipSync(`${lines.join("\n")}\n`);
    for (let start = 0; start < lines.length; start += 1_000)
      expect(await take(start, 1_001)).toEqual(lines.slice(start, start + 1_000));
    expect(sent).toBe(1);
    // A small page is only read as far as it goes.
    expect(await take(0, 11)).toEqual(lines.slice(0, 10));
    expect(sent).toBe(2);
    body = gzipSync(`${[...lines, "more"].join("\n")}\n`);
    now.mockReturnValue(4_000);
    expect(await take(lines.length, 1_001)).toEqual(["more"]);
  });
});

describe("a larger log", () => {
  // 20 MB.
  const lines = Array.from({ length: 200_000 }, (_, at) => `${at} ${"y".repeat(92)}`);
  const text = gzipSync(`${lines.join("\n")}\n`);
  beforeEach(() => (body = text));

  test("is kept at both ends, and sent again only for pages between them; no more than 8 MiB of it are kept", async () => {
    expect(await page(0, 100)).toEqual(lines.slice(0, 100));
    expect(sent).toBe(1);
    expect(memory.stats().bytes).toBeLessThan(4.2 * MiB);
    expect(await log().count()).toBe(lines.length);
    expect(sent).toBe(2);
    for (const start of [0, 30_000, 170_000, 199_950])
      expect(await page(start, 100)).toEqual(lines.slice(start, start + 100));
    expect(sent).toBe(2);
    expect(await page(100_000, 100)).toEqual(lines.slice(100_000, 100_100));
    expect(sent).toBe(3);
    expect(memory.stats().bytes).toBeLessThan(8.4 * MiB);
  });

  test("has no seam where a part begins or ends", async () => {
    expect(await page(35_000, 20_000)).toEqual(lines.slice(35_000, 55_000));
    expect(await page(145_000, 55_000)).toEqual(lines.slice(145_000));
  });
});

describe("what can't be kept", () => {
  test("a log that is not there is empty, which one request tells for a minute", async () => {
    body = Buffer.alloc(0);
    expect(await Promise.all([page(0, 10), log().count(), page(5, 10)])).toEqual([[], 0, []]);
    expect(await log().count()).toBe(0);
    expect(sent).toBe(1);
    body = gzipSync("there it is\n");
    expect(await page(0, 10)).toEqual([]);
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 61_000);
    expect(await page(0, 10)).toEqual(["there it is"]);
  });

  test("nor is that missing which the build has after a restart", async () => {
    body = Buffer.alloc(0);
    expect(await page(0, 10)).toEqual([]);
    body = gzipSync("anew\n");
    expect(await page(0, 10, ended({ starttime: 300, stoptime: 400 }))).toEqual(["anew"]);
  });

  test("a log that breaks off shows what comes before, and says so at that place", async () => {
    const whole = gzipSync(Array.from({ length: 100_000 }, (_, at) => `${at} ${at * 7919}\n`).join(""));
    body = Buffer.concat([whole.subarray(0, whole.length / 2), Buffer.alloc(1_000, 0xff)]);
    expect(await page(0, 2)).toEqual(["0 0", "1 7919"]);
    await expect(page(0, 100_000)).rejects.toMatchObject({ kind: "UpstreamMalformed" });
    await expect(log().count()).rejects.toMatchObject({ kind: "UpstreamMalformed" });
  });

  test("that of a build that runs, was canceled, or has ended just now", () => {
    const now = Math.floor(Date.now() / 1_000);
    expect(isFinalLog(ended())).toBe(true);
    for (const build of [{ buildstatus: -1 }, { buildstatus: 4 }, { buildstatus: 2 }, { stoptime: now - 1 }]) {
      expect(isFinalLog(ended(build))).toBe(false);
    }
  });
});

test("a part gives back the lines that were put in, from any of them on", () => {
  const text = fc.string({ unit: "binary", maxLength: 300 }).map((one) => one.replaceAll("\n", ""));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 40 }), fc.nat(50), (few, start) => {
      // Enough for several blocks.
      const lines = Array.from({ length: 500 }, (_, at) => few[at % few.length] ?? "");
      const writer = new LogPartWriter();
      lines.forEach((line, at) => writer.add(10 + at, line));
      const part = new LogPart(writer.pack(900));
      expect([part.firstLine, part.end, part.total]).toEqual([10, 510, 900]);
      const wanted = lines
        .map((line, at) => [10 + at, Buffer.from(line).toString()])
        .slice(Math.max(0, start * 11 - 10));
      expect([...part.lines(start * 11)]).toEqual(wanted);
    }),
    { numRuns: 30 },
  );
});
