// Follows test jobs. LAVA's bus is a hint, not a record: events come doubled, swapped, early or not at all, and carry
// private jobs to everybody. So a follower starts with a read under its own rights, events only move it forward, and
// regular looks (a read of all followed jobs in bulk) deliver what the bus has lost.

import { setTimeout as sleep } from "node:timers/promises";
import { UpdateSource } from "../ci/update-source.js";
import type { HubSubscription } from "../events/hub.js";
import { createStream } from "../events/stream.js";
import type { Secret } from "../net/secret.js";
import { BulkReaders } from "./bulk-reader.js";
import type { HeldReader } from "./bulk-reader.js";
import type { LavaClient } from "./client.js";
import type { LavaEvent, TestJobEvent } from "./event.js";
import type { LavaFeed, News } from "./feed.js";
import { toJobId } from "./ids.js";
import type { LavaJobId } from "./ids.js";
import type { Query } from "./rest.js";
import type { WireTestJob } from "./wire.js";

/** A test job as of one change of its state or health. */
export interface JobUpdate {
  readonly wire: WireTestJob;
  readonly source: UpdateSource;
}

/** The jobs that a follower without a list of ids is interested in. */
export interface JobScope {
  /** LAVA's own filter, for reads. */
  readonly query: Query;
  /** The same, for a job that an event has named. */
  readonly matches: (wire: WireTestJob) => boolean;
}

/** After a read that failed. */
const RETRY_MS = 2_000;
/** How long a proof that the viewer may see the job holds for further events. */
const RIGHTS_MS = 30_000;
/** The bus is up to some 25 ms ahead of the database (once in 40 events); waits between reads until it has caught up. */
const CATCH_UP_MS = [20, 50, 100, 250, 500, 1_000];
/** Until a job that an event has named, but the database does not show, is read again. */
const NEW_JOB_MS = 100;
/** Unfinished jobs in a scope's snapshot, newest first, and new ones that one look can find. */
const SCOPE_MAX = 100;
/** Jobs that a scope remembers to have ended, or to be of no interest. */
const CLOSED_MAX = 5_000;

const UNFINISHED = "Submitted,Scheduling,Scheduled,Running,Canceling";
const LIFE = [...UNFINISHED.split(","), "Finished"];

interface Known {
  wire: WireTestJob;
  /** When LAVA last showed the job to this viewer, in milliseconds. */
  provenAt: number;
}

/** Followers of one server's test jobs. */
export class TestJobWatch {
  readonly #readers: BulkReaders<LavaJobId, WireTestJob>;

