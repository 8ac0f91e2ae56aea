// Pages of builds whether they have ended or not: first those that had not when the walk began, highest id first, then
// the others in the order of their end.
//
// Builds end while somebody walks. So that each is seen once, a walk keeps to a time at which it began: what ended later
// belongs to its first part, and is shown there by its id, as if it had not ended. Cuirass is asked for it (cuirass.md,
// section 6). When more has ended than one list shows, the walk takes a later time, and notes how far it was by then.
// One that waited again because a dependency was mended, and ends meanwhile, may be seen twice.

import { Overflow } from "../../errors.js";
import { unknownCursor } from "../../ci/page.js";
import type { Page, PageRequest } from "../../ci/page.js";
import { CEILING, NEVER_ENDED, above, borderOf, byEnd, isAbove, isBorder } from "../protocol/border.js";
import type { Border } from "../protocol/border.js";
import {
  UNFINISHED_ZONES,
  decodePlace,
  encodePlace,
  mayBeEndless,
  pageOfFinishedBuilds,
  pageOfUnfinishedBuilds,
  readFitting,
  refuseBackward,
  testOf,
  toPage,
} from "./build-pages.js";
import type { FinishedFilter } from "./build-pages.js";
import { RequestCount, readByEnd } from "./by-end.js";
import type { Place, Walk } from "./by-end.js";
import { BUILDS_MAX } from "../protocol/build-query.js";
import type { CuirassClient } from "./client.js";
import type { BuildQuery } from "../protocol/build-query.js";
import { BuildStatus, UNFINISHED, toBuildStatus } from "../protocol/enums.js";
import type { CuirassEvaluationId } from "../protocol/ids.js";
import { pageOfRunning } from "./queue-pages.js";
import type { WireBuild } from "../protocol/wire.js";

/** Etna's clock may be ahead of Cuirass' by so much. */
const CLOCK_SECONDS = 10;
/** The first request: where no more have not ended, the queue is known. */
const FIRST_LIST_BUILDS = 100;
/** Times that one walk may take one after the other: a thousand builds or more end between two. */
const TIMES_MAX = 40;

/** A time that the walk kept to until it took the next one. */
interface Time {
  readonly border: Border;
  /** What ended after the time before, up to this one: from this id on it has been shown. */
  readonly shownFrom: number;
}

interface AllPlace {
  readonly part: "unended" | "ended";
  readonly place: Place;
  /** The last one is kept to now. */
  readonly times: readonly Time[];
}

interface AllStretch {
  readonly builds: readonly WireBuild[];
  readonly rest: AllPlace | null;
}

/** A page of all builds of one evaluation, or of those with some statuses. */
export function pageOfEvaluationBuilds(
  client: CuirassClient,
  query: BuildQuery & { readonly evaluation: CuirassEvaluationId },
  request: PageRequest,
  statuses: readonly BuildStatus[] | null,
): Promise<Page<WireBuild>> {
  if (statuses === null) return pageOfAllBuilds(client, query, request);
  const test = (build: WireBuild) => statuses.includes(toBuildStatus(build.buildstatus));
  if (statuses.every((status) => status === BuildStatus.STARTED)) return pageOfRunning(client, query, request, test);
  if (statuses.every((status) => UNFINISHED.has(status))) return pageOfUnfinishedBuilds(client, query, request, test);
  if (!statuses.some((status) => UNFINISHED.has(status)))
    return pageOfFinishedBuilds(client, query, request, { statuses });
  return pageOfAllBuilds(client, query, request, { statuses });
}

/** A page of builds; `range` is of what has ended. */
export async function pageOfAllBuilds(
  client: CuirassClient,
  query: BuildQuery,
  request: PageRequest,
  filter: FinishedFilter = {},
): Promise<Page<WireBuild>> {
  refuseBackward(request);
  const start = request.cursor === null ? null : decode(request.cursor);
  if (request.cursor !== null && start === null) throw unknownCursor(request);
  const walk = new AllBuilds(client, query, filter);
  const read = (place: AllPlace | null, wanted: number, mayStop: boolean) => walk.read(place, wanted, mayStop);
  const { found, rest } = await readFitting(read, start, request.count, testOf(filter), walk.requests);
  return toPage(request, found, rest === null ? null : encode(rest), (build) => encode(walk.placeOf(build)));
}

class AllBuilds {
  readonly requests = new RequestCount();
  readonly #unended: Walk;
  readonly #ended: Walk;
  /** Where the builds of this page stand. */
  readonly #places = new Map<number, Omit<AllPlace, "place">>();
  #pace: number | undefined;

