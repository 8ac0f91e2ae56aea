// A text that is looked for in a long log: lines that can't hold it are not parsed, beside parsing each.

import type { LogSource } from "../../src/ci/log.js";
import { createLogSource } from "../../src/lava/client/log/log-source.js";
import type { LavaClient } from "../../src/lava/client/client.js";
import { toJobId } from "../../src/lava/protocol/ids.js";
import { createAsk } from "../../src/net/ask.js";
import { median } from "./figure.js";
import type { Row } from "./figure.js";

const LINES = 100_000;
const RUNS = 7;
const CHUNK_BYTES = 64 * 1024;
const TARGET = 0.47;
/** In about one of a hundred lines. */
const TEXT = "line 77";
const FOUND = 1_111;

export async function logSearchRows(): Promise<Row[]> {
  const bytes = Buffer.from(Array.from({ length: LINES }, (_, at) => `${lineOf(at)}\n`).join(""));
  const starts: number[] = [0];
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) starts.push(at + 1);
  const client = {
    server: "lab",
    log: (_id: unknown, from: number, to: number) => {
      if (from >= LINES) return Promise.resolve(null);
      const part = bytes.subarray(starts[from], starts[Math.min(to, LINES)]);
      return Promise.resolve({ status: 200, headers: {}, body: chunksOf(part), discard: () => undefined });
    },
  } as unknown as LavaClient;
  const source = createLogSource(client, toJobId(1), createAsk(null));
  // Is not told what is looked for, and parses each line.
  const parsing: LogSource = { read: (start, wanted) => source.read(start, wanted), count: () => source.count() };
  const took = { parsing: [] as number[], raw: [] as number[] };
  for (let run = 0; run < RUNS; run += 1) {
    took.parsing.push(await microsALine(parsing));
    took.raw.push(await microsALine(source));
  }
  const [parsed, raw] = [median(took.parsing), median(took.raw)];
  return [
    {
      figure: `a text looked for in a log of ${LINES} lines, CPU a line`,
      beside: `each line parsed ${parsed.toFixed(2)} µs`,
      etna: `${raw.toFixed(2)} µs = ${(raw / parsed).toFixed(2)}`,
      target: `at most ${TARGET} of parsing each`,
      reached: raw <= TARGET * parsed,
    },
  ];
}

async function microsALine(source: LogSource): Promise<number> {
  const search = { levels: null, contains: TEXT, plain: false, end: Infinity };
  let found = 0;
  const before = process.cpuUsage();
  for await (const { text } of source.read(0, LINES, search)) if (text.toLowerCase().includes(TEXT)) found += 1;
  const { user, system } = process.cpuUsage(before);
  if (found !== FOUND) throw new Error(`${found} lines were found`);
  return (user + system) / LINES;
}

/** Every fifth line has colours. */
function lineOf(at: number): string {
  const colour = at % 5 === 0 ? ["\u001b[32m", "\u001b[0m\r"] : ["", ""];
  const text = `${colour[0] ?? ""}[${(at / 1000).toFixed(6)}] line ${at} of a long log, as a board prints it${colour[1] ?? ""}`;
  return `- {"dt": "2026-11-22T03:24:17.123456", "lvl": "target", "msg": ${JSON.stringify(text)}}`;
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield await Promise.resolve(bytes.subarray(at, at + CHUNK_BYTES));
  }
}
