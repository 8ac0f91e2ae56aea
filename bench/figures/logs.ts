// Pages of a long log: what they ask of the upstream, and what they leave in memory.

import { startPart } from "../parts/process.js";
import { logPage, post } from "../screen.js";
import { LOG_JOB_ID, LOG_LINES } from "../upstream/data.js";
import { mebibytes } from "./figure.js";
import type { Row } from "./figure.js";
import type { Stand } from "./stand.js";

const LATER_PAGES = 10;
const MEMORY_MAX_BYTES = 64 * 1024 * 1024;

export async function logRows(stand: Stand): Promise<Row[]> {
  const { upstream, as } = stand;
  const etna = await stand.startEtna();
  const requestsOf = async (after: string | null): Promise<number> => {
    await upstream.reset();
    await post(as(etna), logPage(LOG_JOB_ID, after));
    return (await upstream.counts()).total;
  };
  // Who the viewer is was asked before, and the code for a log has run.
  await post(as(etna), logPage(LOG_JOB_ID + 1, null));
  const before = await etna.usage();
  const start = performance.now();
  const first = await requestsOf(null);
  const firstMs = performance.now() - start;
  const cursors = Array.from({ length: LATER_PAGES }, (_, at) =>
    String(Math.floor(((at + 0.5) * LOG_LINES) / LATER_PAGES)),
  );
  const later: number[] = [];
  for (const cursor of cursors) later.push(await requestsOf(cursor));
  const again: number[] = [];
  for (const cursor of [null, ...cursors]) again.push(await requestsOf(cursor));
  const added = (await etna.usage()).rssBytes - before.rssBytes;
  await etna.stop();

  const yaml = await startPart("yamlLog");
  const yamlBefore = await yaml.usage();
  const whole = await yaml.read(`${upstream.url}/api/v0.2/jobs/${LOG_JOB_ID}/logs/`);
  const yamlAdded = (await yaml.usage()).rssBytes - yamlBefore.rssBytes;
  await yaml.stop();
  return [
    {
      figure: `first page of a log of ${whole.lines} lines, upstream requests`,
      beside: `js-yaml reads it all in ${whole.ms.toFixed(0)} ms`,
      etna: `${first} in ${firstMs.toFixed(0)} ms`,
      target: "at most 2",
      reached: first <= 2,
    },
    {
      figure: `any later page of it (${LATER_PAGES} asked), upstream requests`,
      beside: "",
      etna: `${Math.max(...later)} at most`,
      target: "at most 2",
      reached: Math.max(...later) <= 2,
    },
    {
      figure: "pages of it that were seen before, upstream requests",
      beside: "",
      etna: `${Math.max(...again)} at most`,
      target: "0",
      reached: Math.max(...again) === 0,
    },
    {
      figure: "resident memory that they added",
      beside: `js-yaml ${mebibytes(yamlAdded)}`,
      etna: mebibytes(added),
      target: "at most 64 MiB",
      reached: added <= MEMORY_MAX_BYTES,
    },
  ];
}
