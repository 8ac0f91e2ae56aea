// The standard screen at what LAVA really costs, two cores shared by all that it serves: what remembering is worth, to the
// second viewer, after a restart, after an event; and a small read beside a screen that nobody has seen yet.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startPart } from "../parts/process.js";
import { post, STANDARD_SCREEN } from "../screen.js";
import type { Operation } from "../screen.js";
import { QUEUED_IDS } from "../upstream/data.js";
import { median, ms, ratio } from "./figure.js";
import type { Row } from "./figure.js";
import type { Stand } from "./stand.js";

const RUNS = 3;

interface Seen {
  readonly requests: number;
  /** LAVA's CPU. */
  readonly spentMs: number;
}

export async function realPriceRows(stand: Stand): Promise<Row[]> {
  const { upstream } = stand;
  const careful = await startPart("careful", upstream.url, 5_000);
  await upstream.charge("real");
  try {
    const rival = () => lookAt(stand, careful.url, upstream.token);
    await rival();
    await sleep(5_100);
    const cold: Seen[] = [];
    const seconds: Seen[] = [];
    const changed: Seen[] = [];
    const restarted: Seen[] = [];
    const rivals: Seen[] = [];
    const reads = { alone: [] as number[], beside: [] as number[] };
    for (let run = 0; run < RUNS; run += 1) {
      rivals.push(await rival());
      const dir = join(stand.folder, `data${run}`);
      await mkdir(dir);
      const first = await stand.startEtna({}, { data: { dir } });
      cold.push(await lookAt(stand, first.url, upstream.token));
      seconds.push(await lookAt(stand, first.url, `${upstream.token}.${700 + run}`));
      const [job = 0] = await upstream.submit(1);
      for (const state of ["Scheduled", "Running", "Finished"] as const) await upstream.advance(job, state);
      await sleep(500);
      changed.push(await lookAt(stand, first.url, upstream.token));
      await first.stop();
      const again = await stand.startEtna({}, { data: { dir } });
      restarted.push(await lookAt(stand, again.url, upstream.token));
      await again.stop();
      const fresh = await stand.startEtna();
      await smallReads(stand, fresh.url, run, reads);
      await fresh.stop();
    }
    const beside = median(rivals.map(({ spentMs }) => spentMs));
    const row = (figure: string, seen: readonly Seen[], target: number): Row => {
      const spent = median(seen.map(({ spentMs }) => spentMs));
      const requests = Math.max(...seen.map((one) => one.requests));
      return {
        figure,
        beside: `careful ${ms(beside)}, ${rivals[0]?.requests ?? 0} requests`,
        etna: `${ms(spent)} = ${ratio(spent / beside)}, ${requests} requests`,
        target: `at most ${target} of careful`,
        reached: spent <= target * beside,
      };
    };
    const [alone, crowded] = [median(reads.alone), median(reads.beside)];
    return [
      row("LAVA's CPU, at real prices, for the standard screen, cold, with a token", cold, 0.9),
      row("the same for the second viewer", seconds, 0.2),
      row("the same after a job has come and gone", changed, 0.2),
      row("the same after a restart, with `data.dir`", restarted, 0.2),
      {
        figure: "a small read beside a cold screen",
        beside: `alone ${ms(alone)}`,
        etna: `${ms(crowded)} = ${ratio(crowded / alone)}`,
        target: "at most 1.5 of alone",
        reached: crowded <= 1.5 * alone,
      },
    ];
  } finally {
    await upstream.charge("round");
    await careful.stop();
  }
}

async function lookAt({ upstream }: Stand, url: string, token: string): Promise<Seen> {
  await upstream.reset();
  await post({ url, token }, STANDARD_SCREEN);
  const { total, spentMs } = await upstream.counts();
  return { requests: total, spentMs };
}

/** Each of a job that was not asked for, of a viewer whose token is known. */
async function smallReads(
  { upstream }: Stand,
  url: string,
  run: number,
  { alone, beside }: { alone: number[]; beside: number[] },
): Promise<void> {
  const first = QUEUED_IDS.length + 2 + 20 * run;
  const small = async (job: number) => {
    const start = performance.now();
    await post({ url, token: upstream.token }, readOf(job));
    return performance.now() - start;
  };
  await small(first);
  for (let nr = 1; nr <= 5; nr += 1) alone.push(await small(first + nr));
  const under = { way: true };
  const screen = post({ url, token: `${upstream.token}.${800 + run}` }, STANDARD_SCREEN).finally(
    () => (under.way = false),
  );
  await sleep(300);
  for (let nr = 6; nr < 20 && under.way; nr += 1) beside.push(await small(first + nr));
  await screen;
}

function readOf(job: number): Operation {
  return { query: `query ($job: ID!) { testJob(jobId: $job) { state health } }`, variables: { job: String(job) } };
}
