// Follows test jobs for all subscribers that want the same jobs with the same rights. LAVA's bus is a hint, not a record:
// events come doubled, swapped, early or not at all, and carry private jobs to everybody. So a follower starts with a read
// under its viewer's rights, events only move it forward, and regular looks (a read of all followed jobs in bulk) deliver
// what the bus has lost. Whatever it learns is told to its subscribers in the same instant: what it knows and what it has
// told never differ, so that a subscriber may come at any time.

import { setTimeout as sleep } from "node:timers/promises";
import { UpdateSource } from "../../ci/enums.js";
import { Hub } from "../../events/hub.js";
import type { HubSubscription } from "../../events/hub.js";
import type { Ask } from "../../net/ask.js";
import type { HeldReader } from "./bulk-reader.js";
import type { LavaClient } from "../client/client.js";
import type { TestJobEvent } from "../protocol/event.js";
import type { LavaFeed, News } from "./feed.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import { applyEvent, isChange } from "./job-change.js";
import type { JobChange } from "./job-change.js";
import type { WireTestJob } from "../protocol/wire.js";

/** A change as subscribers get it: one object for all of them, by which they know that it is the same. */
export interface JobUpdate extends JobChange {
  /** Place in the feed's ring from which a follower that comes back misses nothing after this update. */
  readonly position: number;
  /** True with the first update of a follower that came back too late: it begins with a snapshot. */
  readonly expired: boolean;
}

/** What a follower works with; all are closed with it. */
export interface FollowerParts {
  readonly client: LavaClient;
  readonly feed: LavaFeed;
  readonly ask: Ask;
  readonly news: HubSubscription<News>;
  readonly reader: HeldReader<LavaJobId, WireTestJob>;
  /** Called when later subscribers had better begin with a follower of their own. */
  readonly retire: () => void;
}

export interface Known {
  wire: WireTestJob;
  /** When LAVA last showed the job to this viewer, in milliseconds. */
  provenAt: number;
  /** The last snapshot that a subscriber was given of it. */
  snapshot?: JobUpdate;
}

/** After a read that failed. */
export const RETRY_MS = 2_000;
/** How long a proof that the viewer may see the job holds for further events, and further subscribers. */
const RIGHTS_MS = 30_000;
/** The bus is up to some 25 ms ahead of the database (once in 40 events); waits between reads until it has caught up. */
const CATCH_UP_MS = [20, 50, 100, 250, 500, 1_000];

export abstract class JobFollower {
  /** What a snapshot shows, once `ready`. */
  readonly known = new Map<LavaJobId, Known>();
  readonly #updates = new Hub<JobUpdate>();
  /** Place of the last event that was taken into account. */
  #position: number;
  #ready: Promise<void> | undefined;
  #proving: Promise<void> | undefined;
  #closed = false;

  constructor(protected readonly parts: FollowerParts) {
    this.#position = parts.feed.ring.last;
  }

  /** Follows from the first call on. Rejects with the first read's failure. */
  get ready(): Promise<void> {
    if (this.#ready === undefined) {
      this.#ready = this.begin();
      this.#ready.then(() => this.#run()).catch((error: unknown) => this.#end(error));
    }
    return this.#ready;
  }

  /** The first read. */
  protected abstract begin(): Promise<void>;
  /** Takes one piece of news into account. Never rejects. */
  protected abstract take(item: News): Promise<void>;
  /** Whether no more change can come. */
  protected abstract isOver(): boolean;
  /** A known job has come to its end. */
  protected abstract ended(id: LavaJobId): void;

  /** From now on; what was told before is in `known`. */
  subscribe(): HubSubscription<JobUpdate> {
    return this.#updates.subscribe();
  }