  constructor(
    private readonly client: CuirassClient,
    private readonly query: BuildQuery,
    { range = null, statuses = null }: FinishedFilter,
  ) {
    const { requests } = this;
    this.#unended = {
      ask: (part, nr) => client.queue({ ...query, ...part }, nr),
      requests,
      zones: UNFINISHED_ZONES,
    };
    this.#ended = {
      ask: (part, nr) => client.latestBuilds({ ...query, ...part }, nr),
      requests,
      zones: range === null && mayBeEndless(statuses) ? ["ended", "endless"] : ["ended"],
      above: range?.above,
    };
  }

  async read(place: AllPlace | null, wanted: number, mayStop: boolean): Promise<AllStretch> {
    if (place === null) return this.#readFirst(wanted);
    if (place.part === "ended") return this.#readEnded(place, wanted, mayStop);
    // Those that have ended meanwhile cost another request.
    if (mayStop && this.requests.left < 2) return { builds: [], rest: place };
    const { builds, rest } = await this.#readUnended(place, wanted);
    if (rest?.part !== "ended" || builds.length >= wanted) return { builds, rest };
    const stretch = await this.#readEnded(rest, wanted - builds.length, builds.length > 0);
    return { builds: [...builds, ...stretch.builds], rest: stretch.rest };
  }

  placeOf(build: WireBuild): AllPlace {
    const { part, times } = this.#places.get(build.id) ?? { part: "ended", times: [] };
    const last = times.at(-1);
    // One that has ended meanwhile stands where it stood before.
    const isLate = part === "unended" && (last === undefined || isAbove(borderOf(build), last.border));
    return { part, times, place: { below: isLate ? { time: 0, id: build.id } : borderOf(build), pace: this.#pace } };
  }

  /** The highest ids first, which may be all that have not ended. */
  async #readFirst(wanted: number): Promise<AllStretch> {
    const now = Math.floor(Date.now() / 1_000);
    const nr = Math.min(BUILDS_MAX, Math.max(FIRST_LIST_BUILDS, wanted));
    const list = await this.requests.counted(this.client.queue({ ...this.query, byId: true }, nr));
    if (list.length < nr && list.length < wanted) return this.#readBoth([...list].sort(byEnd), wanted);
    // Nothing that is in this list has ended by then.
    const seen = list.map(({ starttime, timestamp }) => Math.max(starttime, timestamp));
    const times = [{ border: { time: Math.max(now - CLOCK_SECONDS, ...seen), id: 0 }, shownFrom: 0 }];
    const first: AllPlace = { part: "unended", place: { below: CEILING }, times };
    const mended =
      list.length < nr
        ? { builds: list.filter(({ stoptime }) => stoptime > 0).sort(byEnd), rest: null }
        : await readByEnd({ ...this.#unended, zones: ["ended"] }, null, wanted);
    this.#note(mended.builds, first);
    if (mended.rest !== null) return { builds: mended.builds, rest: { ...first, place: mended.rest } };
    const waiting = list.filter(({ stoptime }) => stoptime === 0);
    const stretch = await this.#addLate(first, waiting, list.length < nr ? 0 : (list.at(-1)?.id ?? 0));
    return { builds: [...mended.builds, ...stretch.builds], rest: stretch.rest };
  }

  /** All that have not ended, and the first that have: the time that the walk keeps to lies between them. */
  async #readBoth(unended: readonly WireBuild[], wanted: number): Promise<AllStretch> {
    const ids = new Set(unended.map(({ id }) => id));
    const stretch = await readByEnd(this.#ended, null, wanted - unended.length);
    const justEnded = stretch.builds.filter(({ id }) => ids.has(id)).map(borderOf);
    const others = stretch.builds.filter(({ id }) => !ids.has(id));
    const newest = others.map(borderOf).find((border) => justEnded.every((end) => isAbove(end, border)));
    const border = newest ?? stretch.rest?.below ?? this.#ended.above ?? NEVER_ENDED;
    this.#note(unended, { part: "unended", times: [{ border, shownFrom: 0 }] });
    this.#note(others, { part: "ended", times: [] }, stretch.rest?.pace);
    const rest: AllPlace | null = stretch.rest === null ? null : { part: "ended", place: stretch.rest, times: [] };
    return { builds: [...unended, ...others], rest };
  }

  async #readEnded({ place, times }: AllPlace, wanted: number, mayStop: boolean): Promise<AllStretch> {
    const { builds, rest } = await readByEnd(this.#ended, place, wanted, mayStop);
    const others = builds.filter((build) => !wasShown(times, build));
    this.#note(others, { part: "ended", times }, rest?.pace);
    return { builds: others, rest: rest === null ? null : { part: "ended", place: rest, times } };
  }

  async #readUnended(place: AllPlace, wanted: number): Promise<AllStretch> {
    if (place.place.below.time > 0) {
      const { builds, rest } = await readByEnd({ ...this.#unended, zones: ["ended"] }, place.place, wanted);
      this.#note(builds, place);
      return { builds, rest: { ...place, place: rest ?? { below: NEVER_ENDED } } };
    }
    const { builds, rest } = await readByEnd({ ...this.#unended, zones: ["endless"] }, place.place, wanted);
    return this.#addLate(place, builds, rest?.below.id ?? 0);
  }

  /**
   * Builds that have not ended, by id down to `lowest`, and among them those that have meanwhile. They are read later, so
   * that one which ends just then is in both lists rather than in none.
   */
  async #addLate(place: AllPlace, waiting: readonly WireBuild[], lowest: number): Promise<AllStretch> {
    let { times } = place;
    const { below } = place.place;
    const end = below.time > 0 ? CEILING.id : below.id;
    for (;;) {
      const since = times.at(-1)?.border ?? NEVER_ENDED;
      const late = await this.requests.counted(this.client.endedSince(this.query, since, waiting));
      // A list that is cut is whole down to its last one.
      const cut = late.length < BUILDS_MAX ? 0 : (late.at(-1)?.id ?? 0);
      if (cut < end) {
        const reached = Math.max(lowest, cut);
        const ids = new Set(waiting.map(({ id }) => id));
        const builds = [...waiting, ...late.filter(({ id }) => !ids.has(id))]
          .filter(({ id }) => id >= reached && id < end)
          .sort((one, other) => other.id - one.id);
        this.#note(builds, { part: "unended", times });
        const rest: AllPlace =
          reached > 0
            ? { part: "unended", place: { below: { time: 0, id: reached } }, times }
            : { part: "ended", place: { below: above(since) }, times };
        return { builds, rest };
      }
      times = [...times, { border: laterTime(late, since), shownFrom: end }];
      if (times.length > TIMES_MAX) {
        throw new Overflow("LIMIT_EXCEEDED", "too many builds have ended since this walk began; begin it anew");
      }
    }
  }

  #note(builds: readonly WireBuild[], { part, times }: Omit<AllPlace, "place">, pace?: number): void {
    for (const { id } of builds) this.#places.set(id, { part, times });
    this.#pace = pace ?? this.#pace;
  }
}

/** Whether a build that ended while the walk went on was shown before it took a later time. */
function wasShown(times: readonly Time[], build: WireBuild): boolean {
  const border = borderOf(build);
  const at = times.findIndex((time) => !isAbove(border, time.border));
  return at > 0 && build.id >= (times[at]?.shownFrom ?? 0);
}

function encode({ part, place, times }: AllPlace): string {
  const kept = times.map(({ border: { time, id }, shownFrom }) => `~${time}.${id}.${shownFrom}`);
  return `${part === "unended" ? "u" : "e"}${encodePlace(place)}${kept.join("")}`;
}

/** Null for other text. */
function decode(text: string): AllPlace | null {
  const [head = "", ...kept] = text.split("~");
  const place = /^[ue]t/.test(head) ? decodePlace(head.slice(1)) : null;
  const times = kept.map(decodeTime);
  if (place === null || times.length > TIMES_MAX || (head.startsWith("u") && times.length === 0)) return null;
  const known = times.filter((time) => time !== null);
  return known.length < times.length ? null : { part: head.startsWith("u") ? "unended" : "ended", place, times: known };
}

function decodeTime(text: string): Time | null {
  const [, time, id, shownFrom] = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/.exec(text) ?? [];
  const border = { time: Number(time), id: Number(id) };
  return time === undefined || !isBorder(border) ? null : { border, shownFrom: Number(shownFrom) };
}

/** A time that Cuirass has come to for certain, but not the second that it may still be in. */
function laterTime(builds: readonly WireBuild[], time: Border): Border {
  const newest = Math.max(...builds.map(({ stoptime }) => stoptime));
  const isOver = newest < Date.now() / 1_000 - CLOCK_SECONDS;
  const border = isOver ? { time: newest, id: CEILING.id } : { time: newest, id: 0 };
  if (!isAbove(border, time)) {
    throw new Overflow(
      "LIMIT_EXCEEDED",
      `more than ${BUILDS_MAX} builds have just ended; ask for this page again in ${CLOCK_SECONDS} seconds`,
    );
  }
  return border;
}
