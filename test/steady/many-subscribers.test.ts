// A thousand jobs and two hundred subscribers of different rights over a bus that lies: what each is told equals what the
// server's own state says that they may see.

import { expect, test, vi } from "vitest";
import { Subscriber } from "zeromq";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { JobView, LavaSandbox } from "../../src/sandbox/lava/index.js";
import { Random } from "../../src/sandbox/random.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { Subscribed, TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { eventsOf, untilConnected } from "../e2e/scene.js";

const WAVES = 20;
const WAVE_JOBS = 50;
/** In these waves the publisher is down while half of the jobs run. */
const OUTAGES: readonly number[] = [6, 13];
const NAMED_PER_WAVE = 9;
const TIMEOUT_MS = 300_000;

const VIEWERS = ["anonymous", "alice", "bob", "admin"] as const;
type Viewer = (typeof VIEWERS)[number];
/** Who may see a job besides its submitter and admin. */
const VISIBILITIES = { public: "public", personal: "personal", "kernel-team": "{group: [kernel-team]}" } as const;
type Visibility = keyof typeof VISIBILITIES;

const LIFE = ["SUBMITTED", "SCHEDULED", "RUNNING", "FINISHED"];

const FOLLOW = `subscription ($jobIds: [ID!], $filter: TestJobUpdatesFilter) {
  testJobUpdates(jobIds: $jobIds, filter: $filter) { state health source testJob { jobId } } }`;

interface Played {
  readonly id: number;
  readonly wave: number;
  readonly lane: string;
  readonly visibility: Visibility;
  /** Whether the bus told all of it, so that each state must be seen. */
  isWhole: boolean;
}

interface Told {
  readonly viewer: Viewer;
  readonly wants: (job: Played, view: JobView) => boolean;
  /** By job, in the order in which they came. */
  readonly states: Map<number, string[]>;
  /** Jobs of which a read came before the bus' events: it says so. */
  readonly repaired: Set<number>;
  readonly read: Promise<void>;
  readonly following: Subscribed<Record<string, any>>;
}

function maySee(viewer: Viewer, { submitter }: JobView, visibility: Visibility): boolean {
  if (viewer === "admin" || viewer === submitter || visibility === "public") return true;
  return visibility === "kernel-team" && viewer === "alice";
}

function follow(
  gateway: TestGateway,
  lava: LavaSandbox,
  viewer: Viewer,
  variables: Record<string, unknown>,
  wants: Told["wants"],
): Told {
  const following = gateway.subscribe(
    FOLLOW,
    variables,
    viewer === "anonymous" ? {} : asUser(lava.users[viewer].token),
  );
  const states = new Map<number, string[]>();
  const repaired = new Set<number>();
  const read = (async () => {
    for (let result = await following.next(); result !== undefined; result = await following.next()) {
      expect(result.errors).toBeUndefined();
      const { state, health, source, testJob } = result.data?.testJobUpdates ?? {};
      const id = Number(testJob.jobId);
      if (source === "REPAIRED" || source === "POLL") repaired.add(id);
      states.set(id, [...(states.get(id) ?? []), state === "FINISHED" ? `${state} ${health}` : state]);
    }
  })();
  return { viewer, wants, states, repaired, read, following };
}

/** Sends every event that comes a second time, and some once more when later ones are out already. */
async function echo(lava: LavaSandbox): Promise<() => void> {
  const socket = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  socket.connect(lava.eventUrl);
  socket.subscribe();
  const seen = new Set<string>();
  const late: Buffer[][] = [];
  void (async () => {
    for await (const frames of socket) {
      const uuid = String(frames[1]);
      if (seen.has(uuid)) continue;
      seen.add(uuid);
      await lava.publisher.sendRaw(frames);
      late.push(frames);
      if (late.length > 7) await lava.publisher.sendRaw(late.shift() ?? frames);
      if (seen.size % 50 === 0) await lava.publisher.sendRaw(["org.lavasoftware.testjob", "junk"]);
    }
  })();
  await vi.waitFor(async () => {
    await lava.publisher.sendRaw([
      "org.lavasoftware.novelty",
      crypto.randomUUID(),
      new Date().toISOString(),
      "x",
      "{}",
    ]);
    expect(seen.size).toBeGreaterThan(0);
  });
  return () => socket.close();
}

