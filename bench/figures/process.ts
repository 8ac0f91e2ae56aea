// Etna as a process: how soon it is ready, and what it holds after all the other figures.

import { mebibytes, median } from "./figure.js";
import type { Row, Settings } from "./figure.js";
import type { Stand } from "./stand.js";

const READY_MAX_MS = 2_000;
const MEMORY_MAX_BYTES = 200 * 1024 * 1024;

/** To be asked last. */
export async function processRows(stand: Stand, { runs }: Settings): Promise<Row[]> {
  const starts: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const etna = await stand.startEtna();
    starts.push(etna.startMs);
    await etna.stop();
  }
  const { rssBytes } = await stand.etna.usage();
  return [
    {
      figure: "from start to ready",
      beside: "",
      etna: `${(median(starts) / 1000).toFixed(2)} s`,
      target: "at most 2 s",
      reached: median(starts) <= READY_MAX_MS,
    },
    {
      figure: "resident memory after the bench",
      beside: "",
      etna: mebibytes(rssBytes),
      target: "at most 200 MiB",
      reached: rssBytes <= MEMORY_MAX_BYTES,
    },
  ];
}
