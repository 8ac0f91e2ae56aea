// Pages of the build queue, in Cuirass' order: status descending (running first), priority, creation, id. The queue
// moves while it is read, so a cursor is a place in that order and not a build that must still be there.

import { Overflow } from "../../errors.js";
import { unknownCursor } from "../../ci/page.js";
import type { Page, PageRequest } from "../../ci/page.js";
import { refuseBackward } from "./build-pages.js";
import { BUILDS_MAX } from "./client.js";
import type { BuildQuery, CuirassClient } from "./client.js";
import type { WireBuild } from "../protocol/wire.js";

/** A place in the queue's order, and how far from its head that was. */
interface Place {
  readonly key: readonly number[];
  readonly rank: number;
}

/** A page of unfinished builds. Forward only; `matches` sorts out what Cuirass can't be asked for. */
export async function pageOfQueue(
  client: CuirassClient,
  query: BuildQuery,
  request: PageRequest,
  matches: (build: WireBuild) => boolean = () => true,
): Promise<Page<WireBuild>> {
  refuseBackward(request);
  const { count, cursor } = request;
  const after = cursor === null ? null : readPlace(request, cursor);
  let nr = Math.min(BUILDS_MAX, (after?.rank ?? 0) + count + 1);
  let list = await client.queue(query, nr);
  let rest = remaining(list, after, matches);
  while (rest.length <= count && list.length >= nr && nr < BUILDS_MAX) {
    nr = Math.min(BUILDS_MAX, 4 * nr);
    list = await client.queue(query, nr);
    rest = remaining(list, after, matches);
  }
  const cut = list.length >= nr;
  if (rest.length === 0 && cut) {
    throw new Overflow(
      "LIMIT_EXCEEDED",
      `Cuirass shows the first ${BUILDS_MAX} builds of its queue only; narrow by \`specification\`, \`system\` or ` +
        "`job`, or ask for finished builds",
    );
  }
  return {
    items: rest.slice(0, count).map(({ wire, rank }) => ({ cursor: encode(wire, rank), node: wire })),
    hasNextPage: rest.length > count || cut,
    hasPreviousPage: cursor !== null,
    totalCount: cut ? () => countQueue(client, query, matches) : list.filter(matches).length,
  };
}

async function countQueue(
  client: CuirassClient,
  query: BuildQuery,
  matches: (build: WireBuild) => boolean,
): Promise<number | null> {
  const list = await client.queue(query, BUILDS_MAX);
  return list.length < BUILDS_MAX ? list.filter(matches).length : null;
}

function remaining(list: readonly WireBuild[], after: Place | null, matches: (build: WireBuild) => boolean) {
  return list
    .map((wire, at) => ({ wire, rank: at + 1 }))
    .filter(({ wire }) => matches(wire) && (after === null || isAfter(keyOf(wire), after.key)));
}

/** A build's place in the queue's order. */
export function keyOf({ buildstatus, priority, timestamp, id }: WireBuild): readonly number[] {
  return [-buildstatus, priority, timestamp, id];
}

/** Whether a place is behind another. */
export function isAfter(key: readonly number[], other: readonly number[]): boolean {
  const at = key.findIndex((value, index) => value !== other[index]);
  return at !== -1 && (key[at] ?? 0) > (other[at] ?? 0);
}

function encode(wire: WireBuild, rank: number): string {
  return [...keyOf(wire), rank].join(".");
}

function readPlace(request: PageRequest, cursor: string): Place {
  if (!/^\d{1,9}\.-?\d{1,9}\.\d{1,12}\.\d{1,10}\.\d{1,4}$/.test(cursor)) throw unknownCursor(request);
  const numbers = cursor.split(".").map(Number);
  return { key: numbers.slice(0, -1), rank: numbers.at(-1) ?? 0 };
}
