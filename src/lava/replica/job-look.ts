// One way through the numbers of a list: which jobs are in it, what has to be read before that is sure, and until when it
// holds.

import { clock } from "../../ci/live/clock.js";
import type { Ask } from "../../net/ask.js";
import type { TestJobEvent } from "../protocol/event.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { WireTestJob } from "../protocol/wire.js";
import type { JobQuery } from "./job-query.js";
import type { SharedRows } from "./shared-rows.js";

export interface LookOptions {
  readonly rows: SharedRows<LavaJobId, WireTestJob, TestJobEvent>;
  /** How long a read holds of which events tell the end, in milliseconds. */
  readonly holdsMs: () => number;
  /** Longest that a read proves that its viewer may see what is in it. */
  readonly rightsMs: number;
}

/** What one list comes by. */
export class Look {
  readonly jobs: WireTestJob[] = [];
  readonly unproved: LavaJobId[] = [];
  readonly hidden: LavaJobId[] = [];
  until = Infinity;
  readonly #now = clock.now();
  readonly #holds: number;
  readonly #proof: number;

  constructor(
    private readonly options: LookOptions,
    private readonly ask: Ask,
    private readonly since: number,
    private readonly headLow: number,
    /** What was read since then answers the question, whatever has happened meanwhile. */
    private readonly asked: number,
  ) {
    this.#holds = options.holdsMs();
    this.#proof = options.rightsMs;
  }

  get checks(): number {
    return this.unproved.length + this.hidden.length;
  }

  at(id: LavaJobId, { fits, isThere }: JobQuery): void {
    const { rows } = this.options;
    const open = rows.openOf(id);
    const job = open?.value ?? null;
    if (job !== null && !fits(job)) return;
    const hasEnded = job?.state === "Finished";
    if (job !== null && hasEnded && !isThere(job)) return;
    // What has ended, or is not shown, changes by rights alone; all newest ones are read together anyway.
    const holds = hasEnded || (job === null && id < this.headLow) ? this.#proof : this.#holds;
    const isProved = rows.isProved(id, this.#from(holds));
    if (!isProved && (open === undefined || open.begun < this.asked)) {
      this.unproved.push(id);
      if (open === undefined) return;
    }
    this.#rest(isProved ? (open?.begun ?? this.#now) + holds : this.#now);
    if (job === null) this.#own(id, fits, isThere);
    else if (isThere(job)) this.jobs.push(job);
  }

  /** Numbers of which no event might tell. */
  above(top: number, count: number): void {
    if (this.ask.token === null) return;
    for (let id = top + 1; id <= top + count; id += 1)
      this.#own(
        toJobId(id),
        () => false,
        () => false,
      );
  }

  #own(id: LavaJobId, fits: JobQuery["fits"], isThere: JobQuery["isThere"]): void {
    if (this.ask.token === null) return;
    const { rows } = this.options;
    const own = rows.ownOf(id, this.ask, this.#from(this.#proof));
    const holds = own?.value?.state === "Finished" ? this.#proof : this.#holds;
    const isKnown = own !== undefined && own.begun >= this.#from(holds);
    const last = isKnown ? own : rows.lastOwn(id, this.ask);
    if (last === undefined || (!isKnown && last.begun < this.asked)) {
      this.hidden.push(id);
      return;
    }
    this.#rest(isKnown ? own.begun + holds : this.#now);
    const job = last.value;
    if (job !== null && fits(job) && isThere(job)) this.jobs.push(job);
  }

  #from(holds: number): number {
    return Math.max(this.#now - holds, this.since);
  }

  #rest(until: number): void {
    this.until = Math.min(this.until, until);
  }
}
