// Pages of evaluations, highest id first. Cuirass' list can neither begin in the middle nor survive an evaluation that
// it can't show (cuirass.md, section 5): when a specification gets another channel, each of its evaluations until then,
// and every list that holds one of them, is an empty 500. In the list of that specification they are all behind those
// that can be shown; in the list of all specifications they are in between, and what such a list hides is read by id.

import { UpstreamError, Overflow } from "../../errors.js";
import { unknownCursor } from "../../ci/page.js";
import type { Page, PageRequest } from "../../ci/page.js";
import { forwardPage, readOn } from "../../ci/read-on.js";
import { refuseBackward } from "./build-pages.js";
import { RequestCount } from "./by-end.js";
import type { CuirassClient } from "./client.js";
import { readShown } from "./shown-evaluations.js";
import { parseQueryText, toEvaluationId } from "../protocol/ids.js";
import type { QueryText } from "../protocol/ids.js";
import type { WireEvaluation } from "../protocol/wire.js";

/** Longest list of one specification: 0.7 s of the server's time for 200. */
const LIST_MAX = 1_000;
/** Longest list of all specifications; deeper, single reads by id are cheaper. */
const MIXED_LIST_MAX = 200;
/** Reads by id for one page at most, and at a time, where no list is long enough. */
const SINGLE_READS_MAX = 150;
const SINGLE_READS_AT_ONCE = 20;
/** Requests for one page where a list is spoiled: what they do not reach is on the next page. */
const REQUESTS_MAX = 8;
/** Of them, those that are kept for reads by id. */
const SINGLE_READS_MIN = 4;

/** How many more are read, time after time, while a filter finds too few. */
const SCANS = [50, 150, 300] as const;
/** The same for evaluations of all specifications, once single reads by id would be needed. */
const SINGLE_SCAN = 40;

interface Placed {
  readonly wire: WireEvaluation;
  /** Place in the list, from 1. */
  readonly rank: number;
}

const ID_MAX = 2_147_483_647;

/** Where a page begins: after the evaluation with this id. */
interface Position {
  readonly id: number;
  readonly rank: number;
}

interface Stretch {
  readonly found: readonly Placed[];
  /** Where to go on, when that is not behind the last one; null when nothing is left. */
  readonly rest: Position | null;
  readonly hidden: Hidden;
}

/** What Cuirass can't show. */
interface Hidden {
  /** May hold some that never existed. */
  readonly ids: readonly number[];
  /** All that come after a page of one specification. */
  readonly older: boolean;
}

export interface EvaluationPage extends Page<WireEvaluation> {
  readonly hidden: Hidden;
}

const NOTHING_HIDDEN: Hidden = { ids: [], older: false };

/** A page of evaluations, of one specification or of all. Forward only. */
export async function pageOfEvaluations(
  client: CuirassClient,
  specification: QueryText | null,
  request: PageRequest,
  requests = new RequestCount(REQUESTS_MAX),
): Promise<EvaluationPage> {
  refuseBackward(request);
  const after = request.cursor === null ? null : readPosition(request, request.cursor);
  const wanted = request.count + 1;
  const stretch =
    (await readList(client, specification, after, wanted, requests)) ??
    (specification === null
      ? await readSpoiled(client, after, wanted, requests)
      : await readShownOf(client, specification, after, wanted, requests));
  const { found, rest, hidden } = stretch;
  const page = forwardPage(request, { found, more: rest !== null }, ({ wire, rank }) => ({
    cursor: encodePosition({ id: wire.id, rank }),
    node: wire,
  }));
  if (found.length > request.count || rest === null) return { ...page, hidden };
  const last = found.at(-1)?.wire.timestamp;
  return {
    ...page,
    hidden,
    endCursor: encodePosition(rest),
    searchedTo: last === undefined ? undefined : last * 1_000,
  };
}

