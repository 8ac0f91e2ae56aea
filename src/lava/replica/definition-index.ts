// What definitions say about builds, evaluations and commits. A definition never changes, so each is looked through once,
// when its job's row is read. LAVA is searched by text only for jobs that are older than the rows. Who may see a job is not
// known here: the jobs that are found are read with the asker's rights. Its test: test/lava/replica/definition-index.test.ts.

import { BRIEF_MS } from "../../cache/lives.js";
import type { Life } from "../../cache/memory.js";
import { clock } from "../../ci/live/clock.js";
import { UpstreamError } from "../../errors.js";
import type { Ask } from "../../net/ask.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { WireTestJob } from "../protocol/wire.js";
import type { Publicity } from "./anonymous.js";
import { Gather } from "./gather.js";
import type { JobRanges } from "./job-ranges.js";
import { NameTable } from "./name-table.js";
import { OlderSearches } from "./older-searches.js";
import type { JobRows } from "./kinds.js";

/** After so long hidden numbers are asked for again: one may be shown to its viewer by now. */
const HOLDS_MS = 600_000;
/** A job may be read so long after its event, and no sooner. */
const COMMITTED_MS = 10_000;
/** Reads of 100 older jobs that one question may cause. */
const READS_MAX = 10;
/** A lab of so many jobs is read as a whole, where it is not known how old the jobs may be. */
const SMALL_LAB = 1_000;
/** Numbers above all known ones where no event might tell of a private job. */
const ABOVE_BLIND = 20;
/** Jobs whose rights are asked for at once. */
const STEP = 50;
const VIEWERS_MAX = 10_000;

/** Test jobs whose definition holds one of these texts. */
export interface NamingQuery {
  /** Each names a build, an evaluation or a commit: see `namesIn`. */
  readonly texts: readonly string[];
  readonly count: number;
  /** Only jobs with lower numbers; null for all. */
  readonly before: number | null;
  /** Only jobs that were submitted later, in milliseconds since 1970; null for all. */
  readonly since: number | null;
}

/** The newest first. */
export interface NamingJobs {
  readonly jobs: readonly WireTestJob[];
  /** Jobs with this number and lower ones were not looked through; 0: there are none. */
  readonly floor: number;
}

export interface DefinitionIndexOptions {
  readonly server: string;
  readonly publicity: Publicity;
  readonly rows: JobRows;
  readonly ranges: JobRanges;
  /** Whether rows may be used, which are wanted from now on. */
  readonly use: () => boolean;
  /** Whether every change of every job comes as an event. */
  readonly hearsAll: () => boolean;
  /** How long the newest jobs are taken for the newest where no event tells. */
  readonly holdsMs: () => number;
  /** Those of the jobs that the asker is shown. */
  readonly show: (ids: readonly LavaJobId[], ask: Ask) => Promise<ReadonlyMap<LavaJobId, WireTestJob>>;
  /** Reads jobs with the asker's token, past every cache. */
  readonly load: (ids: readonly LavaJobId[], ask: Ask) => Promise<readonly WireTestJob[]>;
  /** An answer that was given has ended. */
  readonly onEnd: () => void;
}

/** Hidden numbers of which one viewer has been asked. */
interface Asked {
  /** When it began. */
  readonly at: number;
  readonly low: number;
  readonly top: number;
  /** The last time that numbers above `top` were asked for, and up to which one. */
  readonly freshAt: number;
  readonly freshTop: number;
}

/** Methods throw `UpstreamError`. */
export class DefinitionIndex {
  readonly #names = new NameTable();
  readonly #older: OlderSearches;
  /** Numbers that nobody was shown a job of yet, with when an event first named them. */
  readonly #gaps = new Map<number, number>();
  readonly #asked = new Map<string, Asked>();
  readonly #reads = new Map<string, Gather<LavaJobId, WireTestJob>>();
  #top = 0;
  #low = Infinity;
  #life: Life = { freshUntil: 0 };

  constructor(private readonly options: DefinitionIndexOptions) {
    this.#older = new OlderSearches(options.show, HOLDS_MS);
  }

  get bytes(): number {
    return this.#names.bytes;
  }

