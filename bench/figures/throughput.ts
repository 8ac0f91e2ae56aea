// Requests per second of what Etna has answered before, beside a bare server that sends the same bytes, and beside the
// careful gateway with its cache.

import { request } from "undici";
import { startPart } from "../parts/process.js";
import { STANDARD_SCREEN, cursorsOf, headersOf, pageAfter, pageFrom, post, stateOf } from "../screen.js";
import type { Operation } from "../screen.js";
import { JOBS, QUEUED_IDS } from "../upstream/data.js";
import { median, ratio } from "./figure.js";
import type { Row, Settings } from "./figure.js";
import { SERVER } from "./stand.js";
import type { Stand } from "./stand.js";

const PAGES = 8;
/** Longer than any run: the rival's cache at its best. */
const RIVAL_CACHE_MS = 3_600_000;

export async function throughputRows(stand: Stand, settings: Settings): Promise<Row[]> {
  return [
    ...(await repeatedRows(stand, settings, {
      name: "repeated standard screen",
      operation: STANDARD_SCREEN,
      targets: [0.4, 0.9],
    })),
    await compressedRow(stand, settings),
    await pagesRow(stand, settings),
    ...(await repeatedRows(stand, settings, {
      name: "`testJob { state health }`, warm",
      operation: stateOf(JOBS + QUEUED_IDS.length, SERVER),
      targets: [0.4, 0.65],
    })),
  ];
}

interface Repeated {
  readonly name: string;
  readonly operation: Operation;
  /** Of a bare server's requests per second: with one client, and with many. */
  readonly targets: readonly [one: number, many: number];
}

/** One row for one client and one for many. */
async function repeatedRows(stand: Stand, settings: Settings, repeated: Repeated): Promise<Row[]> {
  const { name, operation, targets } = repeated;
  const { etna, as } = stand;
  const bare = await startPart("bareHttp");
  const answer = await post(as(etna), operation);
  await bare.hold(answer);
  const rows: Row[] = [];
  for (const [at, target] of targets.entries()) {
    const clients = at === 0 ? 1 : settings.clients;
    const results = await sideBySide(stand, settings, clients, [
      { url: etna.url, operations: [operation] },
      { url: bare.url, operations: [operation] },
    ]);
    rows.push({
      figure: `${name} (${(Buffer.byteLength(answer) / 1000).toFixed(1)} kB), requests/s, ${clients === 1 ? "1 client" : `${clients} clients`}`,
      beside: `bare server ${results.rival.toFixed(0)}`,
      etna: `${results.etna.toFixed(0)} = ${ratio(results.ratio)}`,
      target: `at least ${target} of bare`,
      reached: results.ratio >= target,
    });
  }
  await bare.stop();
  return rows;
}

const WIRE_MAX_BYTES = 20_000;
const BROTLI = { "accept-encoding": "br" };

/** What many clients get that take it compressed, beside a bare server that sends the same compressed bytes. */
async function compressedRow(stand: Stand, settings: Settings): Promise<Row> {
  const { etna } = stand;
  const bytes = await compressedAnswer(stand);
  const bare = await startPart("bareHttp");
  await bare.holdCompressed(bytes.toString("base64"));
  const operations = [STANDARD_SCREEN];
  const results = await sideBySide(
    stand,
    settings,
    settings.clients,
    [
      { url: etna.url, operations },
      { url: bare.url, operations },
    ],
    BROTLI,
  );
  await bare.stop();
  return {
    figure: `the same compressed (${(bytes.length / 1000).toFixed(1)} kB on the wire), requests/s, ${settings.clients} clients`,
    beside: `bare server ${results.rival.toFixed(0)}`,
    etna: `${results.etna.toFixed(0)} = ${ratio(results.ratio)}`,
    target: "at least 0.5 of bare, at most 20 kB",
    reached: results.ratio >= 0.5 && bytes.length <= WIRE_MAX_BYTES,
  };
}

/** As it comes on the wire once it is compressed. */
async function compressedAnswer({ etna, upstream }: Stand): Promise<Buffer> {
  for (let time = 0; time < 100; time += 1) {
    const { headers, body } = await request(etna.url, {
      method: "POST",
      headers: { ...headersOf(upstream.token), ...BROTLI },
      body: JSON.stringify(STANDARD_SCREEN),
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    if (headers["content-encoding"] === "br") return bytes;
  }
  throw new Error("the standard screen was never compressed");
}

async function pagesRow(stand: Stand, settings: Settings): Promise<Row> {
  const { etna, upstream, as } = stand;
  const careful = await startPart("careful", upstream.url, RIVAL_CACHE_MS);
  const cursors = await cursorsOf(as(etna), SERVER, PAGES);
  const etnaPages = cursors.map((cursor) => pageAfter(cursor, SERVER));
  const carefulPages = cursors.map((_, at) => pageFrom(50 * at));
  for (const page of etnaPages) await post(as(etna), page);
  for (const page of carefulPages) await post(as(careful), page);
  const results = await sideBySide(stand, settings, settings.clients, [
    { url: etna.url, operations: etnaPages },
    { url: careful.url, operations: carefulPages },
  ]);
  await careful.stop();
  return {
    figure: `${settings.clients} clients, ${PAGES} different pages, requests/s`,
    beside: `careful with its cache ${results.rival.toFixed(0)}`,
    etna: `${results.etna.toFixed(0)} = ${ratio(results.ratio)}`,
    target: "at least 4 times careful",
    reached: results.ratio >= 4,
  };
}

interface Side {
  readonly url: string;
  readonly operations: readonly Operation[];
}

/** In turn, so that whatever else the machine does meets both; the first round is not counted. */
async function sideBySide(
  { load, upstream }: Stand,
  { runs, loadMs }: Settings,
  clients: number,
  [etna, rival]: readonly [Side, Side],
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly etna: number; readonly rival: number; readonly ratio: number }> {
  const headers = { ...headersOf(upstream.token), ...more };
  const measure = ({ url, operations }: Side) =>
    load.run({ url, headers, bodies: operations.map((one) => JSON.stringify(one)), clients, ms: loadMs });
  const rounds: { readonly etna: number; readonly rival: number }[] = [];
  for (let run = -1; run < runs; run += 1) {
    const round = { etna: await measure(etna), rival: await measure(rival) };
    if (run >= 0) rounds.push(round);
  }
  return {
    etna: median(rounds.map((round) => round.etna)),
    rival: median(rounds.map((round) => round.rival)),
    ratio: median(rounds.map((round) => round.etna / round.rival)),
  };
}
