// Lists of test jobs for any viewer: LAVA's own questions are answered from rows where these cover the answer, and each row or
// gap that the answer rests on was read lately enough. A number that anonymous reads show nothing of is a gap: a private
// job, a deleted one, or none; whoever has a token asks for the gaps of a list with it. Its tests:
// test/lava/replica/differential.test.ts, cost.test.ts.

import type { Life } from "../../cache/memory.js";
import { clock } from "../../ci/live/clock.js";
import { UpstreamError } from "../../errors.js";
import type { Ask } from "../../net/ask.js";
import type { TestJobEvent } from "../protocol/event.js";
import type { Query, Span } from "../protocol/job-search.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { WireTestJob } from "../protocol/wire.js";
import { givenUp, silent } from "./anonymous.js";
import { Look } from "./job-look.js";
import type { LookOptions } from "./job-look.js";
import { inOrder, readJobQuery } from "./job-query.js";
import type { JobQuery } from "./job-query.js";
import { JobRanges } from "./job-ranges.js";
import type { JobRangesOptions } from "./job-ranges.js";
import { ListLives } from "./list-lives.js";

/** Things that one list may have the server asked for: more are dearer than the list itself. */
const CHECKS_MAX = 400;
/** From so many on, one read of the newest jobs is cheaper than one by number. */
const HEAD_WORTH = 12;
/** Numbers above all known ones that are asked for beside gaps; and where no event would tell of a new private job. */
const ABOVE = 5;
const ABOVE_BLIND = 20;
/** Reads of one list until it is left to the server. */
const TURNS_MAX = 5;
/** A lab is looked at for so long after the last list. */
const LOOKED_AT_MS = 600_000;
/** Lists of which it is remembered that somebody has asked for them. */
const DEMANDS_MAX = 1_000;

export interface JobWindowOptions extends LookOptions, JobRangesOptions {
  readonly server: string;
  /** Whether every change of every job comes as an event. */
  readonly hearsAll: () => boolean;
  /** Whether it is used although nobody has asked for a list lately. */
  readonly isEager: boolean;
  readonly onEnd: () => void;
  /** Called when the window begins or ceases to answer. */
  readonly onUse: (used: boolean) => void;
}

export interface JobList {
  readonly results: readonly WireTestJob[];
  /** Of the whole list; null where the rows do not say. */
  readonly count: number | null;
}

export interface JobListOptions {
  /** Whether `count` is wanted. */
  readonly counted: boolean;
  /** Nothing that was read before is good enough. */
  readonly since: number;
}

export interface JobWindowStats {
  /** Lists that were answered, and lists that the server had to be asked for. */
  readonly answered: number;
  readonly left: number;
  /** The lowest number that is covered; null for none. */
  readonly from: number | null;
  readonly isWhole: boolean;
  readonly bytes: number;
  /** When the newest jobs were last read, on the clock of `clock.ts`; null when they never were. */
  readonly headAt: number | null;
}

/** What a list rests on, and what has to be read before it can be given. */
interface Walk {
  readonly jobs: readonly WireTestJob[];
  /** To be read anonymously, and with the asker's token. */
  readonly unproved: readonly LavaJobId[];
  readonly hidden: readonly LavaJobId[];
  readonly needsHead: boolean;
  readonly numbers: Span<number>;
  /** Until when all of it holds, on the clock of `clock.ts`. */
  readonly until: number;
}

export class JobWindow {
  readonly ranges: JobRanges;
  readonly #lives: ListLives;
  readonly #demands = new Map<string, number>();
  #used = false;
  #usedAt = -Infinity;
  #answered = 0;
  #left = 0;

  constructor(private readonly options: JobWindowOptions) {
    this.#lives = new ListLives(options.onEnd);
    this.ranges = new JobRanges(options);
  }

  stats(): JobWindowStats {
    const { low, isWhole, bytes, readAt } = this.ranges;
    return {
      answered: this.#answered,
      left: this.#left,
      from: low === Infinity ? null : low,
      isWhole,
      bytes,
      headAt: readAt,
    };
  }

  /** Reads the next older jobs; returns whether there is more to read. Throws `UpstreamError`. */
  async fill(ask: Ask): Promise<boolean> {
    const { ranges } = this;
    if (!this.isUsable) return false;
    if (ranges.top === 0) {
      if (!(await ranges.readHead(ask, -Infinity))) return false;
    } else await ranges.readOlder(ask);
    return !ranges.isFull;
  }