test(
  "each of 200 subscribers is told every change that it may see of 1,000 jobs, once, in order, and nothing else",
  async ({ onTestFinished }) => {
    const random = new Random(4);
    const lava = await createLavaSandbox({ jobs: 0 });
    onTestFinished(() => lava.close());
    const gateway = await startGateway({ lava: [{ url: lava.url }] });
    onTestFinished(() => gateway.close());
    await untilConnected(gateway);
    const endEcho = await echo(lava);
    onTestFinished(endEcho);

    const scoped = VIEWERS.flatMap((viewer) => [
      follow(gateway, lava, viewer, {}, () => true),
      follow(gateway, lava, viewer, {}, () => true),
      ...["alice", "bob"].map((submitter) =>
        follow(
          gateway,
          lava,
          viewer,
          { filter: { submitters: [submitter] } },
          (_job, view) => view.submitter === submitter,
        ),
      ),
      follow(gateway, lava, viewer, { filter: { text: "lane 1" } }, ({ lane }) => lane === "lane 1"),
    ]);
    // All have a round trip behind them before the first job is there: they follow by then.
    await gateway.query(`{ testJobs(first: 1) { totalCount } }`);

    const jobs: Played[] = [];
    /** As the server has them; it forgets old ones. */
    const views = new Map<number, JobView>();
    const named: Told[] = [];

    for (let wave = 0; wave < WAVES; wave += 1) {
      const isOutage = OUTAGES.includes(wave);
      const own: Played[] = [];
      for (let at = 0; at < WAVE_JOBS; at += 1) {
        const lane = `lane ${Math.floor(random.next() * 10)}`;
        const visibility = (Object.keys(VISIBILITIES) as Visibility[])[Math.floor(random.next() * 3)] ?? "public";
        const definition = jobFile("queued")
          .replace("waits for a board", `job ${at} of wave ${wave}, ${lane}`)
          .replace("visibility: public", `visibility: ${VISIBILITIES[visibility]}`);
        // Only a member may keep a job to a group.
        const submitter = visibility === "kernel-team" || random.next() < 0.5 ? "alice" : "bob";
        own.push({ id: Number(lava.submit(submitter, definition)[0]), wave, lane, visibility, isWhole: !isOutage });
      }
      jobs.push(...own);
      for (const { id } of own) views.set(id, lava.job(id) as JobView);

      for (let at = 0; at < NAMED_PER_WAVE; at += 1) {
        const viewer = VIEWERS[at % VIEWERS.length] ?? "anonymous";
        const visible = own.filter((job) => maySee(viewer, views.get(job.id) as JobView, job.visibility));
        const ids =
          at < VIEWERS.length
            ? [visible[Math.floor(random.next() * visible.length)]?.id ?? 0]
            : visible.map(({ id }) => id);
        const variables = at % 9 < VIEWERS.length ? { jobIds: [String(ids[0])] } : { jobIds: ids.map(String) };
        named.push(follow(gateway, lava, viewer, variables, ({ id }) => ids.includes(id)));
      }
      const newest = named.slice(-NAMED_PER_WAVE);
      await vi.waitFor(
        () => {
          for (const told of [...scoped, ...newest]) {
            for (const id of expectedOf(told, own, views).keys()) expect(told.states.has(id)).toBe(true);
          }
        },
        { timeout: 60_000, interval: 20 },
      );

      const half = own.length / 2;
      const end = (job: Played) => (["Complete", "Incomplete", "Canceled"] as const)[job.id % 3] ?? "Complete";
      for (const [at, job] of own.entries()) {
        if (isOutage && at === 5) await lava.publisher.stop();
        if (isOutage && at === half) await lava.publisher.start();
        const early = at % 10 === 9 ? ({ event: "early" } as const) : {};
        if (at % 2 === 0) await lava.advance(job.id, "Running", early);
        await lava.advance(job.id, "Finished", { health: end(job), ...early });
        views.set(job.id, lava.job(job.id) as JobView);
      }
      // Until all waits of this wave have ended and the next has begun, no queue can overflow.
      await Promise.all(newest.map(({ read }) => read));
      await vi.waitFor(
        () => {
          for (const told of scoped) expectEnds(told, own, views);
        },
        { timeout: 60_000, interval: 20 },
      );
      if (isOutage) await untilConnected(gateway);
    }

    const all = [...scoped, ...named];
    expect(all).toHaveLength(200);
    expect(jobs).toHaveLength(1_000);
    for (const told of all) {
      const expected = expectedOf(told, jobs, views);
      expect([...told.states.keys()].toSorted((a, b) => a - b)).toEqual([...expected.keys()]);
      for (const [id, { life, isWhole }] of expected) {
        const states = told.states.get(id) ?? [];
        if (isWhole && !told.repaired.has(id)) expect(states, `${told.viewer}, job ${id}`).toEqual(life);
        // A part of its life in its order, with the end.
        expect(
          life.filter((state) => states.includes(state)),
          `${told.viewer}, job ${id}`,
        ).toEqual(states);
        expect(states.at(-1)).toBe(life.at(-1));
      }
    }
    expect((await eventsOf(gateway)).dropped).toBeGreaterThan(0);
    for (const { following } of scoped) following.close();
  },
  TIMEOUT_MS,
);

function expectedOf({ viewer, wants }: Told, jobs: readonly Played[], views: ReadonlyMap<number, JobView>) {
  return new Map(
    jobs.flatMap((job) => {
      const view = views.get(job.id) as JobView;
      if (!maySee(viewer, view, job.visibility) || !wants(job, view)) return [];
      const life = [...LIFE.slice(0, -1), `FINISHED ${view.health.toUpperCase()}`];
      return [[job.id, { life, isWhole: job.isWhole }] as const];
    }),
  );
}

/** Throws unless it has been told the end of each of these jobs that it may see. */
function expectEnds(told: Told, jobs: readonly Played[], views: ReadonlyMap<number, JobView>): void {
  for (const [id, { life }] of expectedOf(told, jobs, views)) {
    expect(told.states.get(id)?.at(-1), `${told.viewer}, job ${id}`).toBe(life.at(-1));
  }
}
