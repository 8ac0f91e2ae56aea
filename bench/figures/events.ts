// Live updates: what an event costs with many subscribers, how late it comes, and whether answers are as new as it.

import { startPart } from "../parts/process.js";
import { JOB_UPDATES, post, stateOf } from "../screen.js";
import { QUEUED_IDS } from "../upstream/data.js";
import { median, ms, ratio } from "./figure.js";
import type { Row, Settings } from "./figure.js";
import { SERVER } from "./stand.js";
import type { Stand } from "./stand.js";

/** Changes of a job's state that need no look at the upstream: its end, which does, is not measured. */
const MEASURED = ["Scheduled", "Running"] as const;

/** What an update to this state has in it. */
function marked(state: string): string {
  return `"state":"${state.toUpperCase()}"`;
}

export async function eventRows(stand: Stand, settings: Settings): Promise<Row[]> {
  const jobs = QUEUED_IDS.values();
  const perFigure = Math.ceil(settings.runs / MEASURED.length);
  return [
    await fanOutRow(
      stand,
      settings,
      Array.from({ length: perFigure + 1 }, () => jobs.next().value ?? 0),
    ),
    ...(await latencyRows(
      stand,
      Array.from({ length: perFigure + 1 }, () => jobs.next().value ?? 0),
    )),
  ];
}

/** The first job of a list is played too, and not counted. */
async function fanOutRow(stand: Stand, { subscribers: count }: Settings, jobs: readonly number[]): Promise<Row> {
  const { etna, upstream } = stand;
  const listeners = await startPart("subscribers");
  const plain = await startPart("subscribers");
  const bare = await startPart("bareBroadcast");
  await listeners.open(etna.url.replace("http", "ws"), count, "graphql");
  await plain.open(bare.url, count, "plain");
  const etnas: number[] = [];
  const bares: number[] = [];
  for (const [at, job] of jobs.entries()) {
    await listeners.reset();
    await listeners.subscribe(JOB_UPDATES, { job: String(job) });
    await listeners.allHave(marked("Submitted"));
    for (const state of MEASURED) {
      const before = await etna.usage();
      await upstream.advance(job, state);
      const { message } = await listeners.allHave(marked(state));
      const etnaMs = (await etna.usage()).cpuMs - before.cpuMs;

      await plain.reset();
      const bareBefore = await bare.usage();
      await bare.send(message);
      await plain.allHave(marked(state));
      const bareMs = (await bare.usage()).cpuMs - bareBefore.cpuMs;
      if (at === 0) continue;
      etnas.push(etnaMs);
      bares.push(bareMs);
    }
    await upstream.advance(job, "Finished");
    await listeners.allHave('"type":"complete"');
  }
  await Promise.all([listeners.stop(), plain.stop(), bare.stop()]);
  const times = median(etnas) / median(bares);
  return {
    figure: `CPU for one event to ${count} subscribers of one job`,
    beside: `bare broadcast ${ms(median(bares))}`,
    etna: `${ms(median(etnas))} = ${ratio(times)}`,
    target: "at most 3 of bare",
    reached: times <= 3,
  };
}

async function latencyRows({ etna, upstream, as }: Stand, jobs: readonly number[]): Promise<Row[]> {
  const listener = await startPart("subscribers");
  const bare = await startPart("bareSubscriber", upstream.eventUrl);
  await listener.open(etna.url.replace("http", "ws"), 1, "graphql");
  const added: number[] = [];
  let answers = 0;
  let old = 0;
  for (const [at, job] of jobs.entries()) {
    await listener.reset();
    await listener.subscribe(JOB_UPDATES, { job: String(job) });
    await listener.allHave(marked("Submitted"));
    await post(as(etna), stateOf(job, SERVER));
    for (const state of [...MEASURED, "Finished"] as const) {
      await upstream.advance(job, state);
      const { atMs } = await listener.allHave(marked(state));
      const answer = await post(as(etna), stateOf(job, SERVER));
      answers += 1;
      if (!answer.includes(marked(state))) old += 1;
      const bareMs = await bare.arrivedAt(job, state);
      if (at > 0 && state !== "Finished") added.push(atMs - (bareMs ?? NaN));
    }
    await listener.allHave('"type":"complete"');
  }
  await Promise.all([listener.stop(), bare.stop()]);
  return [
    {
      figure: "added by Etna between bus and subscriber",
      beside: "a bare subscriber, 0",
      etna: ms(median(added)),
      target: "at most 5 ms",
      reached: median(added) <= 5,
    },
    {
      figure: "answers older than the last event told",
      beside: "",
      etna: `${old} of ${answers}`,
      target: "0",
      reached: old === 0,
    },
  ];
}
