// The newest test jobs of a server, from one number up to the newest: read by ranges, the newest ones first, as everybody is
// shown them. A number within, of which anonymous reads show nothing, is a gap. Its test: test/lava/replica/differential.test.ts.

import { clock } from "../../ci/live/clock.js";
import type { Ask } from "../../net/ask.js";
import { placed } from "../../net/rows.js";
import { toJobId } from "../protocol/ids.js";
import type { Query } from "../protocol/job-search.js";
import type { WireTestJob } from "../protocol/wire.js";
import { asAnonymous } from "./anonymous.js";
import type { Publicity } from "./anonymous.js";
import { Gather } from "./gather.js";
import { bytesOf, packJob } from "./packed-job.js";
import type { JobRows } from "./kinds.js";

/** Numbers that are covered, down from the newest. */
const JOBS_MAX = 20_000;
/** Jobs of one read by range. */
const RANGE_JOBS = 100;
/** Numbers that such a read may span: where more are missing, the rows are of no use. */
const RANGE_MAX = 2_000;
/** The oldest number down to which a small lab is known as a whole. */
const WHOLE_MAX = 1_000;
/** Until rows are tried again where they were of no use. */
const USELESS_MS = 600_000;
/** What is known of a number besides its job. */
const GAP_BYTES = 300;

export interface JobRangesOptions {
  readonly publicity: Publicity;
  readonly rows: JobRows;
  /** A page of `jobs/` as the asker sees it, past every cache. */
  readonly list: (query: Query, ask: Ask) => Promise<readonly WireTestJob[]>;
  /** Most bytes of the jobs, asked anew each time. */
  readonly maxBytes: () => number;
  /** Told what they take. */
  readonly onBytes: (bytes: number) => void;
  /** Told which numbers are covered besides, both included. */
  readonly onCovered: (from: number, to: number) => void;
  /** Told that a number is not any more. */
  readonly onDropped: (id: number) => void;
}

/** Methods throw `UpstreamError`. */
export class JobRanges {
  readonly #reads: Gather<string, readonly WireTestJob[]>;
  #low = Infinity;
  #lowTime = Infinity;
  #top = 0;
  #isWhole = false;
  #headAt = -Infinity;
  #readAt = -Infinity;
  #headLow = Infinity;
  #voidBefore = -Infinity;
  #uselessUntil = -Infinity;
  /** Of the jobs below those that were read last, which are packed. */
  #bytes = 0;

