// Stable pages of builds: newest evaluation first, then highest id first. Cuirass sorts by evaluation only and cuts
// anywhere (cuirass.md, sections 4.1 and 4.2), so that only what lies above the last evaluation of a full list is
// whole; that evaluation is read alone, by id.

import { InputRefused, Overflow } from "../../errors.js";
import { unknownCursor } from "../../ci/page.js";
import type { Page, PageRequest } from "../../ci/page.js";
import { forwardPage, readOn } from "../../ci/read-on.js";
import { BUILDS_MAX } from "./client.js";
import type { BuildQuery, CuirassClient } from "./client.js";
import { toBuildStatus } from "../protocol/enums.js";
import type { BuildStatus } from "../protocol/enums.js";
import { toEvaluationId } from "../protocol/ids.js";
import type { CuirassEvaluationId } from "../protocol/ids.js";
import type { WireBuild } from "../protocol/wire.js";

/** Reads for one page: each is one to three requests, but for builds that finish or restart meanwhile. */
const READS_MAX = 4;
/** Steps of one read; a list and a group are two. */
const STEPS_MAX = 8;
/** Builds that are looked at for a filter of ours, in one read. */
const SCAN_MIN_BUILDS = 50;
const SCAN_MAX_BUILDS = 500;

/** A build and its place among the builds of its evaluation, from 1: where a later read has to look for it. */
interface Placed {
  readonly wire: WireBuild;
  readonly rank: number;
}

/** Where a page begins: after this build. */
interface Position {
  readonly evaluation: CuirassEvaluationId;
  readonly id: number;
  readonly rank: number;
}

interface Stretch {
  readonly builds: readonly Placed[];
  /** `limit`: there is more, but Cuirass can't be made to show it. */
  readonly end: "more" | "last" | "limit";
}

type Read = (after: Position | null, wanted: number) => Promise<Stretch>;
/** The newest `nr` builds of one evaluation, highest id first. `full`: there may be more. */
type ReadNewest = (nr: number) => Promise<{ readonly builds: readonly WireBuild[]; readonly full: boolean }>;

/**
 * A page of finished builds. Forward only; `statuses`, which Cuirass ignores, and `fits`, which it can't be asked for,
 * are sorted out here.
 */
export function pageOfFinishedBuilds(
  client: CuirassClient,
  query: BuildQuery,
  request: PageRequest,
  statuses: readonly BuildStatus[] | null,
  fits: ((wire: WireBuild) => boolean) | null = null,
): Promise<Page<WireBuild>> {
  return pageOf((after, wanted) => readFinished(client, query, after, wanted), query, request, statuses, fits);
}

/** A page of all builds of one evaluation, finished or not. */
export function pageOfEvaluationBuilds(
  client: CuirassClient,
  query: BuildQuery & { readonly evaluation: CuirassEvaluationId },
  request: PageRequest,
  statuses: readonly BuildStatus[] | null,
): Promise<Page<WireBuild>> {
  const newest: ReadNewest = async (nr) => {
    // One after the other, so that a build which finishes meanwhile is in both rather than in none.
    const unfinished = await client.queue({ ...query, byId: true }, nr);
    const finished = await client.latestBuilds({ ...query, byId: true }, nr);
    const byId = new Map([...unfinished, ...finished].map((build) => [build.id, build]));
    const builds = [...byId.values()].sort((a, b) => b.id - a.id);
    const full = unfinished.length >= nr || finished.length >= nr;
    // Below that, a full list may lack builds that the other one still has.
    return { builds: full ? builds.slice(0, nr) : builds, full };
  };
  return pageOf((after, wanted) => readGroup(newest, after, wanted), query, request, statuses);
}

/** Throws `InputRefused` for a page that is asked for backward. */
export function refuseBackward(request: PageRequest): void {
  if (request.direction === "backward") {
    throw new InputRefused("last", "Cuirass' lists go forward only; give `first` and `after`");
  }
}