  /** The job as it is known, the same object for all who ask before its next change. */
  snapshot(known: Known): JobUpdate {
    if (known.snapshot?.wire !== known.wire || known.snapshot.position !== this.#position) {
      const { wire } = known;
      known.snapshot = { wire, source: UpdateSource.SNAPSHOT, position: this.#position, expired: false };
    }
    return known.snapshot;
  }

  /** Whether it was shown to the viewer a short time ago. */
  isProven(known: Known): boolean {
    return Date.now() - known.provenAt <= RIGHTS_MS;
  }

  /** Reads those again whose proof is too old; what the viewer may not see any more is forgotten. Throws `UpstreamError`. */
  prove(): Promise<void> {
    this.#proving ??= this.#prove().finally(() => (this.#proving = undefined));
    return this.#proving;
  }

  /** Ends its subscribers. Harmless when repeated. */
  close(): void {
    this.#end();
  }

  /** Says a change of what is known; to be called in the same instant as that is changed. */
  protected tell(wire: WireTestJob, source: UpdateSource): void {
    if (source === UpdateSource.REPAIRED) this.parts.feed.countRepaired();
    this.#updates.publish({ wire, source, position: this.#position, expired: false });
  }

  /** An event of this number is taken into account. */
  protected account(position: number): void {
    this.#position = position;
  }

  /** The viewer may not see the job any more. */
  protected forget(id: LavaJobId): void {
    this.known.delete(id);
  }

  /** Moves a known job on by an event about it. */
  protected async advance(event: TestJobEvent): Promise<void> {
    const known = this.known.get(event.jobId);
    if (known === undefined || known.wire.state === "Finished") return;
    let next = applyEvent(known.wire, event);
    if (next === null) return;
    if (next.state === "Finished" || !this.isProven(known)) {
      const read = await this.readEventually(event.jobId, next.state === "Finished");
      if (read === undefined || this.known.get(event.jobId) !== known) return;
      if (read === null) {
        this.forget(event.jobId);
        return;
      }
      known.provenAt = Date.now();
      // An event's own state is delivered even when the read is further on: the later ones have their own events.
      if (next.state === "Finished") next = read;
      if (!isChange(known.wire, next)) return;
    }
    this.#change(known, next, UpdateSource.BUS);
  }

  /** Reads all that has not ended, and tells what the bus has not told. */
  protected async look(source: UpdateSource): Promise<void> {
    const { reader, feed } = this.parts;
    let reads: (readonly [LavaJobId, Known, WireTestJob | null])[];
    try {
      const open = [...this.known].filter(([, { wire }]) => wire.state !== "Finished");
      reads = await Promise.all(open.map(async ([id, known]) => [id, known, await reader.read(id)] as const));
    } catch {
      feed.lookWithin(RETRY_MS);
      return;
    }
    for (const [id, known, read] of reads) {
      if (this.known.get(id) !== known) continue;
      if (read === null) {
        this.forget(id);
        continue;
      }
      known.provenAt = Date.now();
      if (isChange(known.wire, read)) this.#change(known, read, source);
      else if (read.state === known.wire.state) known.wire = read;
    }
  }

  /** A read that an event asks for; undefined when the server does not answer, which a look soon makes up for. */
  protected async readEventually(id: LavaJobId, ended = false): Promise<WireTestJob | null | undefined> {
    const { reader, feed } = this.parts;
    try {
      let job = await reader.read(id);
      for (const ms of ended ? CATCH_UP_MS : []) {
        if (job === null || job.state === "Finished") return job;
        await sleep(ms, undefined, { signal: feed.signal });
        job = await reader.read(id);
      }
      if (ended && job?.state !== "Finished") feed.lookWithin(RETRY_MS);
      return job;
    } catch {
      feed.lookWithin(RETRY_MS);
      return undefined;
    }
  }

  async #run(): Promise<void> {
    while (!this.#closed && !this.isOver()) {
      const item = await this.parts.news.next();
      if (item.done === true) break;
      await this.take(item.value);
    }
    this.#end();
  }

  #change(known: Known, wire: WireTestJob, source: UpdateSource): void {
    known.wire = wire;
    if (wire.state === "Finished") this.ended(toJobId(wire.id));
    this.tell(wire, source);
  }

  async #prove(): Promise<void> {
    const stale = [...this.known].filter(([, known]) => !this.isProven(known));
    const reads = await Promise.all(
      stale.map(async ([id, known]) => [id, known, await this.parts.reader.read(id)] as const),
    );
    for (const [id, known, read] of reads) {
      if (read === null) {
        this.forget(id);
        continue;
      }
      known.provenAt = Date.now();
      // Not told from here: its event may be on its way, and would come out of turn.
      if (isChange(known.wire, read)) this.parts.feed.lookWithin(RETRY_MS);
    }
  }

  #end(error?: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.parts.retire();
    this.parts.news.close();
    this.parts.reader.close();
    this.#updates.end(error);
  }
}
