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
  /** Place in the feed's ring from which a follower that comes back misses nothing after this update. */
  readonly position: number;
  /** True with the first update of a follower that came back too late: it begins with a snapshot. */
  readonly expired: boolean;
}

/** A change as the inner generators find it; `Follower` adds the rest. */
type Change = Pick<JobUpdate, "wire" | "source">;

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

/** Events of so many different jobs are replayed for one that comes back; with more it begins with a snapshot. */
const REPLAYED_JOBS_MAX = 500;

/** One subscriber's hold on the feed. */
interface Follower {
  readonly news: HubSubscription<News>;
  readonly reader: HeldReader<LavaJobId, WireTestJob>;
  readonly token: Secret | null;
  /** Place of the last event that was taken into account. */
  position: number;
  expired: boolean;
}

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
   * @param after position of an update that was delivered before: what came since is replayed in place of the snapshot.
   */
  follow(
    ids: readonly LavaJobId[],
    token: Secret | null,
    after: number | null = null,
  ): AsyncIterableIterator<JobUpdate, undefined> {
    const wanted = new Set<number>(ids);
    return this.#stream(
      (event) => wanted.has(event.jobId),
      token,
      (follower) => this.#updatesOfSet([...new Set(ids)], follower, after),
    );
  }

  /**
   * The unfinished jobs of a scope now (at most 100, oldest first), then each change of any of its jobs, new ones too.
   * Never completes by itself. `after` as for `follow`.
   */
  followScope(
    scope: JobScope,
    token: Secret | null,
    after: number | null = null,
  ): AsyncIterableIterator<JobUpdate, undefined> {
    return this.#stream(
      () => true,
      token,
      (follower) => this.#updatesOfScope(scope, follower, after),
    );
  }

  #stream(
    wants: (event: TestJobEvent) => boolean,
    token: Secret | null,
    run: (follower: Follower) => AsyncGenerator<Change, undefined, undefined>,
  ): AsyncIterableIterator<JobUpdate, undefined> {
    const news = this.feed.subscribe((event: LavaEvent) => event.kind === "testjob" && wants(event));
    const reader = this.#readers.open(token);
    const follower: Follower = { news, reader, token, position: this.feed.ring.last, expired: false };
    const updates = (async function* (): AsyncGenerator<JobUpdate, undefined, undefined> {
      try {
        for await (const change of run(follower)) {
          yield { ...change, position: follower.position, expired: follower.expired };
          follower.expired = false;
        }
      } finally {
        news.close();
        reader.close();
      }
    })();
    return createStream(
      () => updates.next(),
      () => {
        news.close();
        reader.close();
        return updates.return(undefined);
      },
    );
  }

  async *#updatesOfSet(
    ids: readonly LavaJobId[],
    follower: Follower,
    after: number | null,
  ): AsyncGenerator<Change, undefined, undefined> {
    const jobs = new Map<LavaJobId, Known>();
    const now = await Promise.all(ids.map((id) => follower.reader.read(id)));
    if (now.includes(null)) return;
    const wires = now.filter((wire) => wire !== null);
    const missed = this.#missed(follower, after, (event) => wires.some((wire) => wire.id === event.jobId));
    for (const wire of wires) {
      if (wire.state !== "Finished") jobs.set(toJobId(wire.id), { wire, provenAt: Date.now() });
      yield* replay(wire, missed);
    }
    while (jobs.size > 0) {
      const item = await follower.news.next();
      if (item.done === true) return;
      yield* this.#advance(jobs, item.value, follower);
    }
  }

  /** Events that a follower who comes back has missed; none, and `expired` set, when they can't be told any more. */
  #missed(follower: Follower, after: number | null, wants: (event: TestJobEvent) => boolean): readonly TestJobEvent[] {
    if (after === null) return [];
    const kept = this.feed.ring.after(after);
    const events = (kept ?? []).flatMap(({ event, number }) =>
      number <= follower.position && event.kind === "testjob" && wants(event) ? [event] : [],
    );
    follower.expired = kept === null || new Set(events.map((event) => event.jobId)).size > REPLAYED_JOBS_MAX;
    return follower.expired ? [] : events;
  }

  async *#updatesOfScope(
    scope: JobScope,
    follower: Follower,
    after: number | null,
  ): AsyncGenerator<Change, undefined, undefined> {
    const { news, reader, token } = follower;
    const jobs = new Map<LavaJobId, Known>();
    /** Ended, or of no interest: nothing of them is delivered any more. */
    const closed = new BoundedSet<number>(CLOSED_MAX);
    const newest = await this.client.jobs({ ordering: "-id", limit: 1 }, token);
    let newestId = newest.results[0]?.id ?? 0;
    const unfinished = await this.client.jobs(
      { ...scope.query, state__in: UNFINISHED, ordering: "-id", limit: SCOPE_MAX },
      token,
    );
    for (const wire of [...unfinished.results].reverse()) jobs.set(toJobId(wire.id), { wire, provenAt: Date.now() });
    const missed = this.#missed(follower, after, () => true);
    if (after === null || follower.expired) {
      for (const { wire } of [...jobs.values()]) yield { wire, source: UpdateSource.SNAPSHOT };
    } else {
      const ids = [...new Set(missed.map((event) => event.jobId))];
      for (const wire of await Promise.all(ids.map((id) => reader.read(id)))) {
        if (wire === null || !scope.matches(wire)) continue;
        if (wire.state === "Finished") closed.add(wire.id);
        yield* replay(wire, missed);
      }
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
          follower.position = item.number;
          yield { wire: seen, source: UpdateSource.BUS };
          if (seen.state === "Finished") closed.add(jobId);
          else jobs.set(jobId, { wire: seen, provenAt: Date.now() });
          continue;
        }
      }
      for await (const update of this.#advance(jobs, item, follower)) {
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
    follower: Follower,
  ): AsyncGenerator<Change, void, undefined> {
    const { reader } = follower;
    if (item.kind === "event") {
      if (item.event.kind !== "testjob") return;
      follower.position = item.number;
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

/**
 * What the bus told of a job while its follower was away, in order, up to the state that was read; then the read itself
 * where it is further on, or where the bus told nothing.
 */
function* replay(wire: WireTestJob, missed: readonly TestJobEvent[]): Generator<Change, void, undefined> {
  let told: WireTestJob | null = null;
  for (const event of missed) {
    if (event.jobId !== toJobId(wire.id) || LIFE.indexOf(event.state) > LIFE.indexOf(wire.state)) continue;
    const next: WireTestJob = event.state === wire.state ? wire : { ...wire, state: event.state, health: event.health };
    if (told !== null && !isChange(told, next)) continue;
    told = next;
    yield { wire: told, source: UpdateSource.BUS };
  }
  if (told === null) yield { wire, source: UpdateSource.SNAPSHOT };
  else if (isChange(told, wire)) yield { wire, source: UpdateSource.REPAIRED };
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