  constructor(private readonly options: JobRangesOptions) {
    this.#reads = new Gather(async (names, ask) => {
      const found = await Promise.all(names.map(async (name) => [name, await this.#read(name, ask)] as const));
      return new Map(found);
    }, 0);
  }

  /** Rows and gaps are known from here on; Infinity: nothing is. */
  get low(): number {
    return this.#low;
  }

  /** When the oldest job that is covered was submitted, in milliseconds since 1970. */
  get lowTime(): number {
    return this.#lowTime;
  }

  /** The highest number that is known to be a job's; 0 for none. */
  get top(): number {
    return this.#top;
  }

  /** Whether there is no older job. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** When the newest jobs were last read, so that it still holds, and down to which number. */
  get headAt(): number {
    return this.#headAt;
  }

  get headLow(): number {
    return this.#headLow;
  }

  /** When they were last read, whatever has made that void; null for never. */
  get readAt(): number | null {
    return this.#top === 0 ? null : this.#readAt;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether rows may be of use here. */
  get isUsable(): boolean {
    return this.options.publicity.isOpen && clock.now() >= this.#uselessUntil;
  }

  /** Whether no older jobs are to be read. */
  get isFull(): boolean {
    if (this.#isWhole || this.#top - this.#low >= JOBS_MAX) return true;
    return this.#bytes >= this.options.maxBytes();
  }

  /** Reads the newest jobs, unless they are known as of `since`. Returns whether that is of any use. */
  async readHead(ask: Ask, since: number): Promise<boolean> {
    const from = Math.max(since, this.#voidBefore);
    if (this.#headAt < from || this.#top === 0) await this.#reads.read(["head"], asAnonymous(ask), () => from);
    return clock.now() >= this.#uselessUntil;
  }

  /** Reads the next older jobs. */
  async readOlder(ask: Ask): Promise<void> {
    if (!this.isFull) await this.#reads.read([String(this.#low)], asAnonymous(ask), () => -Infinity);
  }

  /** There is a job of this number. */
  raise(id: number): void {
    if (this.#top === 0 || id <= this.#top) return;
    if (id - this.#top > RANGE_MAX) {
      this.#headAt = -Infinity;
      return;
    }
    const from = this.#top + 1;
    this.#top = id;
    this.options.onCovered(from, id);
  }

  forgetProofs(): void {
    this.#voidBefore = clock.now();
    this.#headAt = -Infinity;
  }

  async #read(name: string, ask: Ask): Promise<readonly WireTestJob[]> {
    const { publicity, list } = this.options;
    const below = name === "head" ? null : Number(name);
    const begun = clock.now();
    const query = { ordering: "-id", limit: RANGE_JOBS, id__lt: below };
    const jobs = await publicity.noting(ask, list(query, ask));
    this.#take(jobs, below, begun);
    return jobs;
  }

  #take(jobs: readonly WireTestJob[], below: number | null, begun: number): void {
    const { rows } = this.options;
    const byId = new Map(jobs.map((job) => [job.id, job]));
    const highest = below === null ? Math.max(this.#top, jobs[0]?.id ?? 0) : below - 1;
    const isLast = jobs.length < RANGE_JOBS;
    const lowest = jobs.at(-1)?.id ?? highest + 1;
    const isWhole = isLast && lowest <= WHOLE_MAX;
    const from = isWhole ? 1 : lowest;
    // One without a number would look like one that is not shown.
    if (jobs.length === 0 || highest - from > RANGE_MAX || placed(jobs).length < jobs.length) {
      this.#uselessUntil = clock.now() + USELESS_MS;
      return;
    }
    if (below === null) {
      // More new jobs than one read holds: what lies between is unknown.
      if (from > this.#top + 1) this.#low = from;
      this.#top = highest;
      this.#headAt = this.#readAt = begun;
      if (from > this.#headLow) this.#pack(Math.max(this.#low, this.#headLow), from);
      this.#headLow = from;
    }
    if (from <= this.#low) this.#lowTime = Date.parse(jobs.at(-1)?.submit_time ?? "");
    this.#low = Math.min(this.#low, from);
    this.#isWhole = isWhole || (this.#isWhole && this.#low === 1);
    for (let id = from; id <= highest; id += 1) rows.learn(toJobId(id), byId.get(id) ?? null, begun);
    this.options.onCovered(from, highest);
    if (below !== null) this.#pack(from, below);
    this.#shrink();
    this.options.onBytes(this.#bytes);
  }

  /** Jobs that are not among the newest any more, from one number to before another. */
  #pack(from: number, before: number): void {
    const { rows } = this.options;
    for (let id = from; id < before; id += 1) {
      rows.reshape(toJobId(id), packJob);
      this.#bytes += jobBytes(rows.openOf(toJobId(id))?.value);
    }
  }

  /** Lets the oldest go. */
  #shrink(): void {
    const { rows } = this.options;
    const most = this.options.maxBytes();
    while ((this.#bytes > most || this.#top - this.#low > JOBS_MAX + RANGE_JOBS) && this.#low < this.#headLow) {
      const id = toJobId(this.#low);
      this.#bytes = Math.max(0, this.#bytes - jobBytes(rows.openOf(id)?.value));
      rows.forget(id);
      this.options.onDropped(id);
      this.#low += 1;
      this.#isWhole = false;
      const next = rows.openOf(toJobId(this.#low))?.value;
      if (next != null) this.#lowTime = Date.parse(next.submit_time);
    }
  }
}

function jobBytes(job: WireTestJob | null | undefined): number {
  return job == null ? GAP_BYTES : GAP_BYTES + bytesOf(job);
}