  constructor(
    private readonly client: LavaClient,
    private readonly feed: LavaFeed,
  ) {
    this.#readers = new BulkReaders(
      (ids, token) => client.jobsById(ids, token),
      (wire) => toJobId(wire.id),
    );
  }

  /**
   * The jobs now, in the ids' order, then each change of a job's state or health once and in order, until all have
   * finished. Ends at once, without any update, when the viewer may not see one of them. The first read's failure is
   * thrown; later ones only delay what they would have told.
   */
  follow(ids: readonly LavaJobId[], token: Secret | null): AsyncIterableIterator<JobUpdate, undefined> {
    const wanted = new Set<number>(ids);
    return this.#stream(
      (event) => wanted.has(event.jobId),
      token,
      (news, reader) => this.#updatesOfSet([...new Set(ids)], news, reader),
    );
  }

  /**
   * The unfinished jobs of a scope now (at most 100, oldest first), then each change of any of its jobs, new ones too.
   * Never completes by itself.
   */
  followScope(scope: JobScope, token: Secret | null): AsyncIterableIterator<JobUpdate, undefined> {
    return this.#stream(
      () => true,
      token,
      (news, reader) => this.#updatesOfScope(scope, token, news, reader),
    );
  }

  #stream(
    wants: (event: TestJobEvent) => boolean,
    token: Secret | null,
    run: (
      news: HubSubscription<News>,
      reader: HeldReader<LavaJobId, WireTestJob>,
    ) => AsyncGenerator<JobUpdate, undefined, undefined>,
  ): AsyncIterableIterator<JobUpdate, undefined> {
    const news = this.feed.subscribe((event: LavaEvent) => event.kind === "testjob" && wants(event));
    const reader = this.#readers.open(token);
    const updates = (async function* () {
      try {
        return yield* run(news, reader);
      } finally {
        news.close();
        reader.close();
      }
    })();
    return createStream(
      () => updates.next(),
      () => {
        news.close();
        return updates.return(undefined);
      },
    );
  }

  async *#updatesOfSet(
    ids: readonly LavaJobId[],
    news: HubSubscription<News>,
    reader: HeldReader<LavaJobId, WireTestJob>,
  ): AsyncGenerator<JobUpdate, undefined, undefined> {
    const jobs = new Map<LavaJobId, Known>();
    const now = await Promise.all(ids.map((id) => reader.read(id)));
    if (now.includes(null)) return;
    for (const wire of now) {
      if (wire === null) continue;
      if (wire.state !== "Finished") jobs.set(toJobId(wire.id), { wire, provenAt: Date.now() });
      yield { wire, source: UpdateSource.SNAPSHOT };
    }
    while (jobs.size > 0) {
      const item = await news.next();
      if (item.done === true) return;
      yield* this.#advance(jobs, item.value, reader);
    }
  }

  async *#updatesOfScope(
    scope: JobScope,
    token: Secret | null,
    news: HubSubscription<News>,
    reader: HeldReader<LavaJobId, WireTestJob>,
  ): AsyncGenerator<JobUpdate, undefined, undefined> {
    const jobs = new Map<LavaJobId, Known>();
    /** Ended, or of no interest: nothing of them is delivered any more. */
    const closed = new BoundedSet<number>(CLOSED_MAX);
    const newest = await this.client.jobs({ ordering: "-id", limit: 1 }, token);
    let newestId = newest.results[0]?.id ?? 0;
    const unfinished = await this.client.jobs(
      { ...scope.query, state__in: UNFINISHED, ordering: "-id", limit: SCOPE_MAX },
      token,
    );
    for (const wire of [...unfinished.results].reverse()) {
      jobs.set(toJobId(wire.id), { wire, provenAt: Date.now() });
      yield { wire, source: UpdateSource.SNAPSHOT };
    }
    for await (const item of news) {
      if (item.kind === "event" && item.event.kind === "testjob") {
        const { jobId } = item.event;
        if (closed.has(jobId)) continue;
        if (!jobs.has(jobId)) {
          // Not seen before: the read decides whether it concerns this viewer at all.
          const wire = await this.#readNew(reader, jobId);
          if (wire == null) continue;
          newestId = Math.max(newestId, jobId);
          if (!scope.matches(wire)) {
            closed.add(jobId);
            continue;
          }
          const told = { ...wire, state: item.event.state, health: item.event.health };
          const behind = LIFE.indexOf(told.state) < LIFE.indexOf(wire.state);
          const seen = behind || told.state === "Finished" ? wire : told;
          yield { wire: seen, source: UpdateSource.BUS };
          if (seen.state === "Finished") closed.add(jobId);
          else jobs.set(jobId, { wire: seen, provenAt: Date.now() });
          continue;
        }
      }
      for await (const update of this.#advance(jobs, item, reader)) {
        yield update;
        if (update.wire.state === "Finished") closed.add(update.wire.id);
      }
      if (item.kind !== "look") continue;
      try {
        const query = { ...scope.query, id__gt: newestId, ordering: "id", limit: SCOPE_MAX };
        const { results } = await this.client.jobs(query, token);
        for (const wire of results) {
          newestId = Math.max(newestId, wire.id);
          if (closed.has(wire.id) || jobs.has(toJobId(wire.id)) || !scope.matches(wire)) continue;
          if (wire.state === "Finished") closed.add(wire.id);
          else jobs.set(toJobId(wire.id), { wire, provenAt: Date.now() });
          this.#note(item.source);
          yield { wire, source: item.source };
        }
      } catch {
        this.feed.lookWithin(RETRY_MS);
      }
    }
  }

  /** Moves the known jobs on by one piece of news; what has finished, or is no longer shown, leaves the map. */
  async *#advance(
    jobs: Map<LavaJobId, Known>,
    item: News,
    reader: HeldReader<LavaJobId, WireTestJob>,
  ): AsyncGenerator<JobUpdate, void, undefined> {
    if (item.kind === "event") {
      if (item.event.kind !== "testjob") return;
      const known = jobs.get(item.event.jobId);
      const next = known === undefined ? null : applyEvent(known.wire, item.event);
      if (known === undefined || next === null) return;
      if (next.state === "Finished" || Date.now() - known.provenAt > RIGHTS_MS) {
        const read = await this.#readEventually(reader, item.event.jobId, next.state === "Finished");
        if (read === undefined) return;
        if (read === null) {
          jobs.delete(item.event.jobId);
          return;
        }
        known.provenAt = Date.now();
        // An event's own state is delivered even when the read is further on: the later ones have their own events.
        known.wire = next.state === "Finished" ? read : next;
        if (next.state === "Finished" && read.state !== "Finished") return;
      } else {
        known.wire = next;
      }
      if (known.wire.state === "Finished") jobs.delete(item.event.jobId);
      yield { wire: known.wire, source: UpdateSource.BUS };
      return;
    }

    let reads: (readonly [LavaJobId, Known, WireTestJob | null])[];
    try {
      reads = await Promise.all([...jobs].map(async ([id, known]) => [id, known, await reader.read(id)] as const));
    } catch {
      this.feed.lookWithin(RETRY_MS);
      return;
    }
    for (const [id, known, read] of reads) {
      if (read === null) {
        jobs.delete(id);
        continue;
      }
      known.provenAt = Date.now();
      const changed = isChange(known.wire, read);
      if (changed || read.state === known.wire.state) known.wire = read;
      if (!changed) continue;
      if (read.state === "Finished") jobs.delete(id);
      this.#note(item.source);
      yield { wire: read, source: item.source };
    }
  }

  /** Null may mean that the event is ahead of the database, or that the job is not for this viewer: only a second look tells. */
  async #readNew(reader: HeldReader<LavaJobId, WireTestJob>, id: LavaJobId): Promise<WireTestJob | null | undefined> {
    const wire = await this.#readEventually(reader, id);
    if (wire !== null) return wire;
    await sleep(NEW_JOB_MS, undefined, { signal: this.feed.signal }).catch(() => undefined);
    return this.#readEventually(reader, id);
  }

  /** A read that an event asks for; undefined when the server does not answer, which a look soon makes up for. */
  async #readEventually(
    reader: HeldReader<LavaJobId, WireTestJob>,
    id: LavaJobId,
    ended = false,
  ): Promise<WireTestJob | null | undefined> {
    try {
      let job = await reader.read(id);
      for (const ms of ended ? CATCH_UP_MS : []) {
        if (job === null || job.state === "Finished") return job;
        await sleep(ms, undefined, { signal: this.feed.signal });
        job = await reader.read(id);
      }
      if (ended && job?.state !== "Finished") this.feed.lookWithin(RETRY_MS);
      return job;
    } catch {
      this.feed.lookWithin(RETRY_MS);
      return undefined;
    }
  }

  #note(source: UpdateSource): void {
    if (source === UpdateSource.REPAIRED) this.feed.countRepaired();
  }
}

