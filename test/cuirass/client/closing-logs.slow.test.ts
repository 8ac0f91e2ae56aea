// Logs from a server that closes the connection right behind them, as Cuirass does, with and without a word.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createLogSource } from "../../../src/cuirass/client/log-source.js";
import type { LogReading } from "../../../src/cuirass/client/log-source.js";
import { toBuildId } from "../../../src/cuirass/protocol/ids.js";
import { answerOf } from "../../net/closing-answer.js";
import type { AnswerForm } from "../../net/closing-answer.js";
import { startRawServer } from "../../net/raw-server.js";
import { connect } from "../connect.js";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

const GZIP = { "content-type": "text/plain;charset=UTF-8", "content-encoding": "gzip" };
const LINES = 70_000;
/** Nearly incompressible, 75 bytes a line. */
const text = randomBytes((LINES * 74 * 3) / 4)
  .toString("base64")
  .replace(/.{74}/g, "$&\n");

const RUNS = { buildstatus: -1, starttime: 1, stoptime: 0 };

async function sourceOf(form: AnswerForm, body: Buffer, sent: number | null = null, reading: LogReading = {}) {
  const answer = answerOf(form, body, sent);
  const server = await startRawServer(({ socket }) => socket.end(answer));
  const connected = connect(server.url.href);
  opened.push(connected, server);
  const origin = { server: "guix", operation: "GET /build/ID/log/raw" };
  return createLogSource(origin, () => connected.client.buildLog(toBuildId(7), RUNS), reading);
}

const FORMS = (["length", "chunked"] as const).flatMap((framing) =>
  [false, true].flatMap((announced) =>
    [GZIP, {}].map(
      (headers) =>
        [
          `${framing}, ${announced ? "announced" : "silent"}, ${headers === GZIP ? "gzip" : "plain"}`,
          { framing, announced, headers },
        ] as const,
    ),
  ),
);
const encoded = (form: AnswerForm, log: string) =>
  form.headers === GZIP ? gzipSync(log, { level: 1 }) : Buffer.from(log);

describe("a log behind which the connection is closed", () => {
  it.each(FORMS)("is counted and read to its end by a slow reader: %s", async (_, form) => {
    for (const lines of [670, 2_700, 13_400, LINES]) {
      const log = text.slice(0, lines * 75);
      const source = await sourceOf(form, encoded(form, log));
      const read: string[] = [];
      for await (const line of source.read(0, lines)) {
        read.push(line.text);
        if (line.number % 1_000 === 0) await sleep(5);
      }
      expect(`${read.join("\n")}\n` === log).toBe(true);
      expect(await source.count()).toBe(lines);
    }
  });

  it.each(FORMS)("is told as cut when the end has not come, running or not: %s", async (_, form) => {
    const body = encoded(form, text.slice(0, 13_400 * 75));
    for (const hasEnded of [false, true]) {
      const source = await sourceOf(form, body, body.length / 2, { hasEnded });
      await expect(source.count()).rejects.toMatchObject({
        kind: "UpstreamUnreachable",
        message: expect.stringContaining("the answer was cut"),
      });
    }
  });
});

describe("a compressed log without an end", () => {
  const BZIP2 = { "content-type": "application/bzip2;charset=ISO-8859-1" };
  const bzip2 = readFileSync(join(import.meta.dirname, "../../fixtures/cuirass/hand-made-lines.bz2"));
  const gzip = gzipSync(text.slice(0, 2_700 * 75));
  const CASES = [
    ["gzip", GZIP, gzip],
    ["bzip2", BZIP2, bzip2],
  ] as const;

  it.each(CASES)(
    "of a build that has ended is cut, where nothing else tells the answer's length: %s",
    async (name, headers, body) => {
      const form = { framing: "none", announced: true, headers } as const;
      const half = await sourceOf(form, body, body.length / 2, { hasEnded: true });
      await expect(half.count()).rejects.toMatchObject({
        kind: "UpstreamUnreachable",
        message: `guix: GET /build/ID/log/raw: the answer was cut: the log's ${name} has no end`,
      });
      const whole = await sourceOf(form, body, null, { hasEnded: true });
      expect(await whole.count()).toBeGreaterThan(1_000);
    },
  );

  it.each(CASES)(
    "is read as far as it goes while the build runs, or when the answer was whole: %s",
    async (_, headers, body) => {
      const half = body.subarray(0, body.length / 2);
      const running = await sourceOf({ framing: "none", announced: true, headers }, half);
      expect(await running.count()).toBeGreaterThan(500);
      const whole = await sourceOf({ framing: "length", announced: false, headers }, half, null, { hasEnded: true });
      expect(await whole.count()).toBeGreaterThan(500);
    },
  );
});
