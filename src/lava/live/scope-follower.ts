// Follows every test job of a scope, new ones too, without end.

import { setTimeout as sleep } from "node:timers/promises";
import { UpdateSource } from "../../ci/enums.js";
import type { TestJobEvent } from "../protocol/event.js";
import type { News } from "./feed.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import { UNFINISHED, isBehind } from "./job-change.js";
import { JobFollower, RETRY_MS } from "./job-follower.js";
import type { FollowerParts, Known } from "./job-follower.js";
import type { Query } from "../protocol/job-search.js";
import type { WireTestJob } from "../protocol/wire.js";

/** The jobs that a follower without a list of ids is interested in. */
export interface JobScope {
  /** LAVA's own filter, for reads; two scopes with the same query match the same jobs. */
  readonly query: Query;
  /** The same, for a job that an event has named. */
  readonly matches: (wire: WireTestJob) => boolean;
}

/** Unfinished jobs in a scope's snapshot, newest first, and new ones that one look can find. */
const SCOPE_MAX = 100;
/** Until a job that an event has named, but the database does not show, is read again. */
const NEW_JOB_MS = 100;
/** Jobs that a scope remembers to have ended, or to be of no interest, and not to be shown. */
const CLOSED_MAX = 5_000;

/** Knows those that have not finished. */
export class ScopeFollower extends JobFollower {
  /** Ended, or of no interest: nothing of them is told any more. */
  readonly #closed = new BoundedSet<number>(CLOSED_MAX);
  /** Not shown to this viewer when an event first named them: they are not waited for again. */
  readonly #hidden = new BoundedSet<number>(CLOSED_MAX);
  #newestId = 0;

  constructor(
    parts: FollowerParts,
    private readonly scope: JobScope,
  ) {
    super(parts);
  }

  /** What a snapshot shows, oldest first. */
  shown(): readonly Known[] {
    const jobs = [...this.known.values()].sort((a, b) => a.wire.id - b.wire.id);
    return jobs.slice(-SCOPE_MAX);
  }

  protected async begin(): Promise<void> {
    const { client, ask } = this.parts;
    const newest = await client.jobs({ ordering: "-id", limit: 1 }, ask);
    this.#newestId = newest.results[0]?.id ?? 0;
    const query = { ...this.scope.query, state__in: UNFINISHED, ordering: "-id", limit: SCOPE_MAX };
    const unfinished = await client.jobs(query, ask);
    for (const wire of [...unfinished.results].reverse()) {
      this.known.set(toJobId(wire.id), { wire, provenAt: Date.now() });
    }
  }

  protected isOver(): boolean {
    return false;
  }

  protected async take(item: News): Promise<void> {
    if (item.kind === "look") {
      await this.look(item.source);
      await this.#findNew(item.source);
    } else if (item.event.kind === "testjob" && !this.#closed.has(item.event.jobId)) {
      if (this.known.has(item.event.jobId)) {
        this.account(item.number);
        await this.advance(item.event);
      } else {
        await this.#meet(item.event, item.number);
      }
    }
  }

  protected ended(id: LavaJobId): void {
    this.known.delete(id);
    this.#closed.add(id);
  }

  /** Not seen before: the read decides whether it concerns this viewer at all. */
  async #meet(event: TestJobEvent, number: number): Promise<void> {
    const wire = await this.readEventually(event.jobId, event.state === "Finished");
    if (wire === undefined) return;
    if (wire === null) {
      if (!this.#hidden.has(event.jobId)) void this.#meetLater(event);
      return;
    }
    this.account(number);
    // The event's own state, even when the read is further on: the later ones have their own events.
    this.#welcome(event, event.state === "Finished" ? wire : { ...wire, state: event.state, health: event.health });
  }

  /**
   * The event may be ahead of the database, or its job not for this viewer: only a second look tells. Nothing waits for
   * it meanwhile, or somebody's private jobs would hold up all others.
   */
  async #meetLater(event: TestJobEvent): Promise<void> {
    this.#hidden.add(event.jobId);
    await sleep(NEW_JOB_MS, undefined, { signal: this.parts.feed.signal, ref: false }).catch(() => undefined);
    const wire = await this.readEventually(event.jobId, event.state === "Finished");
    // A later event of the same job may have come first.
    if (wire == null || this.known.has(event.jobId) || this.#closed.has(event.jobId)) return;
    const isFurther = event.state === "Finished" || isBehind(event.state, wire.state);
    this.#welcome(event, isFurther ? wire : { ...wire, state: event.state, health: event.health });
  }

  #welcome(event: TestJobEvent, wire: WireTestJob): void {
    this.#newestId = Math.max(this.#newestId, event.jobId);
    if (this.scope.matches(wire)) this.#add(wire, UpdateSource.BUS);
    else this.#closed.add(event.jobId);
  }

  /** Those that the bus has not told of. */
  async #findNew(source: UpdateSource): Promise<void> {
    const { client, feed, ask } = this.parts;
    try {
      const query = { ...this.scope.query, id__gt: this.#newestId, ordering: "id", limit: SCOPE_MAX };
      const { results } = await client.jobs(query, ask);
      for (const wire of results) {
        this.#newestId = Math.max(this.#newestId, wire.id);
        if (this.#closed.has(wire.id) || this.known.has(toJobId(wire.id)) || !this.scope.matches(wire)) continue;
        this.#add(wire, source);
      }
    } catch {
      feed.lookWithin(RETRY_MS);
    }
  }

  #add(wire: WireTestJob, source: UpdateSource): void {
    if (wire.state === "Finished") this.#closed.add(wire.id);
    else this.known.set(toJobId(wire.id), { wire, provenAt: Date.now() });
    this.tell(wire, source);
  }
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
