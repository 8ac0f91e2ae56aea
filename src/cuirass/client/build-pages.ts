// Pages of builds in the order of their end. Forward only: Cuirass can be asked for what lies below a place, not for
// the first builds above it.

import { InputRefused } from "../../errors.js";
import { unknownCursor } from "../../ci/page.js";
import type { Page, PageRequest } from "../../ci/page.js";
import { borderOf, isBorder } from "../protocol/border.js";
import type { TimeRange } from "../protocol/border.js";
import { RequestCount, isPlaceIn, readByEnd } from "./by-end.js";
import type { AskBuilds, Place, Walk, Zone } from "./by-end.js";
import { BUILDS_MAX } from "../protocol/build-query.js";
import type { CuirassClient } from "./client.js";
import type { BuildQuery } from "../protocol/build-query.js";
import { BuildStatus, UNFINISHED, toBuildStatus } from "../protocol/enums.js";
import type { WireBuild } from "../protocol/wire.js";

/** Whether a build belongs to a list, where Cuirass can't be asked for it; null when all do. */
export type BuildTest = ((wire: WireBuild) => boolean) | null;

export interface FinishedFilter {
  /** Null: all that have ended, and those whose end Cuirass does not know. */
  readonly range?: TimeRange | null;
  readonly statuses?: readonly BuildStatus[] | null;
  readonly test?: BuildTest;
}

/** Builds that are read for a filter of ours, first and then. */
const SEARCHED_FIRST_BUILDS = 200;
const SEARCHED_BUILDS = 800;

/** Builds with one of these have an end, in any version. */
const ALWAYS_ENDED: ReadonlySet<BuildStatus> = new Set([
  BuildStatus.SUCCEEDED,
  BuildStatus.FAILED,
  BuildStatus.FAILED_OTHER,
]);

/** One whose dependency was mended keeps its end while it waits again; most have none. */
export const UNFINISHED_ZONES: readonly Zone[] = ["ended", "endless"];

/**
 * A page of finished builds: those that ended last first, then those whose end Cuirass does not know, which are the
 * canceled ones, highest id first. A page may be shorter than asked for, or empty, although there is more; its
 * `endCursor` is then where the search goes on.
 */
export function pageOfFinishedBuilds(
  client: CuirassClient,
  query: BuildQuery,
  request: PageRequest,
  filter: FinishedFilter = {},
): Promise<Page<WireBuild>> {
  const { range = null, statuses = null } = filter;
  const ask: AskBuilds = (part, nr) => client.latestBuilds({ ...query, ...part }, nr);
  const start = range?.below === undefined ? null : { below: range.below };
  return pageByEnd({ ask, zones: zonesOf(range, statuses), above: range?.above }, start, request, testOf(filter));
}

/** A page of unfinished builds, highest id first, but for those that wait again because a dependency was mended. */
export function pageOfUnfinishedBuilds(
  client: CuirassClient,
  query: BuildQuery,
  request: PageRequest,
  test: BuildTest,
): Promise<Page<WireBuild>> {
  const ask: AskBuilds = (part, nr) => client.queue({ ...query, ...part }, nr);
  return pageByEnd({ ask, zones: UNFINISHED_ZONES }, null, request, test);
}

async function pageByEnd(
  parts: Omit<Walk, "requests">,
  start: Place | null,
  request: PageRequest,
  test: BuildTest,
): Promise<Page<WireBuild>> {
  refuseBackward(request);
  const walk = { ...parts, requests: new RequestCount() };
  const place = request.cursor === null ? start : decodePlace(request.cursor);
  if (request.cursor !== null && (place === null || !isPlaceIn(walk.zones, place))) throw unknownCursor(request);
  const read = (at: Place | null, wanted: number, mayStop: boolean) => readByEnd(walk, at, wanted, mayStop);
  const { found, rest } = await readFitting(read, place, request.count, test, walk.requests);
  const page = toPage(request, found, rest === null ? null : encodePlace(rest), (build) =>
    encodePlace({ below: borderOf(build), pace: rest?.pace }),
  );
  return { ...page, searchedTo: rest === null ? undefined : rest.below.time * 1_000 };
}

