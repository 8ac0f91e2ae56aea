// Pages of finished builds by the time they ended, newest first. Cuirass sorts by evaluation and cuts anywhere, but it
// can be asked for what ended between two places in time (cuirass.md, sections 4.2 and 6): the list of a stretch that
// is short enough is whole, and is sorted here.

import { Overflow } from "../../errors.js";
import { unknownCursor } from "../../ci/page.js";
import type { Page, PageRequest } from "../../ci/page.js";
import { forwardPage, readOn } from "../../ci/read-on.js";
import { NEVER_ENDED, borderOf } from "../protocol/border.js";
import type { Border } from "../protocol/border.js";
import { refuseBackward } from "./build-pages.js";
import { BUILDS_MAX } from "./client.js";
import type { BuildQuery, CuirassClient } from "./client.js";
import { toBuildStatus } from "../protocol/enums.js";
import type { BuildStatus } from "../protocol/enums.js";
import type { WireBuild } from "../protocol/wire.js";

/** Stretches for one page: more than one only where a status is asked for. */
const STRETCHES_MAX = 4;
/** Requests for one stretch; each but the last makes it shorter, to an eighth or so. */
const NARROWINGS_MAX = 8;
const READ_MIN_BUILDS = 50;

interface Stretch {
  /** Newest first. */
  readonly builds: readonly WireBuild[];
  /** What lies below this place has not been read; null when nothing does. */
  readonly rest: Border | null;
}

/** What ended between two places; `above` is `NEVER_ENDED` when left out. */
export interface TimeRange {
  readonly above?: Border | undefined;
  readonly below?: Border | undefined;
}

/**
 * A page of the builds that ended in a range. Forward only. Canceled builds are not among them: Cuirass does not note
 * when. `statuses`, which Cuirass ignores, is sorted out here.
 */
export async function pageByFinishTime(
  client: CuirassClient,
  query: BuildQuery,
  range: TimeRange,
  request: PageRequest,
  statuses: readonly BuildStatus[] | null,
): Promise<Page<WireBuild>> {
  refuseBackward(request);
  const above = range.above ?? NEVER_ENDED;
  const wanted = request.count + 1;
  let size = statuses === null ? wanted : Math.max(READ_MIN_BUILDS, 2 * wanted);
  let rest: Border | null | undefined = request.cursor === null ? range.below : readPlace(request, request.cursor);
  const { found, looked, more } = await readOn(request.count, STRETCHES_MAX, async () => {
    const { builds, rest: below } = await readStretch(client, { ...query, above, below: rest ?? undefined }, size);
    rest = below;
    size = Math.min(BUILDS_MAX / 2, 2 * size);
    const fitting = builds.filter(({ buildstatus }) => statuses?.includes(toBuildStatus(buildstatus)) !== false);
    return { found: fitting, looked: builds.length, more: below !== null };
  });
  if (found.length === 0 && more) {
    throw new Overflow(
      "LIMIT_EXCEEDED",
      `none of the next ${looked} builds has such a status, and Cuirass can't look for it; narrow by ` +
        "`specification`, `system` or `job`, or by time",
    );
  }
  return forwardPage(request, { found, more }, (node) => ({ cursor: `t${node.stoptime}.${node.id}`, node }));
}

/** The newest builds of a range: `wanted` of them, or more, or all that there are. */
async function readStretch(
  client: CuirassClient,
  query: BuildQuery & { readonly above: Border },
  wanted: number,
): Promise<Stretch> {
  let { above } = query;
  let nr = Math.min(BUILDS_MAX, Math.max(READ_MIN_BUILDS, 2 * wanted));
  for (let requests = 0; requests < NARROWINGS_MAX; requests += 1) {
    const list = await client.latestBuilds({ ...query, above }, nr);
    const builds = [...list].sort((a, b) => b.stoptime - a.stoptime || b.id - a.id);
    const pivot = builds.length < nr ? undefined : builds[wanted];
    // Neither border's own build is in a list, and the one at `above` has yet to come.
    if (pivot === undefined) return { builds, rest: above === query.above ? null : { ...above, id: above.id + 1 } };
    // Some `nr` of the range, nobody knows which; above this one there are as many as are wanted.
    above = borderOf(pivot);
    nr = Math.min(BUILDS_MAX, 2 * nr);
  }
  throw new Overflow(
    "LIMIT_EXCEEDED",
    `more than ${BUILDS_MAX} builds ended at nearly the same time, and Cuirass shows no more of them; narrow by ` +
      "`specification`, `system` or `job`, or by time",
  );
}

function readPlace(request: PageRequest, cursor: string): Border {
  const [, time, id] = /^t(\d{1,10})\.(\d{1,10})$/.exec(cursor) ?? [];
  if (time === undefined) throw unknownCursor(request);
  return { time: Number(time), id: Number(id) };
}
