// The standard screen when nothing is known yet: how long it takes, what it costs the gateway, and what Etna adds to one call.

import { headersOf, post, screenOf, stateOf, STANDARD_SCREEN } from "../screen.js";
import type { Operation, Viewer } from "../screen.js";
import type { Running } from "../parts/process.js";
import { QUEUED_IDS } from "../upstream/data.js";
import { median, ms, ratio } from "./figure.js";
import type { Row, Settings } from "./figure.js";
import type { Stand } from "./stand.js";

/** Single calls for each run of the others: they are short, and compile less. */
const CALLS_PER_RUN = 8;

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export async function coldRows(stand: Stand, { runs, warmUps }: Settings): Promise<Row[]> {
  const { coldEtna, careful, fresh, as } = stand;
  const etnas: Cost[] = [];
  const carefuls: Cost[] = [];
  for (let run = -warmUps; run < runs; run += 1) {
    const etna = await costOf(coldEtna, as(coldEtna), screenOf(fresh.next().value));
    const rival = await costOf(careful, as(careful), STANDARD_SCREEN);
    if (run < 0) continue;
    etnas.push(etna);
    carefuls.push(rival);
  }
  const wall = {
    etna: median(etnas.map(({ wallMs }) => wallMs)),
    careful: median(carefuls.map(({ wallMs }) => wallMs)),
  };
  const cpu = { etna: median(etnas.map(({ cpuMs }) => cpuMs)), careful: median(carefuls.map(({ cpuMs }) => cpuMs)) };
  return [
    {
      figure: "wall time of the standard screen, cold, with a token",
      beside: `careful ${ms(wall.careful)}`,
      etna: `${ms(wall.etna)} = ${ratio(wall.etna / wall.careful)}`,
      target: "at most 0.3 of careful",
      reached: wall.etna <= 0.3 * wall.careful,
    },
    {
      figure: "the gateway's CPU for it",
      beside: `careful ${ms(cpu.careful)}`,
      etna: `${ms(cpu.etna)} = ${ratio(cpu.etna / cpu.careful)}`,
      target: "at most 45 ms, or 0.45 of careful",
      reached: cpu.etna <= 45 || cpu.etna <= 0.45 * cpu.careful,
    },
    await addedRow(stand, warmUps * CALLS_PER_RUN, runs * CALLS_PER_RUN),
  ];
}

async function costOf(gateway: Running, viewer: Viewer, operation: Operation): Promise<Cost> {
  const before = await gateway.usage();
  const start = performance.now();
  await post(viewer, operation);
  const wallMs = performance.now() - start;
  return { wallMs, cpuMs: (await gateway.usage()).cpuMs - before.cpuMs };
}

async function addedRow({ coldEtna, upstream, fresh, as }: Stand, warmUps: number, calls: number): Promise<Row> {
  const server = fresh.next().value;
  const firstId = QUEUED_IDS.length + 2;
  const { authorization } = headersOf(upstream.token);
  const etnas: number[] = [];
  const bare: number[] = [];
  for (let call = -warmUps; call < calls; call += 1) {
    const id = firstId + warmUps + call;
    const start = performance.now();
    await post(as(coldEtna), stateOf(id, server));
    const between = performance.now();
    const response = await fetch(`${upstream.url}/api/v0.2/jobs/${id}/`, {
      headers: { authorization: authorization ?? "" },
    });
    await response.json();
    if (call < 0) continue;
    etnas.push(between - start);
    bare.push(performance.now() - between);
  }
  const added = median(etnas) - median(bare);
  return {
    figure: "added to one upstream call that is not cached",
    beside: `the call alone ${ms(median(bare))}`,
    etna: ms(added),
    target: "at most 2 ms",
    reached: added <= 2,
  };
}