/** Throws `InputRefused` for a page that is asked for backward. */
export function refuseBackward(request: PageRequest): void {
  if (request.direction === "backward") {
    throw new InputRefused("last", "Cuirass' lists go forward only; give `first` and `after`");
  }
}

/** Both tests of a filter in one. */
export function testOf({ statuses = null, test = null }: Pick<FinishedFilter, "statuses" | "test">): BuildTest {
  if (statuses === null) return test;
  return (wire) => statuses.includes(toBuildStatus(wire.buildstatus)) && test?.(wire) !== false;
}

/** Whether Cuirass may not know the end of a finished build with one of these statuses; null for all statuses. */
export function mayBeEndless(statuses: readonly BuildStatus[] | null): boolean {
  return statuses?.every((status) => ALWAYS_ENDED.has(status) || UNFINISHED.has(status)) !== true;
}

function zonesOf(range: TimeRange | null, statuses: readonly BuildStatus[] | null): readonly Zone[] {
  if (range !== null || !mayBeEndless(statuses)) return ["ended"];
  // Nearly all of them are down there.
  const isCanceled = statuses?.every((status) => status === BuildStatus.CANCELED) === true;
  return isCanceled ? ["endless", "ended"] : ["ended", "endless"];
}

/** First pages of so few builds are filled even where that takes some requests more than a page costs otherwise. */
const SMALL_PAGE_BUILDS = 5;
const SMALL_PAGE_MORE = 4;

/** Reads on until more than `count` builds fit, nothing is left, or the page has cost its requests. */
export async function readFitting<P>(
  read: (
    place: P | null,
    wanted: number,
    mayStop: boolean,
  ) => Promise<{ readonly builds: readonly WireBuild[]; readonly rest: P | null }>,
  place: P | null,
  count: number,
  test: BuildTest,
  requests: RequestCount,
): Promise<{ readonly found: readonly WireBuild[]; readonly rest: P | null }> {
  const found: WireBuild[] = [];
  let wanted = test === null ? count + 1 : SEARCHED_FIRST_BUILDS;
  for (let at = place, hasRead = false; ; hasRead = true) {
    const { builds, rest } = await read(at, Math.min(BUILDS_MAX, wanted), hasRead);
    found.push(...(test === null ? builds : builds.filter(test)));
    // A small farm has few builds near its newest one: a short first page of a list without a filter would look like its end.
    if (place === null && test === null && found.length < count && count <= SMALL_PAGE_BUILDS)
      requests.grant(SMALL_PAGE_MORE);
    if (rest === null || rest === at || found.length > count || requests.left === 0) return { found, rest };
    at = rest;
    wanted = test === null ? count + 1 - found.length : SEARCHED_BUILDS;
  }
}

/**
 * The first of what was found as a page.
 * @param end where to go on after all that was read, in vain or not; null when nothing is left.
 */
export function toPage(
  { count, cursor }: PageRequest,
  found: readonly WireBuild[],
  end: string | null,
  cursorOf: (build: WireBuild) => string,
): Page<WireBuild> {
  return {
    items: found.slice(0, count).map((node) => ({ cursor: cursorOf(node), node })),
    hasNextPage: found.length > count || end !== null,
    hasPreviousPage: cursor !== null,
    totalCount: null,
    endCursor: found.length > count ? null : end,
  };
}

export function encodePlace({ below, pace }: Place): string {
  return `t${below.time}.${below.id}${pace === undefined ? "" : `.${pace}`}`;
}

/** Null for other text. */
export function decodePlace(text: string): Place | null {
  const [, time, id, pace] = /^t(\d{1,10})\.(\d{1,10})(?:\.(\d{1,12}))?$/.exec(text) ?? [];
  const below = { time: Number(time), id: Number(id) };
  if (time === undefined || !isBorder(below)) return null;
  return { below, pace: pace === undefined ? undefined : Number(pace) };
}