  /** The server had to be asked for a list. What is asked for again is worth having rows for. */
  demanded(query: Query): void {
    const key = JSON.stringify(query);
    const now = clock.now();
    const before = this.#demands.get(key);
    this.#demands.delete(key);
    this.#demands.set(key, now);
    for (const oldest of this.#demands.keys()) {
      if (this.#demands.size <= DEMANDS_MAX) break;
      this.#demands.delete(oldest);
    }
    if (before !== undefined && now - before < LOOKED_AT_MS && readJobQuery(query) !== null) this.use();
  }

  /** Answers from now on, as far as its rows reach. */
  use(): void {
    this.#usedAt = clock.now();
    if (this.#used) return;
    this.#used = true;
    this.options.onUse(true);
  }

  /** An event names a job. */
  heard(event: TestJobEvent): void {
    const id = event.jobId;
    this.ranges.raise(id);
    if (this.options.rows.heard(id, event)) this.touched(id);
  }

  /** What is read of a job, or whether it is shown, has changed or will. */
  touched(id: LavaJobId): void {
    this.#lives.touched(id, this.options.rows.openOf(id)?.value ?? null);
  }

  forgetProofs(): void {
    this.ranges.forgetProofs();
    this.#lives.endAll();
  }

  /** A list as the asker may see it; null where the server has to be asked. Throws `UpstreamError`. */
  async list(query: Query, ask: Ask, options: JobListOptions): Promise<JobList | null> {
    if (!this.isUsable) return null;
    const wanted = readJobQuery(query);
    if (wanted === null) return null;
    this.#usedAt = clock.now();
    const found = await this.#found(wanted, ask, options);
    if (found === null) this.#left += 1;
    else this.#answered += 1;
    return found;
  }

  /** Whether somebody looks at lists here, and rows are of use. */
  get isUsable(): boolean {
    const now = clock.now();
    if (this.#used && !this.options.isEager && now - this.#usedAt > LOOKED_AT_MS) {
      this.#used = false;
      this.options.onUse(false);
    }
    return this.#used && this.ranges.isUsable;
  }

  async #found(wanted: JobQuery, ask: Ask, options: JobListOptions): Promise<JobList | null> {
    const { server, publicity, rightsMs } = this.options;
    const work = this.#answer(wanted, ask, options);
    const silence = publicity.silence();
    try {
      return await (ask.scope === null ? work : Promise.race([work, silence.reached]));
    } catch (error) {
      const reason = error === silence ? silent(server) : givenUp(server, error, ask);
      if (ask.scope === null || !(reason instanceof UpstreamError && reason.retryable)) throw reason;
      const before = this.#standIn(wanted, ask, publicity.standInSince(ask, rightsMs, error === silence));
      if (before !== null) {
        work.catch(() => undefined);
        ask.scope.stale.add(server);
        return before;
      }
      if (error !== silence) throw reason;
      return await work.catch((late: unknown) => {
        throw givenUp(server, late, ask);
      });
    } finally {
      silence.end();
    }
  }

  /** A server that shows nothing to those without a token, or does not know this one, is asked by the viewer itself. */
  async #answer(wanted: JobQuery, ask: Ask, options: JobListOptions): Promise<JobList | null> {
    try {
      return await this.#fromRows(wanted, ask, options);
    } catch (error) {
      if (error instanceof UpstreamError && error.kind === "UpstreamDenied") return null;
      throw error;
    }
  }