/** A page of evaluations that fit, which Cuirass can't be asked for: up to 500 are looked at, some 240 of all specifications. Forward only. */
export async function pageOfFittingEvaluations(
  client: CuirassClient,
  specification: QueryText | null,
  request: PageRequest,
  fits: (wire: WireEvaluation) => boolean,
): Promise<EvaluationPage> {
  const ids: number[] = [];
  let older = false;
  let { cursor } = request;
  const requests = new RequestCount(REQUESTS_MAX);
  const { found, looked, more } = await readOn(request.count, SCANS.length, async (scan) => {
    const rank = cursor === null ? 0 : readPosition(request, cursor).rank;
    const listed = specification === null ? MIXED_LIST_MAX - 1 - rank : Infinity;
    const count = Math.min(SCANS[scan] ?? 0, Math.max(listed, SINGLE_SCAN));
    const part = { ...request, count, cursor };
    const { items, hasNextPage, ...page } = await pageOfEvaluations(client, specification, part, requests);
    ids.push(...page.hidden.ids);
    older ||= page.hidden.older;
    cursor = page.endCursor ?? items.at(-1)?.cursor ?? null;
    const fitting = items.filter(({ node }) => fits(node));
    return { found: fitting, looked: items.length, more: hasNextPage && cursor !== null && requests.left > 0 };
  });
  const hidden = { ids, older };
  const isSpoiled = ids.length > 0 && cursor !== null && requests.left === 0;
  if (found.length === 0 && more && !isSpoiled) {
    throw new Overflow(
      "LIMIT_EXCEEDED",
      `none of the next ${looked} evaluations has such a status or commit, and Cuirass can't look for it` +
        (specification === null ? "; narrow by `specification`" : ""),
    );
  }
  const page = forwardPage(request, { found, more: more || isSpoiled }, (item) => item);
  return { ...page, hidden, endCursor: isSpoiled && found.length <= request.count ? cursor : null };
}

/** By the list, as long as it must be to reach the page; null when it is spoiled, or when single reads are cheaper. */
async function readList(
  client: CuirassClient,
  specification: QueryText | null,
  after: Position | null,
  wanted: number,
  requests: RequestCount,
): Promise<Stretch | null> {
  for (let nr = (after?.rank ?? 0) + wanted; ;) {
    if (nr > MIXED_LIST_MAX && specification === null) return readDeep(client, after, wanted);
    if (nr > LIST_MAX) {
      throw new Overflow("LIMIT_EXCEEDED", `the list of a specification's evaluations ends after ${LIST_MAX}`);
    }
    const list = await requests.counted(client.evaluations(nr, specification));
    if (list === null) return null;
    const { found, above } = placed(list, after, wanted);
    if (found.length === wanted || list.length < nr) return { found, rest: null, hidden: NOTHING_HIDDEN };
    // New evaluations have moved the place.
    nr = Math.max(above + wanted, 2 * nr);
  }
}

/** What of a list comes after a place. */
function placed(list: readonly WireEvaluation[], after: Position | null, wanted: number) {
  const above = after === null ? 0 : list.filter(({ id }) => id >= after.id).length;
  const found = list.slice(above, above + wanted).map((wire, at) => ({ wire, rank: above + at + 1 }));
  return { found, above };
}

/** Of one specification, whose list is spoiled at its end. */
async function readShownOf(
  client: CuirassClient,
  specification: QueryText,
  after: Position | null,
  wanted: number,
  requests: RequestCount,
): Promise<Stretch> {
  const { list, isWhole } = await readShown(
    client,
    specification,
    after?.rank ?? 0,
    (after?.rank ?? 0) + wanted,
    requests,
  );
  const { found, above } = placed(list, after, wanted);
  if (found.length === wanted) return { found, rest: null, hidden: NOTHING_HIDDEN };
  const rest = { id: list.at(-1)?.id ?? after?.id ?? ID_MAX, rank: above + found.length };
  return { found, rest: isWhole ? null : rest, hidden: { ids: [], older: isWhole } };
}

/** One by one, deep in the list of all specifications, where it would be longer than the page by far. */
async function readDeep(client: CuirassClient, after: Position | null, wanted: number): Promise<Stretch> {
  const found: Placed[] = [];
  const ids: number[] = [];
  const [begin, rank] = [(after?.id ?? 1) - 1, after?.rank ?? 0];
  let id = begin;
  while (found.length < wanted && id > 0 && begin - id < SINGLE_READS_MAX) {
    const count = Math.min(SINGLE_READS_AT_ONCE, wanted - found.length);
    const { wires, hidden } = await readDown(client, id, count);
    found.push(...wires.map((wire, at) => ({ wire, rank: rank + found.length + at + 1 })));
    ids.push(...hidden);
    id = Math.max(0, id - count);
  }
  if (found.length === 0 && begin > 0) throw failure(client, `none of evaluations ${id + 1} to ${begin} could be read`);
  return { found, rest: restAt(id, rank + found.length), hidden: { ids, older: false } };
}

