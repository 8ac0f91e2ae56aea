// How far a subscriber has been told of ends, in Cuirass' own terms: a second, and which of the builds that have ended since
// then it knows. Any process can go on from there, whatever became of the one that told them.

import { readByEnd, RequestCount } from "../client/by-end.js";
import type { Place } from "../client/by-end.js";
import { BUILDS_MAX } from "../protocol/build-query.js";
import type { CuirassClient } from "../client/client.js";
import type { BuildQuery } from "../protocol/build-query.js";
import { byEnd, isBorder, lastOfSecond } from "../protocol/border.js";
import type { WireBuild } from "../protocol/wire.js";
import type { BuildScope } from "./build-scope.js";

/** A build may come to light so much later than another one that has ended after it. */
const LATE_SECONDS = 2;
/** Builds that a place names; of more that end at once, some are told again. */
const NAMED_MAX = 40;
/** Requests by which a gap is read; a larger one is not told. */
const REQUESTS_MAX = 16;
const GAP_MAX = 4_000;

type End = Pick<WireBuild, "id" | "stoptime">;

export class EndPlace {
  #since = 0;
  /** In the order of their end. */
  #ends: readonly End[] = [];

  /** Nothing is known of what ended before this second. */
  begin(second: number): void {
    this.#since = Math.max(this.#since, second);
  }

  /** This end is told now. */
  note({ id, stoptime }: End): void {
    if (stoptime === 0) return;
    const ends = [...this.#ends.filter((end) => end.id !== id), { id, stoptime }].sort(
      (one, other) => one.stoptime - other.stoptime || one.id - other.id,
    );
    const [cut] = ends.slice(-NAMED_MAX - 1, -NAMED_MAX);
    this.#since = Math.max(
      this.#since,
      (ends.at(-1)?.stoptime ?? 0) - LATE_SECONDS,
      cut === undefined ? 0 : cut.stoptime + 1,
    );
    this.#ends = ends.filter((end) => end.stoptime >= this.#since);
  }

  /** Null before anything is known. */
  get text(): string | null {
    return this.#since === 0 ? null : [this.#since, ...this.#ends.map(({ id }) => id)].join(".");
  }
}

/** By the builds that were read for a gap: the place of a subscriber that has been told of them up to this one. */
const placesInGap = new WeakMap<WireBuild, string>();

export function placeInGap(build: WireBuild): string | null {
  return placesInGap.get(build) ?? null;
}

/** Builds of a scope that have ended since a place, in the order of their end; null for too many, and for other text. */
export async function readGap(
  client: CuirassClient,
  scope: BuildScope,
  text: string,
): Promise<readonly WireBuild[] | null> {
  const [since = NaN, ...told] = /^\d{1,10}(\.\d{1,10})*$/.test(text) ? text.split(".").map(Number) : [];
  if (!isBorder({ time: since, id: 0 })) return null;
  const walk = {
    ask: (part: BuildQuery, nr: number) => client.latestBuilds({ ...scope, ...part }, nr),
    requests: new RequestCount(REQUESTS_MAX),
    zones: ["ended"] as const,
    above: lastOfSecond(since - 1),
  };
  const builds: WireBuild[] = [];
  for (let place: Place | null | undefined; place !== null;) {
    if (builds.length > GAP_MAX || walk.requests.left === 0) return null;
    const stretch = await readByEnd(walk, place ?? null, BUILDS_MAX, true);
    builds.push(...stretch.builds);
    place = stretch.rest;
  }
  const reached = new EndPlace();
  reached.begin(since);
  const missed = builds.filter(({ id }) => !told.includes(id)).sort((one, other) => byEnd(other, one));
  for (const build of builds.filter(({ id }) => told.includes(id))) reached.note(build);
  for (const build of missed) {
    reached.note(build);
    placesInGap.set(build, reached.text ?? text);
  }
  return missed;
}
