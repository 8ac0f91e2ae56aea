// Builds in the order of their end, the newest first; those without an end follow, highest id first. All lists of builds
// are read through this file.
//
// Cuirass sorts its lists otherwise and shows 1,000 builds at most, but it can be asked for what lies between two places
// in time (cuirass.md, sections 4.2 and 6). A list that is shorter than it may be is whole, so the builds between two
// places are known for certain, and only the guess where the lower place should be may go wrong: then it is made anew.

import { Overflow } from "../../errors.js";
import {
  CEILING,
  NEVER_ENDED,
  above as justAbove,
  below,
  between,
  borderOf,
  byEnd,
  higher,
  isAbove,
} from "../protocol/border.js";
import type { Border } from "../protocol/border.js";
import { BUILDS_MAX } from "../protocol/build-query.js";
import type { BuildQuery } from "../protocol/build-query.js";
import type { WireBuild } from "../protocol/wire.js";

/** Requests that one page may cost. */
const REQUESTS_MAX = 3;
/** Requests until some builds are known for certain: more than three only where Cuirass' cut is as unlucky as can be. */
const GUESSES_MAX = 32;
const FIRST_LIST_BUILDS = 50;
/** Above the newest sixtieth of what a cut list shows lies what one list shows, of 50,000 builds as well as of 500. */
const SAMPLE_PART = 60;
/** More than are wanted are asked for, as they may lie further apart than those before. */
const MARGIN = 1.5;

/** Asks Cuirass for builds of a query between two places. */
export type AskBuilds = (
  part: Pick<BuildQuery, "above" | "below" | "byId">,
  nr: number,
) => Promise<readonly WireBuild[]>;

/** Builds that have ended, and builds that never did. */
export type Zone = "ended" | "endless";

/** Counts the requests of one page. */
export class RequestCount {
  #made = 0;

  #granted = 0;

  constructor(private readonly max = REQUESTS_MAX) {}

  /** Some more, for a page that would hold less than a client can use. */
  grant(requests: number): void {
    this.#granted = requests;
  }