/** The list of all specifications has one that Cuirass can't show: its head as far as it goes, and some by id. */
async function readSpoiled(
  client: CuirassClient,
  after: Position | null,
  wanted: number,
  requests: RequestCount,
): Promise<Stretch> {
  const head = after === null ? await readHead(client, wanted, requests) : [];
  const begin = (head.at(-1)?.id ?? after?.id ?? 1) - 1;
  const rank = after?.rank ?? 0;
  // One more is kept to tell evaluations that can't be shown from a server that fails.
  const count = Math.min(Math.max(1, requests.left - (head.length > 0 ? 0 : 1)), wanted - head.length, begin);
  const { wires, hidden } = await readDown(client, begin, count, requests);
  const found = [...head, ...wires].map((wire, at) => ({ wire, rank: rank + at + 1 }));
  if (found.length === 0 && begin > 0 && (await requests.counted(client.evaluations(1))) === null) {
    throw failure(client, `none of evaluations ${begin - count + 1} to ${begin} could be read`);
  }
  const rest = found.length < wanted ? restAt(begin - count, rank + found.length) : null;
  return { found, rest, hidden: { ids: hidden, older: false } };
}

/** Some evaluations by id, from the highest one down. All of these ids have been given. */
async function readDown(client: CuirassClient, from: number, count: number, requests?: RequestCount) {
  const ids = Array.from({ length: Math.min(count, from) }, (_, at) => from - at);
  const read = (id: number) => client.shownEvaluation(toEvaluationId(id), true);
  const wires = await Promise.all(ids.map((id) => requests?.counted(read(id)) ?? read(id)));
  return {
    wires: wires.filter((wire) => wire !== null),
    hidden: ids.filter((_, at) => wires[at] === null),
  };
}

function restAt(id: number, rank: number): Position | null {
  return id > 0 ? { id: id + 1, rank } : null;
}

/** As much of the head of the list as a few requests find that Cuirass can show; at least its newest one. */
async function readHead(
  client: CuirassClient,
  wanted: number,
  requests: RequestCount,
): Promise<readonly WireEvaluation[]> {
  let head = await requests.counted(client.evaluations(1));
  if (head === null) return readNewest(client, requests);
  for (let low = 1, high = wanted; high - low > 1 && requests.left > SINGLE_READS_MIN;) {
    const nr = Math.floor((low + high) / 2);
    const list = await requests.counted(client.evaluations(nr));
    if (list === null) high = nr;
    else [low, head] = [nr, list];
  }
  return head;
}

/** The newest one that can be shown of some specifications, when the newest of all can't. */
async function readNewest(client: CuirassClient, requests: RequestCount): Promise<readonly WireEvaluation[]> {
  const specifications = await requests.counted(client.specifications());
  const names = specifications.map(({ name }) => parseQueryText(name)).filter((name) => name !== null);
  const asked = names.slice(0, requests.left - 1);
  const lists = await Promise.all(asked.map((name) => requests.counted(client.evaluations(1, name))));
  const newest = lists.flatMap((list) => list ?? []).sort((one, other) => other.id - one.id);
  if (newest.length === 0) throw failure(client, "every list of evaluations is an empty 500");
  return newest.slice(0, 1);
}

function failure(client: CuirassClient, message: string): UpstreamError {
  const operation = "GET /api/evaluations";
  return new UpstreamError({ kind: "UpstreamFailed", server: client.server, operation, status: 500, message });
}

/** What to tell of a page that is not whole; null when it is. */
export function incompleteness(client: CuirassClient, { hidden, items }: EvaluationPage): UpstreamError | null {
  const { ids, older } = hidden;
  if (ids.length === 0 && !older) return null;
  const shown = ids.slice(0, 10).join(", ") + (ids.length > 10 ? ", …" : "");
  const oldest = items.at(-1)?.node.id;
  const what =
    ids.length > 0 ? `evaluations ${shown}` : oldest === undefined ? "evaluations" : `those before ${oldest}`;
  return failure(client, `left out what Cuirass can't show, since a channel was added later: ${what}`);
}

function encodePosition({ id, rank }: Position): string {
  return `${id}.${rank}`;
}

function readPosition(request: PageRequest, cursor: string): Position {
  const [, id, rank] = /^(\d{1,10})\.(\d{1,6})$/.exec(cursor) ?? [];
  if (id === undefined) throw unknownCursor(request);
  return { id: Number(id), rank: Number(rank) };
}
