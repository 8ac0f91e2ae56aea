// The measuring stand: `npm run bench`, or `npm run bench -- --quick` for a look whether it works.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { coldRows } from "./figures/cold.js";
import { eventRows } from "./figures/events.js";
import { FULL, QUICK } from "./figures/figure.js";
import type { Row } from "./figures/figure.js";
import { livingRows } from "./figures/living.js";
import { logSearchRows } from "./figures/log-search.js";
import { logRows } from "./figures/logs.js";
import { processRows } from "./figures/process.js";
import { realPriceRows } from "./figures/real-prices.js";
import { rowMemoryRows } from "./figures/row-memory.js";
import { requestRows } from "./figures/requests.js";
import { slowRows } from "./figures/slow.js";
import { startStand } from "./figures/stand.js";
import { throughputRows } from "./figures/throughput.js";
import { startPart } from "./parts/process.js";
import { toMarkdown, toTerminal } from "./table.js";

/** From bench/dist/bench. */
const RESULTS = join(import.meta.dirname, "../../results.md");

const quick = process.argv.includes("--quick");
/** Words of the steps to measure, e.g. `logs`; all when there are none. */
const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const settings = quick ? QUICK : FULL;
const stand = await startStand();
const tutorial = await startPart("tutorial", stand.upstream.url);
const { upstream, fresh } = stand;
const steps: readonly (readonly [string, () => Promise<Row[]>])[] = [
  [
    "upstream requests",
    () =>
      requestRows({
        upstream,
        etna: stand.coldEtna.url,
        careful: stand.careful.url,
        tutorial: tutorial.url,
        fresh,
        patient: settings.patient,
      }),
  ],
  ["the standard screen, cold", () => coldRows(stand, settings)],
  ["requests per second", () => throughputRows(stand, settings)],
  ["logs", () => logRows(stand)],
  ["log search", () => logSearchRows()],
  ["events", () => eventRows(stand, settings)],
  ["a slow LAVA", () => slowRows(stand)],
  ["living lab", () => livingRows(stand, settings)],
  ["real prices", () => realPriceRows(stand)],
  ["row memory", () => rowMemoryRows()],
  ["the process", () => processRows(stand, settings)],
];

const rows: Row[] = [];
for (const [name, measure] of steps) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
  process.stderr.write(`${name} ...\n`);
  try {
    rows.push(...(await measure()));
  } catch (error) {
    // The other figures are worth having without these.
    const etna = `failed: ${error instanceof Error ? error.message : String(error)}`;
    rows.push({ figure: name, beside: "", etna, target: "measured", reached: false });
  }
}
await tutorial.stop();
await stand.close();
process.stdout.write(`${toTerminal(rows)}\n`);
// Neither a quick look nor a part is a result.
if (!quick && wanted.length === 0) writeFileSync(RESULTS, toMarkdown(rows, "npm run bench", settings.runs));
