// Live updates of a LAVA that takes a second for each request: many ends at once are read together, so that none is late.

import { startPart } from "../parts/process.js";
import { REQUEST_MS } from "../upstream/cost-model.js";
import { ms } from "./figure.js";
import type { Row } from "./figure.js";
import type { Stand } from "./stand.js";

const JOBS = 32;
const SLOW_MS = 1_000;
/** One that is under way when they end, and one for all. */
const READS_MAX = 2;
const LATE_MS = READS_MAX * SLOW_MS + 250;

const UPDATES = "subscription ($jobs: [ID!]) { testJobUpdates(jobIds: $jobs) { state testJob { jobId } } }";

export async function slowRows({ upstream, startEtna }: Stand): Promise<Row[]> {
  const etna = await startEtna();
  const listener = await startPart("subscribers");
  const bare = await startPart("bareSubscriber", upstream.eventUrl);
  try {
    await listener.open(etna.url.replace("http", "ws"), 1, "graphql");
    const jobs = await upstream.submit(JOBS);
    await listener.subscribe(UPDATES, { jobs: jobs.map(String) });
    const heard = (job: number, state: string) => listener.allHave(`"state":"${state}","testJob":{"jobId":"${job}"}`);
    for (const job of jobs) await heard(job, "SUBMITTED");
    await upstream.slow(SLOW_MS);
    await upstream.reset();
    for (const job of jobs) await upstream.cancel(job);
    const delays: number[] = [];
    for (const job of jobs) {
      const { atMs } = await heard(job, "FINISHED");
      delays.push(atMs - ((await bare.arrivedAt(job, "Finished")) ?? NaN));
    }
    const { total } = await upstream.counts();
    const longest = Math.max(...delays);
    return [
      {
        figure: `longest delay of ${JOBS} jobs that end at once, at ${SLOW_MS / 1_000} s a request`,
        beside: `one request each: ${JOBS * (SLOW_MS / 1_000)} s`,
        etna: `${ms(longest)}, ${total} requests`,
        target: `at most ${READS_MAX} requests, ${ms(LATE_MS)}`,
        reached: total <= READS_MAX && longest <= LATE_MS,
      },
    ];
  } finally {
    await upstream.slow(REQUEST_MS);
    await Promise.all([etna.stop(), listener.stop(), bare.stop()]);
  }
}
