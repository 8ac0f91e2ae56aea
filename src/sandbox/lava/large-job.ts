// A job with far more results and log than a lab's usual ones: for tests of what must not be held whole.
import { boardDefinition } from "./catalog.js";
import { requestsOf } from "./definition.js";
import type { ResultMessage } from "./model.js";
import type { LargeJob } from "./options.js";
import { verdict } from "./scripts.js";
import type { LavaStore, LogEntry } from "./store.js";
import { now } from "./text.js";

const SUITES = 5;
/** Since it began; so that it has ended when it is added. */
const LIFE_MICROS = 900_000_000;

/** Adds it as alice's, finished just now. Every 7th case failed, every 11th was skipped, every 5th measured something. */
export function addLargeJob(store: LavaStore, { cases, logLines, repeats = logLines, lastCaseAt }: LargeJob): void {
  const [request] = requestsOf(
    "alice",
    boardDefinition({
      deviceType: "qemu",
      kernel: "v6.12.8",
      suites: ["ltp-syscalls"],
      visibility: "public",
      priority: "low",
      number: 1,
    }),
  );
  if (request === undefined) return;
  const start = now() - LIFE_MICROS;
  const job = store.add({ ...request, description: "large job" }, start);
  job.device = "qemu-01";
  job.startTime = start;
  store.append(
    job,
    Array.from({ length: Math.min(logLines, repeats) }, (_, at) => lineEntry(at)),
    start,
  );
  for (let at = repeats; at < logLines; at += 1) job.log.push(job.log[at - repeats] ?? "");
  // Without a line for each: they would double the log.
  for (let at = 0; at < cases; at += 1) {
    const place = at === cases - 1 && lastCaseAt !== undefined ? { starttc: lastCaseAt } : {};
    store.addCase(job, { ...caseMessage(at, cases), ...place }, start + at);
  }
  store.append(job, [verdict()], start);
  job.endTime = start + LIFE_MICROS / 2;
  job.state = "Finished";
  job.health = "Complete";
  store.keep(job);
}

function lineEntry(at: number): LogEntry {
  return { level: "target", message: `[${(at / 1000).toFixed(3)}] line ${at} of a long log, as a board prints it` };
}

function caseMessage(at: number, cases: number): ResultMessage {
  const inSuite = Math.ceil(cases / SUITES);
  return {
    case: `case-${at % inSuite}`,
    definition: `${Math.floor(at / inSuite)}_large`,
    result: at % 7 === 6 ? "fail" : at % 11 === 10 ? "skip" : "pass",
    ...(at % 5 === 4 ? { measurement: String(at), units: "ms" } : {}),
    ...(at % 100 === 0 ? { set: "hundreds" } : {}),
  };
}
