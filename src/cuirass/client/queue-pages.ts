// Pages of the build queue: what runs first, by urgency; then what waits, by urgency as long as one list shows it all,
// else highest id first.
//
// The queue moves while somebody walks: what waits begins to run, and comes to Cuirass' front. So that each build is
// seen once, a cursor says which ones ran when the walk began; all others stay among those that wait, in an order that
// does not change while a build is unfinished: Cuirass' own order does.

import { unknownCursor } from "../../ci/page.js";
import type { Page, PageRequest } from "../../ci/page.js";
import { borderOf } from "../protocol/border.js";
import {
  UNFINISHED_ZONES,
  decodePlace,
  encodePlace,
  pageOfUnfinishedBuilds,
  readFitting,
  refuseBackward,
  toPage,
} from "./build-pages.js";
import { RequestCount, readByEnd } from "./by-end.js";
import type { Place } from "./by-end.js";
import { BUILDS_MAX } from "../protocol/build-query.js";
import type { CuirassClient } from "./client.js";
import type { BuildQuery } from "../protocol/build-query.js";
import type { WireBuild } from "../protocol/wire.js";

const RUNNING = -1;
/** A queue that is shorter is shown by urgency, and read whole for each page. What runs is shorter at most farms. */
const LIST_BUILDS = 300;
/** Builds that a cursor names, as they began to run in the second in which the walk began. */
const SAME_SECOND_MAX = 50;
/** Etna's clock may be ahead of Cuirass' by so much. */
const CLOCK_SECONDS = 10;

/** Priority, creation, id: the lower, the sooner. None of it changes while a build is unfinished. */
type Urgency = readonly [priority: number, createdAt: number, id: number];

/** Builds that ran when a walk began: they had started before this second, or in it and are named. */
interface Front {
  readonly second: number;
  readonly ids: readonly number[];
}

/** Where a page begins. */
interface QueuePlace {
  readonly front: Front;
  /** After this build of the front; null at its beginning, `done` behind its end. */
  readonly running: Urgency | "done" | null;
  /** Of the others, those up to here have been shown. */
  readonly waiting: Urgency | null;
  /** They are shown by id now. */
  readonly byId: Place | null;
}

/** A page of unfinished builds. Forward only. */
export async function pageOfQueue(
  client: CuirassClient,
  query: BuildQuery,
  request: PageRequest,
): Promise<Page<WireBuild>> {
  refuseBackward(request);
  const place = request.cursor === null ? null : decode(request.cursor);
  if (request.cursor !== null && place === null) throw unknownCursor(request);
  const walk = new QueueWalk(client, query);
  const read = (at: QueuePlace | null, wanted: number, mayStop: boolean) => walk.read(at, wanted, mayStop);
  const { found, rest } = await readFitting(read, place, request.count, null, walk.requests);
  const page = toPage(request, found, rest === null ? null : encode(rest), (build) => encode(walk.placeOf(build)));
  const { wholeLength } = walk;
  return { ...page, totalCount: wholeLength ?? (() => countQueue(client, query)) };
}

/** A page of the builds that run, highest id first. */
export async function pageOfRunning(
  client: CuirassClient,
  query: BuildQuery,
  request: PageRequest,
  test: (build: WireBuild) => boolean,
): Promise<Page<WireBuild>> {
  refuseBackward(request);
  const place = request.cursor === null ? null : decodePlace(request.cursor);
  if (request.cursor !== null && place === null) throw unknownCursor(request);
  const all = await readRunning(client, query, new RequestCount());
  const running = (build: WireBuild) => build.buildstatus === RUNNING && test(build);
  if (all.isCut) return pageOfUnfinishedBuilds(client, query, request, running);
  const below = place?.below.id ?? Infinity;
  const found = all.list.filter((build) => build.id < below && running(build)).sort((a, b) => b.id - a.id);
  return toPage(request, found, null, ({ id }) => encodePlace({ below: { time: 0, id } }));
}

class QueueWalk {
  readonly requests = new RequestCount();
  /** How many there are, when one list has shown all. */
  wholeLength: number | null = null;
  /** Where the builds of this page stand. */
  readonly #places = new Map<number, QueuePlace>();

  constructor(
    private readonly client: CuirassClient,
    private readonly query: BuildQuery,
  ) {}

  async read(place: QueuePlace | null, wanted: number, mayStop: boolean) {
    if (place?.byId != null) return this.#readById(place, wanted, mayStop);
    const { list, isWhole, isCut } = await readRunning(this.client, this.query, this.requests);
    const at = place ?? { front: isCut ? NO_FRONT : frontOf(list), running: null, waiting: null, byId: null };
    if (isWhole) this.wholeLength = list.length;
    const ran = at.running === "done" ? [] : list.filter((build) => isNextInFront(at, build)).sort(byUrgency);
    for (const build of ran) this.#places.set(build.id, { ...at, running: urgencyOf(build) });
    const others: QueuePlace = { ...at, running: "done" };
    if (ran.length >= wanted) return { builds: ran, rest: others };
    if (!isWhole) {
      const { builds, rest } = await this.#readById(others, wanted - ran.length, mayStop || ran.length > 0);
      return { builds: [...ran, ...builds], rest };
    }
    const waiting = list.filter((build) => isYetToCome(others, build)).sort(byUrgency);
    for (const build of waiting) this.#places.set(build.id, { ...others, waiting: urgencyOf(build) });
    return { builds: [...ran, ...waiting], rest: null };
  }