async function pageOf(
  read: Read,
  { evaluation }: BuildQuery,
  request: PageRequest,
  statuses: readonly BuildStatus[] | null,
  fits: ((wire: WireBuild) => boolean) | null = null,
): Promise<Page<WireBuild>> {
  refuseBackward(request);
  const wanted = request.count + 1;
  let after = request.cursor === null ? null : readPosition(request, request.cursor);
  if (after !== null && evaluation !== undefined && after.evaluation !== evaluation) throw unknownCursor(request);
  let size = statuses === null && fits === null ? wanted : Math.max(SCAN_MIN_BUILDS, 2 * wanted);
  const last: { end: Stretch["end"] } = { end: "more" };
  const { found, looked } = await readOn(request.count, READS_MAX, async () => {
    const stretch = await read(after, size);
    last.end = stretch.end;
    const lowest = stretch.builds.at(-1);
    if (lowest !== undefined) after = toPosition(lowest);
    size = Math.min(SCAN_MAX_BUILDS, 2 * size);
    const fitting = stretch.builds.filter(
      ({ wire }) =>
        (statuses === null || statuses.includes(toBuildStatus(wire.buildstatus))) && (fits === null || fits(wire)),
    );
    return { found: fitting, looked: stretch.builds.length, more: stretch.end === "more" };
  });
  const { end } = last;
  if (found.length === 0 && end === "limit") {
    throw new Overflow(
      "LIMIT_EXCEEDED",
      `Cuirass shows ${BUILDS_MAX} builds of an evaluation at most, and evaluation ${after?.evaluation ?? ""} has them ` +
        "all or more; narrow by `system` or `job`, or ask for another evaluation",
    );
  }
  if (found.length === 0 && end === "more") {
    throw new Overflow(
      "LIMIT_EXCEEDED",
      `none of the next ${looked} builds has such a ${fits === null ? "status" : "name or time"}, and Cuirass can't look for it; narrow by ` +
        "`specification`, `system` or `job`",
    );
  }
  return forwardPage(request, { found, more: end !== "last" }, (placed) => ({
    cursor: encode(toPosition(placed)),
    node: placed.wire,
  }));
}

/** The next builds of all evaluations, or of one. */
async function readFinished(
  client: CuirassClient,
  query: BuildQuery,
  after: Position | null,
  wanted: number,
): Promise<Stretch> {
  const builds: Placed[] = [];
  // The evaluation to read alone, from its newest build on or after a build.
  let group = after === null ? query.evaluation : after.evaluation;
  let inGroup = after;
  let before: CuirassEvaluationId | undefined;
  for (let steps = 0; steps < STEPS_MAX; steps += 1) {
    if (group !== undefined) {
      const evaluation = group;
      const newest: ReadNewest = async (nr) => {
        const list = await client.latestBuilds({ ...query, evaluation, byId: true }, nr);
        return { builds: list, full: list.length >= nr };
      };
      const stretch = await readGroup(newest, inGroup, wanted - builds.length);
      builds.push(...stretch.builds);
      if (stretch.end !== "last" || query.evaluation !== undefined) return { builds, end: stretch.end };
      before = evaluation;
    }
    const nr = Math.min(BUILDS_MAX, wanted - builds.length);
    const list = await client.latestBuilds({ ...query, before }, nr);
    // A full list is cut inside its last evaluation, nobody knows where.
    const cut = list.length >= nr ? list.at(-1)?.evaluation : undefined;
    builds.push(...ranked(list.filter(({ evaluation }) => evaluation !== cut)));
    if (cut === undefined) return { builds, end: "last" };
    group = toEvaluationId(cut);
    inGroup = null;
  }
  return { builds, end: "more" };
}

/** Whole evaluations in the pages' order. */
function ranked(list: readonly WireBuild[]): Placed[] {
  const sorted = [...list].sort((a, b) => b.evaluation - a.evaluation || b.id - a.id);
  let first = 0;
  return sorted.map((wire, at) => {
    if (sorted[first]?.evaluation !== wire.evaluation) first = at;
    return { wire, rank: at - first + 1 };
  });
}

/** The next builds of one evaluation. Cuirass can't begin in the middle, so what lies above is read again. */
async function readGroup(newest: ReadNewest, after: Position | null, wanted: number): Promise<Stretch> {
  const below = after?.id ?? Infinity;
  let nr = Math.min(BUILDS_MAX, (after?.rank ?? 0) + wanted);
  for (;;) {
    const { builds, full } = await newest(nr);
    const above = builds.filter(({ id }) => id >= below).length;
    const rest = builds.slice(above, above + wanted).map((wire, at) => ({ wire, rank: above + at + 1 }));
    if (rest.length === wanted) return { builds: rest, end: "more" };
    if (!full) return { builds: rest, end: "last" };
    if (nr === BUILDS_MAX) return { builds: rest, end: "limit" };
    // Builds that finished meanwhile have moved the place.
    nr = Math.min(BUILDS_MAX, Math.max(above + wanted, 2 * nr));
  }
}

function toPosition({ wire, rank }: Placed): Position {
  return { evaluation: toEvaluationId(wire.evaluation), id: wire.id, rank };
}

function encode({ evaluation, id, rank }: Position): string {
  return `${evaluation}.${id}.${rank}`;
}

function readPosition(request: PageRequest, cursor: string): Position {
  const [, evaluation, id, rank] = /^(\d{1,10})\.(\d{1,10})\.(\d{1,4})$/.exec(cursor) ?? [];
  if (evaluation === undefined) throw unknownCursor(request);
  return { evaluation: toEvaluationId(Number(evaluation)), id: Number(id), rank: Number(rank) };
}
