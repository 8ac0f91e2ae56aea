// Pages of evaluations, highest id first. Cuirass' list can neither begin in the middle nor survive an evaluation that
// it can't show (cuirass.md, section 5): one whose specification got a channel later makes every list that holds it an
// empty 500. What such a list hides is read by id.

import { UpstreamError, Overflow } from "../../errors.js";
import { unknownCursor } from "../../ci/page.js";
import type { Page, PageRequest } from "../../ci/page.js";
import { forwardPage, readOn } from "../../ci/read-on.js";
import { refuseBackward } from "./build-pages.js";
import type { CuirassClient } from "./client.js";
import { parseQueryText, toEvaluationId } from "../protocol/ids.js";
import type { QueryText } from "../protocol/ids.js";
import type { WireEvaluation } from "../protocol/wire.js";

/** Longest list of one specification: 0.7 s of the server's time for 200. */
const LIST_MAX = 1_000;
/** Longest list of all specifications; deeper, single reads by id are cheaper. */
const MIXED_LIST_MAX = 200;
/** Reads by id for one page at most, and at a time. */
const SINGLE_READS_MAX = 150;
const SINGLE_READS_AT_ONCE = 20;
/** Specifications that are asked for their newest evaluation when the common list is spoiled from its head on. */
const SPECIFICATIONS_ASKED_MAX = 10;

/** How many more are read, time after time, while a filter finds too few. */
const SCANS = [50, 150, 300] as const;
/** The same for evaluations of all specifications, once single reads by id would be needed. */
const SINGLE_SCAN = 40;

interface Placed {
  readonly wire: WireEvaluation;
  /** Place in the list, from 1. */
  readonly rank: number;
}

/** Where a page begins: after the evaluation with this id. */
interface Position {
  readonly id: number;
  readonly rank: number;
}

interface Stretch {
  readonly found: readonly Placed[];
  readonly more: boolean;
  readonly unreadable: readonly number[];
}

export interface EvaluationPage extends Page<WireEvaluation> {
  /** Ids that Cuirass fails on, which are left out. May hold some that never existed. */
  readonly unreadable: readonly number[];
}

/** A page of evaluations, of one specification or of all. Forward only. */
export async function pageOfEvaluations(
  client: CuirassClient,
  specification: QueryText | null,
  request: PageRequest,
): Promise<EvaluationPage> {
  refuseBackward(request);
  const after = request.cursor === null ? null : readPosition(request, request.cursor);
  const wanted = request.count + 1;
  const { found, more, unreadable } =
    (await readList(client, specification, after, wanted)) ?? (await readSingly(client, specification, after, wanted));
  const page = forwardPage(request, { found, more }, ({ wire, rank }) => ({
    cursor: `${wire.id}.${rank}`,
    node: wire,
  }));
  return { ...page, unreadable };
}

/** A page of evaluations that fit, which Cuirass can't be asked for: up to 500 are looked at, some 240 of all specifications. Forward only. */
export async function pageOfFittingEvaluations(
  client: CuirassClient,
  specification: QueryText | null,
  request: PageRequest,
  fits: (wire: WireEvaluation) => boolean,
): Promise<EvaluationPage> {
  const unreadable: number[] = [];
  let { cursor } = request;
  const { found, looked, more } = await readOn(request.count, SCANS.length, async (scan) => {
    const rank = cursor === null ? 0 : readPosition(request, cursor).rank;
    const listed = specification === null ? MIXED_LIST_MAX - 1 - rank : Infinity;
    const count = Math.min(SCANS[scan] ?? 0, Math.max(listed, SINGLE_SCAN));
    const { items, hasNextPage, ...page } = await pageOfEvaluations(client, specification, {
      ...request,
      count,
      cursor,
    });
    unreadable.push(...page.unreadable);
    cursor = items.at(-1)?.cursor ?? null;
    const fitting = items.filter(({ node }) => fits(node));
    return { found: fitting, looked: items.length, more: hasNextPage && cursor !== null };
  });
  if (found.length === 0 && more) {
    throw new Overflow(
      "LIMIT_EXCEEDED",
      `none of the next ${looked} evaluations has such a status or commit, and Cuirass can't look for it` +
        (specification === null ? "; narrow by `specification`" : ""),
    );
  }
  return { ...forwardPage(request, { found, more }, (item) => item), unreadable };
}