  /** Numbers are covered besides, both included: their rows were read, or an event has named them. */
  covered(from: number, to: number): void {
    const { rows } = this.options;
    if (from > this.#top + 1) {
      this.#names.clear();
      this.#gaps.clear();
      this.#low = from;
    }
    this.#low = Math.min(this.#low, from);
    if (to > this.#top) {
      this.#top = to;
      this.#endAnswers();
    }
    for (let id = from; id <= to; id += 1) {
      if (this.#names.has(id)) continue;
      const open = rows.openOf(toJobId(id));
      if (open?.value != null) this.saw(open.value);
      else if (!this.#gaps.has(id)) this.#gaps.set(id, open === undefined ? clock.now() : -Infinity);
    }
  }

  /** Somebody was shown this job. */
  saw({ id, definition }: WireTestJob): void {
    if (id < this.#low || id > this.#top || this.#names.has(id)) return;
    this.#names.add(id, definition ?? "");
    this.#gaps.delete(id);
  }

  /** A number is covered no more. */
  forget(id: number): void {
    this.#names.delete(id);
    this.#gaps.delete(id);
    this.#low = Math.max(this.#low, id + 1);
  }

  /** Events were missed, or something was changed through Etna. */
  forgetProofs(): void {
    this.#asked.clear();
    this.#older.forget();
    this.#endAnswers();
  }

  /**
   * Null where rows are of no use, and each text is to be searched for.
   * @param search asks LAVA for the newest jobs below a number whose definition holds a text.
   */
  async find(
    query: NamingQuery,
    ask: Ask,
    search: (text: string, below: number | null) => Promise<readonly WireTestJob[]>,
  ): Promise<NamingJobs | null> {
    const { publicity, use, ranges } = this.options;
    if (!use() || !query.texts.every((text) => this.#names.isName(text))) return null;
    try {
      await publicity.admit(ask);
      if (!(await this.#reach(ask, query))) return null;
      await this.#askGaps(ask);
      ask.scope?.use(this.#lifeOfAnswers());
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      // A server that shows nothing to those without a token, or does not know this one, is asked by the viewer itself.
      if (error.kind === "UpstreamDenied") return null;
      if (!error.retryable || ask.scope === null || ranges.top === 0) throw error;
      ask.scope.stale.add(this.options.server);
    }
    const known = await this.#known(query, ask);
    if (known.floor > 0 || ranges.isWhole || (query.since !== null && ranges.lowTime <= query.since)) return known;
    const below = Math.min(ranges.low, query.before ?? Infinity);
    const lists = await Promise.all(
      query.texts.map((text) => this.#older.jobs({ ...query, text, below }, ask, search)),
    );
    const jobs = new Map([...known.jobs, ...lists.flat()].map((job) => [job.id, job]));
    return {
      jobs: [...jobs.values()].sort((a, b) => b.id - a.id),
      // A full list may have left out jobs below its last one, which another list's jobs must not overtake.
      floor: Math.max(0, ...lists.flatMap((list) => (list.length < query.count ? [] : (list.at(-1)?.id ?? 0)))),
    };
  }

  /** Jobs of the rows. */
  async #known({ texts, count, before, since }: NamingQuery, ask: Ask): Promise<NamingJobs> {
    const ids = this.#names.jobsOf(texts).filter((id) => id >= this.#low && id < (before ?? Infinity));
    ids.sort((a, b) => b - a);
    const jobs: WireTestJob[] = [];
    for (let at = 0; at < ids.length; at += STEP) {
      const part = ids.slice(at, at + STEP).map(toJobId);
      const shown = await this.options.show(part, ask);
      for (const id of part) {
        const job = shown.get(id);
        if (job === undefined || (since !== null && Date.parse(job.submit_time) <= since)) continue;
        if (texts.some((text) => job.definition?.includes(text) === true)) jobs.push(job);
        if (jobs.length >= count) return { jobs, floor: id };
      }
    }
    return { jobs, floor: 0 };
  }

  /** Reads the newest jobs, and older ones as far as these may matter. Returns whether rows are of any use. */
  async #reach(ask: Ask, { since }: NamingQuery): Promise<boolean> {
    const { ranges, hearsAll, holdsMs } = this.options;
    const headSince = clock.now() - (hearsAll() ? HOLDS_MS : holdsMs());
    if (!(await ranges.readHead(ask, headSince))) return false;
    const wanted = since ?? (ranges.top <= SMALL_LAB ? -Infinity : Infinity);
    for (let reads = 0; reads < READS_MAX && ranges.lowTime > wanted && !ranges.isFull; reads += 1) {
      await ranges.readOlder(ask);
      if (!ranges.isUsable) return false;
    }
    return true;
  }

  /** Sees to it that the definitions of all covered jobs that the asker is shown have been looked through. */
  async #askGaps(ask: Ask): Promise<void> {
    const { rows, hearsAll, holdsMs } = this.options;
    const now = clock.now();
    const unread: LavaJobId[] = [];
    for (const [id, heardAt] of this.#gaps) {
      const begun = rows.openOf(toJobId(id))?.begun ?? -Infinity;
      if (begun < heardAt + COMMITTED_MS && begun < now - BRIEF_MS) unread.push(toJobId(id));
    }
    if (unread.length > 0) await rows.prove(unread, ask, now - BRIEF_MS);
    const isFresh = [...this.#gaps.values()].some((heardAt) => heardAt >= now - COMMITTED_MS);
    if (isFresh) ask.scope?.use({ freshUntil: performance.now() + BRIEF_MS });
    const known = this.#askedOf(ask, now);
    const isAsked = (id: number) => {
      if (known === undefined || id < known.low) return false;
      return id <= known.top || (id <= known.freshTop && now - known.freshAt < BRIEF_MS);
    };
    const wanted = [...this.#gaps.keys()].filter((id) => !isAsked(id)).map(toJobId);
    const isBlind = !hearsAll() && ask.token !== null && now - (known?.freshAt ?? -Infinity) >= holdsMs();
    if (isBlind) for (let nr = 1; nr <= ABOVE_BLIND; nr += 1) wanted.push(toJobId(this.#top + nr));
    const fresh = [...this.#gaps].filter(([, heardAt]) => heardAt >= now - COMMITTED_MS).map(([id]) => id);
    const asked = {
      at: known?.at ?? now,
      low: this.#low,
      top: Math.min(this.#top, ...fresh.map((id) => id - 1)),
      freshAt: wanted.length > 0 ? now : (known?.freshAt ?? now),
      freshTop: this.#top,
    };
    if (wanted.length > 0) await this.#readOwn(wanted, ask, now - BRIEF_MS);
    this.#note(ask.viewer, asked);
  }

  #askedOf({ viewer, token }: Ask, now: number): Asked | undefined {
    const known = this.#asked.get(viewer);
    if (known !== undefined) return now - known.at < HOLDS_MS ? known : undefined;
    // What nobody is shown was read when the ranges were.
    if (token !== null) return undefined;
    return { at: now, low: this.#low, top: this.#top, freshAt: now, freshTop: this.#top };
  }

  async #readOwn(ids: readonly LavaJobId[], ask: Ask, since: number): Promise<void> {
    const { load, publicity, ranges } = this.options;
    let reads = this.#reads.get(ask.viewer);
    if (reads === undefined) {
      const shown = async (wanted: readonly LavaJobId[], as: Ask) => {
        const jobs = await publicity.noting(as, load(wanted, as));
        return new Map(jobs.map((job) => [toJobId(job.id), job]));
      };
      reads = new Gather(shown, 0);
      this.#reads.set(ask.viewer, reads);
    }
    try {
      for (const { value } of (await reads.read(ids, ask, () => since)).values()) {
        if (value === null) continue;
        ranges.raise(value.id);
        this.saw(value);
      }
    } finally {
      if (reads.isIdle && this.#reads.get(ask.viewer) === reads) this.#reads.delete(ask.viewer);
    }
  }

  #note(viewer: string, asked: Asked): void {
    this.#asked.delete(viewer);
    this.#asked.set(viewer, asked);
    for (const oldest of this.#asked.keys()) {
      if (this.#asked.size <= VIEWERS_MAX) break;
      this.#asked.delete(oldest);
    }
  }

  /** Until there is a new job, or a hidden one may be shown. */
  #lifeOfAnswers(): Life {
    if (this.#life.freshUntil <= performance.now()) this.#life = { freshUntil: performance.now() + HOLDS_MS };
    return this.#life;
  }

  #endAnswers(): void {
    if (this.#life.freshUntil <= performance.now()) return;
    this.#life.freshUntil = 0;
    this.options.onEnd();
  }
}