  get left(): number {
    return Math.max(0, this.max + this.#granted - this.#made);
  }

  counted<T>(request: Promise<T>): Promise<T> {
    this.#made += 1;
    return request;
  }
}

/** What to read. */
export interface Walk {
  readonly ask: AskBuilds;
  readonly requests: RequestCount;
  /** In the list's order. */
  readonly zones: readonly Zone[];
  /** What has ended must lie above this place. Default: all. */
  readonly above?: Border | undefined;
}

/** Where a walk goes on. */
export interface Place {
  /** Below this. */
  readonly below: Border;
  /** Seconds in which some 100 builds ended there; unknown before anything was read. */
  readonly pace?: number | undefined;
}

export interface Stretch {
  readonly builds: readonly WireBuild[];
  /** Null when nothing is left. */
  readonly rest: Place | null;
}

/** Whether a place is one of a walk with these zones. */
export function isPlaceIn(zones: readonly Zone[], { below: { time } }: Place): boolean {
  return zones.includes(zoneOf(time));
}

function zoneOf(time: number): Zone {
  return time === 0 ? "endless" : "ended";
}

/**
 * The next builds of a walk: as many as are wanted, or more, or all that are left, or as many as three requests show. At
 * least it gets on, unless it `mayStop` at once.
 * @param place where it goes on; null for its beginning.
 */
export async function readByEnd(walk: Walk, place: Place | null, wanted: number, mayStop = false): Promise<Stretch> {
  const builds: WireBuild[] = [];
  let at = place;
  const begun = place === null ? 0 : walk.zones.indexOf(zoneOf(place.below.time));
  for (const zone of walk.zones.slice(begun)) {
    at ??= { below: zone === "ended" ? CEILING : NEVER_ENDED };
    if (builds.length >= wanted || (walk.requests.left === 0 && (mayStop || builds.length > 0))) {
      return { builds, rest: at };
    }
    const stretch: Stretch =
      zone === "ended"
        ? await readEnded(walk, at, wanted - builds.length, mayStop || builds.length > 0)
        : await readEndless(walk, at, wanted - builds.length);
    builds.push(...stretch.builds);
    at = stretch.rest;
    if (at !== null) return { builds, rest: at };
  }
  return { builds, rest: null };
}

async function readEnded({ ask, requests, ...walk }: Walk, place: Place, wanted: number, mayStop: boolean) {
  const floor = walk.above ?? NEVER_ENDED;
  const builds: WireBuild[] = [];
  let { below: top, pace } = place;
  let sample = NO_SAMPLE;
  for (let guesses = 1; builds.length < wanted; guesses += 1) {
    if (requests.left === 0 && (mayStop || builds.length > 0)) break;
    if (guesses > GUESSES_MAX) throw tooMany();
    const need = wanted - builds.length;
    const low = higher(floor, guess(sample, need, top, pace));
    const isBlind = low === floor && sample === NO_SAMPLE;
    const nr = isBlind ? Math.min(BUILDS_MAX, Math.max(FIRST_LIST_BUILDS, 2 * need)) : BUILDS_MAX;
    const part = { above: low, ...(top === CEILING ? {} : { below: top }) };
    const list = [...(await requests.counted(ask(part, nr)))].sort(byEnd);
    if (list.length >= nr) {
      sample = { builds: list, cuts: sample.cuts + 1, share: 1 };
      pace = undefined;
      continue;
    }
    builds.push(...list);
    if (low === floor) return { builds, rest: null };
    sample = sampleBelow(sample, low, list.length);
    pace = paceOf(builds);
    top = justAbove(low);
  }
  return { builds, rest: { below: top, pace } };
}

/** Some builds below a place, when there are more than one list shows. */
interface Sample {
  /** Newest first. */
  readonly builds: readonly WireBuild[];
  /** How many lists in a row were cut. */
  readonly cuts: number;
  /** Of how many builds each of these is one; 1 as long as nothing is known of it. */
  readonly share: number;
}

const NO_SAMPLE: Sample = { builds: [], cuts: 0, share: 1 };

/** What is left of a sample when all builds above a place were read. */
function sampleBelow({ builds, cuts }: Sample, low: Border, read: number): Sample {
  const rest = builds.filter((build) => !isAbove(borderOf(build), low));
  if (rest.length === 0) return NO_SAMPLE;
  const seen = builds.length - rest.length;
  return { builds: rest, cuts: read === 0 ? cuts : 0, share: Math.max(1, read / Math.max(1, seen)) };
}

/** A place below which nothing is needed. Any will do: the better it is, the fewer requests. */
function guess({ builds, cuts, share }: Sample, need: number, top: Border, pace: number | undefined): Border {
  const [newest] = builds;
  if (newest === undefined) {
    if (pace === undefined || top === CEILING) return NEVER_ENDED;
    return { time: Math.max(0, top.time - 1 - Math.ceil((pace * need * MARGIN) / 100)), id: 0 };
  }
  const rank = share > 1 ? Math.ceil((need * MARGIN) / share) : Math.min(need, Math.floor(builds.length / SAMPLE_PART));
  const low = below(borderOf(builds[rank] ?? builds.at(-1) ?? newest));
  if (cuts < 2) return low;
  const oldest = borderOf(builds.at(-1) ?? newest);
  const end = top === CEILING ? { time: Math.max(now(), newest.stoptime) + 2, id: 0 } : top;
  return higher(low, ahead(oldest, borderOf(newest), end, cuts));
}

/** Cuirass goes on showing old builds: leaps away from them, further with each list that is cut, to the middle at most. */
function ahead(oldest: Border, newest: Border, end: Border, cuts: number): Border {
  const middle = between(newest, end);
  const leaps = 4 ** (cuts - 2);
  if (middle.time > newest.time) {
    const time = newest.time + (newest.time - oldest.time + 1) * leaps;
    return time < middle.time ? { time, id: 0 } : middle;
  }
  const id = newest.id + (Math.abs(newest.id - oldest.id) + 1) * leaps;
  return id < middle.id ? { time: newest.time, id } : middle;
}

function paceOf(builds: readonly WireBuild[]): number | undefined {
  const [first, last] = [builds[0], builds.at(-1)];
  if (first === undefined || last === undefined || first === last) return undefined;
  return Math.ceil((100 * (first.stoptime - last.stoptime)) / builds.length);
}

async function readEndless({ ask, requests }: Walk, { below: top }: Place, wanted: number): Promise<Stretch> {
  const nr = Math.min(BUILDS_MAX, wanted);
  const list = await requests.counted(ask({ below: top, byId: true }, nr));
  const last = list.at(-1);
  return { builds: list, rest: last === undefined || list.length < nr ? null : { below: borderOf(last) } };
}

function now(): number {
  return Math.floor(Date.now() / 1_000);
}

function tooMany(): Overflow {
  return new Overflow(
    "LIMIT_EXCEEDED",
    `Cuirass shows the same ${BUILDS_MAX} builds again and again; narrow by \`specification\`, \`system\` or \`job\`, ` +
      "or by time",
  );
}