/** By the list, as long as it must be to reach the page; null when it is spoiled, or when single reads are cheaper. */
async function readList(
  client: CuirassClient,
  specification: QueryText | null,
  after: Position | null,
  wanted: number,
): Promise<Stretch | null> {
  for (let nr = (after?.rank ?? 0) + wanted; ;) {
    if (nr > MIXED_LIST_MAX && specification === null) return null;
    if (nr > LIST_MAX) {
      throw new Overflow("LIMIT_EXCEEDED", `the list of a specification's evaluations ends after ${LIST_MAX}`);
    }
    const list = await client.evaluations(nr, specification);
    if (list === null) return null;
    const above = after === null ? 0 : list.filter(({ id }) => id >= after.id).length;
    const found = list.slice(above, above + wanted).map((wire, at) => ({ wire, rank: above + at + 1 }));
    if (found.length === wanted || list.length < nr) return { found, more: false, unreadable: [] };
    // New evaluations have moved the place.
    nr = Math.max(above + wanted, 2 * nr);
  }
}

/** One by one, downward from the page's beginning; what Cuirass can't show is left out. */
async function readSingly(
  client: CuirassClient,
  specification: QueryText | null,
  after: Position | null,
  wanted: number,
): Promise<Stretch> {
  const head = after === null ? await readHead(client, specification, wanted) : [];
  const found = head.map((wire, at) => ({ wire, rank: at + 1 }));
  const above = head.at(-1)?.id ?? after?.id;
  let id = above === undefined ? await newestId(client, specification) : above - 1;
  const first = id;
  const unreadable: number[] = [];
  while (found.length < wanted && id > 0 && first - id < SINGLE_READS_MAX) {
    // Most ids belong to other specifications when only one is wanted.
    const size = Math.min(SINGLE_READS_AT_ONCE, specification === null ? wanted - found.length : Infinity, id);
    const ids = Array.from({ length: size }, (_, at) => id - at);
    const wires = await Promise.all(ids.map((one) => client.evaluation(toEvaluationId(one))));
    for (const [at, wire] of wires.entries()) {
      if (wire === null) unreadable.push(id - at);
      else if (specification === null || wire.specification === specification) {
        found.push({ wire, rank: (after?.rank ?? 0) + found.length + 1 });
      }
    }
    id -= size;
  }
  if (found.length === 0 && (id > 0 || unreadable.length > 0))
    throw failure(client, `none of evaluations ${id + 1} to ${first} could be read`);
  return { found, more: id > 0, unreadable };
}

/** The longest head of the list that Cuirass can show, among halves of what is wanted. */
async function readHead(
  client: CuirassClient,
  specification: QueryText | null,
  wanted: number,
): Promise<readonly WireEvaluation[]> {
  for (let nr = Math.floor(wanted / 2); nr > 0; nr = Math.floor(nr / 2)) {
    const list = await client.evaluations(nr, specification);
    if (list !== null) return list;
  }
  return [];
}

/** An id that is at least that of the newest evaluation which can be shown. */
async function newestId(client: CuirassClient, specification: QueryText | null): Promise<number> {
  if (specification !== null) {
    const newest = await client.evaluations(1);
    if (newest !== null) return newest[0]?.id ?? 0;
  }
  const names = (await client.specifications()).map(({ name }) => parseQueryText(name)).filter((name) => name !== null);
  const asked = names.slice(0, SPECIFICATIONS_ASKED_MAX);
  const lists = await Promise.all(asked.map((name) => client.evaluations(1, name)));
  const ids = lists.flatMap((list) => list?.map(({ id }) => id) ?? []);
  if (ids.length === 0) throw failure(client, "every list of evaluations is an empty 500");
  return Math.max(...ids);
}

function failure(client: CuirassClient, message: string): UpstreamError {
  const operation = "GET /api/evaluations";
  return new UpstreamError({ kind: "UpstreamFailed", server: client.server, operation, status: 500, message });
}

/** What to tell of a page that is not whole; null when it is. */
export function incompleteness(client: CuirassClient, { unreadable }: EvaluationPage): UpstreamError | null {
  if (unreadable.length === 0) return null;
  const shown = unreadable.slice(0, 10).join(", ") + (unreadable.length > 10 ? ", …" : "");
  return failure(client, `left out what Cuirass can't show: evaluations ${shown}`);
}

function readPosition(request: PageRequest, cursor: string): Position {
  const [, id, rank] = /^(\d{1,10})\.(\d{1,6})$/.exec(cursor) ?? [];
  if (id === undefined) throw unknownCursor(request);
  return { id: Number(id), rank: Number(rank) };
}