/** The job as the event leaves it; null for an event that tells nothing new: a duplicate, or one that runs backward. */
export function applyEvent(job: WireTestJob, event: TestJobEvent): WireTestJob | null {
  const next: WireTestJob = {
    ...job,
    state: event.state,
    health: event.health,
    actual_device: event.device ?? job.actual_device,
    start_time: event.startTime ?? job.start_time,
    end_time: event.endTime ?? job.end_time,
  };
  return isChange(job, next) ? next : null;
}

/** Whether `next` is a later state, or another health in the same one. States only grow. */
function isChange(known: WireTestJob, next: WireTestJob): boolean {
  if (known.state === next.state) return known.health !== next.health;
  const [from, to] = [LIFE.indexOf(known.state), LIFE.indexOf(next.state)];
  // A state that this version does not know can't be placed: it is a change like any other, except after the end.
  return known.state !== "Finished" && (from === -1 || to === -1 || to > from);
}

/** Remembers the last `max` values. */
class BoundedSet<T> {
  readonly #values = new Set<T>();

  constructor(private readonly max: number) {}

  has(value: T): boolean {
    return this.#values.has(value);
  }

  add(value: T): void {
    this.#values.add(value);
    const [oldest] = this.#values;
    if (this.#values.size > this.max && oldest !== undefined) this.#values.delete(oldest);
  }
}
