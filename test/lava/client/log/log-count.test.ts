// The end of a log of 2,000,000 lines: found with few and small requests, whatever LAVA tells of it.

import { afterEach, describe, expect, it } from "vitest";
import { Upstream } from "../../../../src/cache/upstream.js";
import { LavaClient } from "../../../../src/lava/client/client.js";
import { countLogLines } from "../../../../src/lava/client/log/log-count.js";
import { toJobId } from "../../../../src/lava/protocol/ids.js";
import { createAsk } from "../../../../src/net/ask.js";
import { HttpClient } from "../../../../src/net/http.js";
import { LAVA_VERSIONS } from "../../../../src/sandbox/lava/generation.js";
import { createLavaSandbox } from "../../../../src/sandbox/lava/index.js";
import type { LavaSandboxOptions } from "../../../../src/sandbox/lava/index.js";
import { startGateway } from "../../../support/gateway.js";
import { startTcpProxy } from "../../../support/tcp-proxy.js";

const LINES = 2_000_000;
/** A prime, so that a line of another number says something else. */
const REPEATS = 9_973;
const JOB = toJobId(1);
const REQUESTS_MAX = 25;
/** One window of 5,000 lines and one of 4,000, or two, and a page; the log has 250 MB. */
const BYTES_MAX = 2_000_000;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function sandbox(options: Omit<LavaSandboxOptions, "events">) {
  const lava = await createLavaSandbox({ jobs: 0, events: false, ...options });
  closing.push(() => lava.close());
  return lava;
}

function clientOf(url: string) {
  const http = new HttpClient({ server: "lab", baseUrl: new URL(url) });
  closing.push(() => http.close());
  return new LavaClient(new Upstream(http));
}

describe.each(LAVA_VERSIONS)("the last 100 lines of %s", (version) => {
  it.each([
    ["whose cases say nothing of lines", { cases: 1 }],
    ["whose last case began near the end", { cases: 9, lastCaseAt: LINES - 1_500 }],
    ["whose last case began in the middle", { cases: 9, lastCaseAt: LINES / 2 }],
    ["that lost its end after its last case", { cases: 9, lastCaseAt: 90_000_000 }],
  ])("of a log %s take 25 small requests at most", async (_, cases) => {
    const lava = await sandbox({ version, largeJob: { logLines: LINES, repeats: REPEATS, ...cases } });
    const link = await startTcpProxy(Number(new URL(lava.url).port));
    closing.push(() => link.close());
    const gateway = await startGateway({ lava: [{ url: `http://127.0.0.1:${link.port}`, events: "poll" }] });
    closing.push(() => gateway.close());
    await gateway.query(`{ testJob(jobId: "${JOB}") { state } }`);
    lava.requests.reset();
    const before = link.bytes();
    const { data, errors } = await gateway.query(
      `{ testJob(jobId: "${JOB}") { log { lines(last: 100) { nodes { number text } pageInfo { hasPreviousPage } } } } }`,
    );
    expect(errors).toEqual([]);
    const { nodes, pageInfo } = data.testJob.log.lines;
    const last = lava.job(JOB)?.logLines ?? 0;
    expect(last).toBe(LINES + 1);
    expect(nodes.map(({ number }: { number: number }) => number)).toEqual(
      Array.from({ length: 100 }, (_none, at) => last - 100 + at),
    );
    expect(nodes.at(-2).text).toContain(` line ${(LINES - 1) % REPEATS} of a long log`);
    expect(pageInfo.hasPreviousPage).toBe(true);
    expect(lava.requests.total()).toBeLessThanOrEqual(REQUESTS_MAX);
    expect(link.bytes() - before).toBeLessThan(BYTES_MAX);
  });
});

describe("how many lines there are", () => {
  it.each([1, 2, 4_998, 4_999, 5_000, 5_001, 8_998, 9_000, 20_999, 21_000, 25_000, 84_999, 123_456])(
    "is right with %i of them and a last one",
    async (logLines) => {
      for (const lastCaseAt of [undefined, 5_000, logLines - 1, logLines, logLines + 1, 3 * logLines]) {
        const place = lastCaseAt === undefined ? {} : { lastCaseAt };
        const lava = await sandbox({ largeJob: { cases: 2, logLines, repeats: 100, ...place } });
        expect(await countLogLines(clientOf(lava.url), JOB, createAsk(null))).toBe(logLines + 1);
      }
    },
  );

  it("is one request where there are few", async () => {
    const lava = await sandbox({ largeJob: { cases: 2, logLines: 4_000 } });
    const client = clientOf(lava.url);
    await client.knownVersion(createAsk(null));
    lava.requests.reset();
    await countLogLines(client, JOB, createAsk(null));
    expect(lava.requests.counts()).toEqual({ "GET jobs/ID/logs/": 1 });
  });

  it("is none where there is no job", async () => {
    const lava = await sandbox({});
    expect(await countLogLines(clientOf(lava.url), JOB, createAsk(null))).toBe(0);
  });

  it("is found without the test cases where these can't be read", async () => {
    const lava = await sandbox({ largeJob: { cases: 2, logLines: 30_000 } });
    lava.fault = ({ path }) => (path.includes("/tests/") ? { kind: "status", status: 500 } : undefined);
    expect(await countLogLines(clientOf(lava.url), JOB, createAsk(null))).toBe(30_001);
  });

  it("has an end where the server gives lines whatever number it is asked for", async () => {
    let asked = 0;
    const endless = {
      logLineCount: () => Promise.resolve(null),
      log: (_id: unknown, from: number, to: number) => {
        asked += 1;
        const body = async function* () {
          yield await Promise.resolve(Buffer.from("x\n".repeat(to - from)));
        };
        return Promise.resolve({ status: 200, headers: {}, body: body(), discard: () => undefined });
      },
      results: { cases: () => Promise.resolve(null) },
    };
    const count = await countLogLines(endless as unknown as LavaClient, JOB, createAsk(null));
    expect(count).toBe(1_000_000_000);
    expect(asked).toBeLessThan(40);
  });
});