  async #fromRows(wanted: JobQuery, ask: Ask, options: JobListOptions): Promise<JobList | null> {
    const { rows, publicity } = this.options;
    await publicity.admit(ask);
    const calls = ask.scope?.upstreamCalls ?? 0;
    const asked = clock.now();
    for (let turns = 0; turns < TURNS_MAX; turns += 1) {
      if (this.ranges.top === 0) {
        if (!(await this.ranges.readHead(ask, options.since))) return null;
      }
      const walk = this.#walk(wanted, ask, options, asked);
      if (walk === null) return null;
      const { unproved, hidden, needsHead } = walk;
      if (!needsHead && unproved.length === 0 && hidden.length === 0)
        return this.#give(wanted, ask, options, walk, calls);
      // What began lately enough, though for somebody else, will do.
      const since = Math.max(clock.now() - this.options.holdsMs(), options.since);
      const inHead = unproved.filter((id) => id >= this.ranges.headLow).length;
      if (needsHead || inHead >= HEAD_WORTH) {
        if (!(await this.ranges.readHead(ask, needsHead ? since : asked))) return null;
        continue;
      }
      await Promise.all([
        unproved.length === 0 ? undefined : rows.prove(unproved, ask, since),
        hidden.length === 0 ? undefined : this.#readHidden(hidden, ask, since),
      ]);
    }
    return null;
  }

  #give(wanted: JobQuery, ask: Ask, { counted }: JobListOptions, walk: Walk, calls: number): JobList {
    const { scope } = ask;
    if (scope !== null) {
      const now = clock.now();
      const life: Life = { freshUntil: performance.now() + walk.until - now };
      this.#lives.add(wanted, walk.numbers, new Set(walk.jobs.map(({ id }) => id)), life);
      scope.use(life);
      if (scope.upstreamCalls === calls) scope.upstreamCached += 1;
    }
    return { results: walk.jobs.slice(0, wanted.limit), count: counted ? walk.jobs.length : null };
  }

  /** The newest answer that there can be without the server; null for none. */
  #standIn(wanted: JobQuery, ask: Ask, since: number): JobList | null {
    const jobs = this.ranges.top === 0 ? null : this.#jobsIn(wanted, ask, since);
    return jobs === null || jobs.length === 0 ? null : { results: jobs, count: null };
  }

  #jobsIn({ ids, among, order, limit, fits, isThere }: JobQuery, ask: Ask, since: number): WireTestJob[] | null {
    const { rows } = this.options;
    const found: WireTestJob[] = [];
    const bottom = Math.max(this.ranges.low, (ids.above ?? 0) + 1);
    for (let id = Math.min(this.ranges.top, (ids.below ?? Infinity) - 1); id >= bottom; id -= 1) {
      if (among !== null && !among.has(id)) continue;
      const open = rows.openOf(toJobId(id));
      const seen = open?.value == null ? rows.ownOf(toJobId(id), ask, since) : open;
      if (seen?.value == null || seen.begun < since || !fits(seen.value) || !isThere(seen.value)) continue;
      found.push(seen.value);
    }
    const isCovered =
      this.ranges.isWhole ||
      bottom > this.ranges.low ||
      (order.descending && order.field === "id" && found.length >= limit);
    return isCovered ? [...inOrder(found, order)].slice(0, limit) : null;
  }

  /** Goes through the numbers that a list may hold, in its order; null where the window does not cover it. */
  #walk(wanted: JobQuery, ask: Ask, { counted, since }: JobListOptions, asked: number): Walk | null {
    const { ids, among, order } = wanted;
    if (among !== null && [...among].some((id) => id < this.ranges.low || id > this.ranges.top)) return null;
    const top = Math.min(this.ranges.top, (ids.below ?? Infinity) - 1);
    const bottom = Math.max(this.ranges.low, (ids.above ?? 0) + 1);
    const isById = order.field === "id";
    // Another order, or a count, takes all that there is; and what is asked from below begins at its lower end.
    const reaches = this.ranges.isWhole || among !== null || (ids.above !== null && ids.above + 1 >= this.ranges.low);
    if (!reaches && (!isById || counted || !order.descending)) return null;
    const look = new Look(this.options, ask, since, this.ranges.headLow, asked);
    const enough = isById && !counted ? wanted.limit : Infinity;
    const step = order.descending ? -1 : 1;
    const last = order.descending ? bottom : top;
    let at = order.descending ? top : bottom;
    for (; at * step <= last * step && look.jobs.length < enough; at += step) {
      if (among !== null && !among.has(at)) continue;
      look.at(toJobId(at), wanted);
      if (look.checks > CHECKS_MAX) return null;
    }
    if (look.jobs.length < enough && !reaches) return null;
    // New jobs come at the upper end: of what was gone through, or of all.
    const isOpen = order.descending ? ids.below === null || ids.below > this.ranges.top + 1 : at > this.ranges.top;
    const needsTop = isOpen && among === null;
    const headUntil = needsTop ? this.ranges.headAt + this.options.holdsMs() : Infinity;
    if (needsTop) look.above(this.ranges.top, this.options.hearsAll() ? 0 : ABOVE_BLIND);
    const low = order.descending ? at : bottom - 1;
    const high = needsTop ? Infinity : order.descending ? top : at;
    return {
      jobs: isById ? look.jobs : inOrder(look.jobs, order),
      unproved: look.unproved,
      hidden: look.hidden,
      needsHead: headUntil <= clock.now() || (needsTop && this.ranges.headAt < since),
      numbers: { above: low - 1, below: high },
      until: Math.min(look.until, headUntil),
    };
  }

  /** Gaps with the asker's own token, and the next numbers in passing. */
  async #readHidden(hidden: readonly LavaJobId[], ask: Ask, since: number): Promise<void> {
    const { rows } = this.options;
    const above = Array.from({ length: ABOVE }, (_, at) => toJobId(this.ranges.top + 1 + at));
    const wanted = [...new Set([...hidden, ...above])];
    await rows.proveOwn(wanted, ask, since);
    for (const id of wanted) {
      if (id > this.ranges.top && rows.ownOf(id, ask, since)?.value != null) this.ranges.raise(id);
    }
  }
}
