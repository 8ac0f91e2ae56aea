// Live test jobs over a real LAVA whose publisher is stopped and started while jobs run: no end is missed, nothing comes
// twice or backward, and bob's private jobs are told to bob only.

import { afterAll, expect, inject, test } from "vitest";
import { startUsers } from "../contract/users.js";
import { untilConnected } from "../e2e/scene.js";
import type { Subscribed } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { publisherOf } from "./publisher-process.js";

const lava = inject("lava");
const users = startUsers(() => Promise.resolve({ url: lava.url, eventUrl: null, tokens: lava.tokens }));
const publisher = publisherOf(lava.home);
afterAll(() => publisher.start());

const LIFE = ["SUBMITTED", "SCHEDULING", "SCHEDULED", "RUNNING", "FINISHED"];
/** Public ones of alice and private ones of bob, one after the other. */
const JOBS = 20;
const TIMEOUT_MS = 300_000;

const FOLLOW = `subscription ($jobIds: [ID!]) {
  testJobUpdates(jobIds: $jobIds) { state health source testJob { jobId } } }`;

interface Told {
  /** By job, in the order in which they came: `RUNNING UNKNOWN`. */
  readonly states: Map<string, string[]>;
  readonly following: Subscribed<Record<string, any>>;
  readonly ended: Promise<void>;
}

function follow(params: Record<string, string>, jobIds?: readonly string[]): Told {
  const following = users.gateway.subscribe(FOLLOW, { jobIds }, params);
  const states = new Map<string, string[]>();
  const ended = (async () => {
    for (let result = await following.next(); result !== undefined; result = await following.next()) {
      expect(result.errors).toBeUndefined();
      const { state, health, testJob } = result.data?.testJobUpdates ?? {};
      states.set(testJob.jobId, [...(states.get(testJob.jobId) ?? []), `${state} ${health}`]);
    }
  })();
  return { states, following, ended };
}

test(
  "the publisher goes down and comes back in the middle, and nobody notices but by the source",
  async () => {
    const { gateway, alice, bob } = users;
    await untilConnected(gateway);
    const scopes = { anonymous: follow({}), alice: follow(alice), bob: follow(bob) };
    // All have a round trip behind them before the first job is there: they follow by then.
    await gateway.query(`{ testJobs(first: 1) { totalCount } }`);

    const open: string[] = [];
    const secret: string[] = [];
    const waits: Told[] = [];
    for (let at = 0; at < JOBS; at += 1) {
      const isOpen = at % 2 === 0;
      const jobId = isOpen
        ? await users.submit(jobFile("played"), alice)
        : await users.submit(jobFile("played-private"), bob);
      (isOpen ? open : secret).push(jobId);
      waits.push(follow(isOpen ? {} : bob, [jobId]));
      if (isOpen) waits.push(follow(bob, [jobId]));
      if (at === 6) {
        await waits.at(-1)?.following.next();
        await publisher.stop();
        await untilConnected(gateway, false);
      }
      if (at === 12) {
        await publisher.start();
        await untilConnected(gateway);
      }
    }
    waits.push(follow(bob, [...open, ...secret]), follow({}, open));
    await Promise.all(waits.map(({ ended }) => ended));

    const { data } = await gateway.query(`{ testJobs(first: 100) { nodes { jobId state health } } }`, {}, bob);
    const ends = new Map<string, string>(
      data.testJobs.nodes.map((job: Record<string, string>) => [job.jobId, `${job.state} ${job.health}`]),
    );
    for (const jobId of [...open, ...secret]) expect(ends.get(jobId)).toMatch(/^FINISHED/);

    // A scope has no end: what it has to tell of these jobs is there when a wait that began later has ended.
    const last = await users.submit(jobFile("played"), alice);
    await follow({}, [last]).ended;
    for (const { states, following } of Object.values(scopes)) {
      await expect.poll(() => states.get(last)?.at(-1), { timeout: 60_000 }).toMatch(/^FINISHED/);
      following.close();
    }
    for (const { states } of [...waits, ...Object.values(scopes)]) {
      for (const [jobId, told] of states) {
        const places = told.map((one) => LIFE.indexOf(one.split(" ")[0] ?? ""));
        expect(places, `job ${jobId}: ${told.join(", ")}`).toEqual([...new Set(places)].sort((a, b) => a - b));
        if (ends.has(jobId)) expect(told.at(-1), `job ${jobId}`).toBe(ends.get(jobId));
      }
    }
    const toldOf = ({ states }: Told) => [...open, ...secret].filter((jobId) => states.has(jobId)).sort();
    expect(toldOf(scopes.bob)).toEqual([...open, ...secret].sort());
    expect(toldOf(scopes.anonymous)).toEqual([...open].sort());
    expect(toldOf(scopes.alice)).toEqual([...open].sort());
    const events = await gateway.query(`{ servers { events { source connected repaired } } }`);
    expect(events.data.servers[0].events).toMatchObject({ source: "ZMQ", connected: true });
  },
  TIMEOUT_MS,
);
