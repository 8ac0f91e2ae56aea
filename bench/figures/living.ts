// A lab in which something happens, and people with tokens of their own who look at it: what they cost together. Beside it,
// in the same run, a poller that remembers nothing and a careful gateway that keeps its answers for 5 s.

import { setTimeout as sleep } from "node:timers/promises";
import { startPart } from "../parts/process.js";
import type { PartProcess } from "../parts/process.js";
import { post } from "../screen.js";
import type { Operation } from "../screen.js";
import { ratio } from "./figure.js";
import type { Row, Settings } from "./figure.js";
import type { Stand } from "./stand.js";

const POLL_MS = 5_000;
const CHANGE_MS = 2_000;
const VIEWERS = 20;
const MANY = 200;
/** An answer may be so much older than the change. */
const FRESH_MS = 250;
const STEPS = ["Scheduled", "Running", "Finished"] as const;

const LIST: Operation = {
  query: `{ testJobs(first: 50) { nodes { jobId state health device { hostname deviceType { name } } } } }`,
};

const WITH_CASES: Operation = {
  query: `{ testJobs(first: 50) { nodes { jobId state health device { hostname } suites { name cases(first: 50) { nodes { name result } } } } } }`,
};
interface Scene {
  readonly gateway: { readonly url: string };
  readonly viewers: number;
  /** Whether the jobs that move are among the newest 50. */
  readonly onScreen: boolean;
  readonly ms: number;
  /** Default: the list. */
  readonly screen?: Operation;
}

interface Seen {
  readonly answers: number;
  readonly requests: number;
  readonly stale: number;
  /** How long after a change it was last not shown, at most, in milliseconds. */
  readonly oldest: number;
  /** Answers that hold what their viewer may not see. */
  readonly leaks: number;
}

export async function livingRows(stand: Stand, { livingMs: ms }: Settings): Promise<Row[]> {
  const { upstream } = stand;
  const url = upstream.url;
  const plain = await startPart("careful", url, 0);
  const careful = await startPart("careful", url, 5_000);
  const etna = await stand.startEtna();
  const rows: Row[] = [];
  const compare = async (figure: string, target: number, onScreen: boolean) => {
    const seen = [];
    for (const gateway of [plain, careful, etna]) {
      seen.push(await look(upstream, { gateway, viewers: VIEWERS, onScreen, ms }));
    }
    const [poller, kept, own] = seen.map(({ requests, answers }) => requests / answers);
    const { stale = 0, leaks = 0, oldest = 0 } = seen[2] ?? {};
    rows.push({
      figure,
      beside: `poller ${ratio(poller ?? NaN)}, careful ${ratio(kept ?? NaN)} (${seen[1]?.stale ?? 0} stale)`,
      etna: `${ratio(own ?? NaN)}, ${stale} stale (a change shown after ${Math.round(oldest)} ms at most), ${leaks} leaks`,
      target: `at most ${target}, none stale, 0 leaks`,
      reached: (own ?? Infinity) <= target && stale === 0 && leaks === 0,
    });
  };
  try {
    const living = `requests an answer: ${VIEWERS} viewers with own tokens, 50 jobs with devices every 5 s, a change every 2 s`;
    await compare(living, 0.15, true);
    await compare("the same, changes off the screen", 0.05, false);
    const cases = await look(upstream, { gateway: etna, viewers: VIEWERS, onScreen: true, ms, screen: WITH_CASES });
    const each = cases.requests / cases.answers;
    rows.push({
      figure: "the same as the first, with suites and cases",
      // Each answer is a hundred requests to them: their upstream has no end of it.
      beside: "",
      etna: `${ratio(each)}, ${cases.stale} stale, ${cases.leaks} leaks`,
      target: "at most 0.2, none stale, 0 leaks",
      reached: each <= 0.2 && cases.stale === 0 && cases.leaks === 0,
    });
    const few = await look(upstream, { gateway: etna, viewers: VIEWERS, onScreen: true, ms });
    // Once for each new token.
    await look(upstream, { gateway: etna, viewers: MANY, onScreen: true, ms: POLL_MS });
    const many = await look(upstream, { gateway: etna, viewers: MANY, onScreen: true, ms });
    rows.push({
      figure: `requests in ${ms / 1_000} s, ${MANY} viewers against ${VIEWERS}`,
      beside: `${VIEWERS} viewers: ${few.requests}`,
      etna: `${many.requests} for ${many.answers} answers`,
      target: "the same, within 20 %, or 3 requests",
      reached: many.requests <= Math.max(few.requests * 1.2, few.requests + 3) && many.stale === 0,
    });
    await upstream.hide();
    await compare("the same as the first, with 10 % private jobs and 5 % restricted boards", 0.3, true);
  } finally {
    await Promise.all([plain, careful, etna].map((one) => one.stop()));
  }
  return rows;
}

/** Half of the viewers may see what is private. */
async function look(
  upstream: PartProcess<"upstream">,
  { gateway, viewers, onScreen, ms, screen = LIST }: Scene,
): Promise<Seen> {
  const tokens = Array.from({ length: viewers }, (_, at) =>
    at % 2 === 0 ? `${upstream.token}.${at}` : `${upstream.strangersToken}.${at}`,
  );
  const hidden = new Set((await upstream.hidden()).map(String));
  const jobs = onScreen ? await upstream.submit(Math.ceil(ms / CHANGE_MS / STEPS.length) + 1) : await upstream.older();
  const ask = async (token: string) => {
    const text = await post({ url: gateway.url, token }, screen);
    return (JSON.parse(text) as { data: { testJobs: { nodes: { jobId: string | number; state: string }[] } } }).data
      .testJobs.nodes;
  };
  for (const token of tokens.slice(0, 4)) await ask(token);
  await Promise.all(tokens.map(ask));
  await sleep(500);
  await upstream.reset();
  const moved = new Map<string, { readonly state: string; readonly at: number }[]>();
  let [answers, stale, leaks, oldest] = [0, 0, 0, 0];
  const end = performance.now() + ms;
  const poll = async (token: string, at: number) => {
    await sleep((at * POLL_MS) / viewers);
    while (performance.now() < end) {
      const began = performance.now();
      const nodes = await ask(token);
      answers += 1;
      for (const { jobId, state } of nodes) {
        if (at % 2 === 1 && hidden.has(String(jobId))) leaks += 1;
        const missed = moved
          .get(String(jobId))
          ?.filter((change) => change.at < began && rank(state) < rank(change.state));
        oldest = Math.max(oldest, ...(missed ?? []).map((change) => began - change.at));
        const before = moved.get(String(jobId))?.filter((change) => change.at < began - FRESH_MS) ?? [];
        const newest = before.at(-1)?.state;
        if (newest !== undefined && rank(state) < rank(newest)) stale += 1;
      }
      await sleep(Math.max(0, POLL_MS - (performance.now() - began)));
    }
  };
  const live = async () => {
    for (const job of jobs) {
      for (const step of STEPS) {
        if (performance.now() >= end) {
          // Its board is wanted by others.
          if (step !== "Scheduled") await upstream.advance(job, "Finished");
          return;
        }
        await upstream.advance(job, step);
        moved.set(String(job), [...(moved.get(String(job)) ?? []), { state: step, at: performance.now() }]);
        await sleep(CHANGE_MS);
      }
    }
  };
  await Promise.all([...tokens.map(poll), live()]);
  return { answers, requests: (await upstream.counts()).total, stale, leaks, oldest };
}

function rank(state: string): number {
  return ["SUBMITTED", "SCHEDULED", "RUNNING", "FINISHED"].indexOf(state.toUpperCase());
}