  placeOf(build: WireBuild): QueuePlace {
    return this.#places.get(build.id) ?? EMPTY_PLACE;
  }

  async #readById(at: QueuePlace, wanted: number, mayStop: boolean) {
    const { client, query, requests } = this;
    const ask = (part: BuildQuery, nr: number) => client.queue({ ...query, ...part }, nr);
    const stretch = await readByEnd({ ask, requests, zones: UNFINISHED_ZONES }, at.byId, wanted, mayStop);
    const builds = stretch.builds.filter((build) => isYetToCome(at, build));
    for (const build of builds) this.#places.set(build.id, { ...at, byId: { below: borderOf(build) } });
    return { builds, rest: stretch.rest === null ? null : { ...at, byId: stretch.rest } };
  }
}

/** The queue from its front on, as far as anything runs. `isCut`: more run than Cuirass shows. */
async function readRunning(client: CuirassClient, query: BuildQuery, requests: RequestCount) {
  let nr = LIST_BUILDS;
  let list = await requests.counted(client.queue(query, nr));
  if (list.length >= nr && list.at(-1)?.buildstatus === RUNNING) {
    nr = BUILDS_MAX;
    list = await requests.counted(client.queue(query, nr));
  }
  const isWhole = list.length < nr;
  return { list, isWhole, isCut: !isWhole && list.at(-1)?.buildstatus === RUNNING };
}

async function countQueue(client: CuirassClient, query: BuildQuery): Promise<number | null> {
  const list = await client.queue(query, BUILDS_MAX);
  return list.length < BUILDS_MAX ? list.length : null;
}

const NO_FRONT: Front = { second: 0, ids: [] };
const EMPTY_PLACE: QueuePlace = { front: NO_FRONT, running: "done", waiting: null, byId: null };

function frontOf(list: readonly WireBuild[]): Front {
  const running = list.filter(({ buildstatus }) => buildstatus === RUNNING);
  const seconds = [...new Set(running.map(({ starttime }) => starttime))].sort((a, b) => b - a);
  const past = Date.now() / 1_000 - CLOCK_SECONDS;
  for (const second of seconds) {
    if (second < past) return { second: second + 1, ids: [] };
    const ids = running.filter(({ starttime }) => starttime === second).map(({ id }) => id);
    if (ids.length <= SAME_SECOND_MAX) return { second, ids };
  }
  return NO_FRONT;
}

function isIn({ second, ids }: Front, { buildstatus, starttime, id }: WireBuild): boolean {
  return buildstatus === RUNNING && (starttime < second || (starttime === second && ids.includes(id)));
}

function isNextInFront({ front, running }: QueuePlace, build: WireBuild): boolean {
  return isIn(front, build) && (!isUrgency(running) || isLater(urgencyOf(build), running));
}

function isYetToCome({ front, waiting }: QueuePlace, build: WireBuild): boolean {
  return !isIn(front, build) && (waiting === null || isLater(urgencyOf(build), waiting));
}

function urgencyOf({ priority, timestamp, id }: WireBuild): Urgency {
  return [priority, timestamp, id];
}

function isUrgency(place: QueuePlace["running"]): place is Urgency {
  return place !== null && place !== "done";
}

function compare(one: Urgency, other: Urgency): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}

function isLater(one: Urgency, other: Urgency): boolean {
  return compare(one, other) > 0;
}

function byUrgency(one: WireBuild, other: WireBuild): number {
  return compare(urgencyOf(one), urgencyOf(other));
}

function encode({ front, running, waiting, byId }: QueuePlace): string {
  const urgency = (place: Urgency | null) => place?.join(".") ?? "";
  const part = isUrgency(running) ? `r${urgency(running)}` : running === null ? "r" : `w${urgency(waiting)}`;
  return [`${front.second}.${front.ids.join(".")}`, part, ...(byId === null ? [] : [encodePlace(byId)])].join("~");
}

/** Null for other text. */
function decode(text: string): QueuePlace | null {
  const [, second, ids, list, key, byIdText] =
    /^(\d{1,10})\.([\d.]{0,5000})~([rw])((?:-?\d{1,9}\.\d{1,12}\.\d{1,10})?)(?:~(t.+))?$/.exec(text) ?? [];
  if (second === undefined || ids === undefined || key === undefined) return null;
  const parts = ids === "" ? [] : ids.split(".");
  if (!parts.every((part) => /^\d{1,10}$/.test(part))) return null;
  const named = parts.map(Number);
  const [priority, createdAt, id] = key.split(".").map(Number);
  const urgency =
    priority === undefined || createdAt === undefined || id === undefined ? null : ([priority, createdAt, id] as const);
  const byId = byIdText === undefined ? null : decodePlace(byIdText);
  if (named.length > SAME_SECOND_MAX || (byIdText !== undefined && byId === null)) return null;
  const front = { second: Number(second), ids: named };
  return list === "r"
    ? { front, running: urgency, waiting: null, byId: null }
    : { front, running: "done", waiting: urgency, byId };
}
