// The newest evaluations of a specification that has got another channel, after which Cuirass can't show the others: how
// many they are is found by halving, and remembered.

import type { RequestCount } from "./by-end.js";
import type { CuirassClient } from "./client.js";
import type { QueryText } from "../protocol/ids.js";
import type { WireEvaluation } from "../protocol/wire.js";

type List = readonly WireEvaluation[];

/** How many could be shown when the newest one was this; 0 for none. */
interface Shown {
  readonly count: number;
  readonly newest: number;
}

/** Requests did not suffice to find out how many there are: not to be remembered. */
class Unknown extends Error {}

/**
 * Those of the newest `nr` evaluations, a list that is spoiled, which can be shown. Not whole when that took more requests
 * than are left.
 * @param shownUpTo so many could be shown a while ago.
 * Throws `UpstreamError` for a server that fails altogether.
 */
export async function readShown(
  client: CuirassClient,
  specification: QueryText,
  shownUpTo: number,
  nr: number,
  requests: RequestCount,
): Promise<{ readonly list: List; readonly isWhole: boolean }> {
  const search = { client, specification, requests };
  let list: List = [];
  const found: List[] = [];
  try {
    const shown = await client.remembered(`shown evaluations of ${specification}`, async () => {
      list = await halve(search, shownUpTo, nr, (best) => (list = best));
      found.push(list);
      return { count: list.length, newest: list[0]?.id ?? 0 };
    });
    if (found.length === 0) list = await readAgain(search, shown, nr, (best) => (list = best));
    return { list, isWhole: true };
  } catch (error) {
    if (error instanceof Unknown) return { list, isWhole: false };
    throw error;
  }
}

interface Search {
  readonly client: CuirassClient;
  readonly specification: QueryText;
  readonly requests: RequestCount;
}

/** The same some time later: new evaluations can be shown as well. */
async function readAgain(search: Search, { count, newest }: Shown, nr: number, note: (best: List) => void) {
  const list = await read(search, Math.max(1, count));
  if (list === null) return count === 0 ? [] : halve(search, 0, count, note);
  const news = list.findIndex(({ id }) => id <= newest);
  if (news === -1) return halve(search, list.length, nr, note);
  return news === 0 ? list : ((await read(search, count + news)) ?? list);
}

/** The longest list that can be shown: of more than `low` evaluations, or just as many, and of less than `spoiled`. */
async function halve(search: Search, low: number, spoiled: number, note: (best: List) => void): Promise<List> {
  let list: List | null = null;
  for (let [shown, high] = [low, spoiled]; high - shown > 1;) {
    // The last one tells a server that fails from evaluations that can't be shown.
    if (search.requests.left <= (list === null ? 1 : 0)) throw new Unknown();
    const nr = Math.floor((shown + high) / 2);
    const next = await read(search, nr);
    if (next === null) high = nr;
    else {
      note((list = next));
      shown = nr;
      // All there are: somebody has removed the channel meanwhile.
      if (next.length < nr) break;
    }
  }
  if (list !== null) return list;
  if (low > 0) return (await read(search, low)) ?? [];
  // Throws where even this fails.
  await search.requests.counted(search.client.latestEvaluation(search.specification));
  return [];
}

function read({ client, specification, requests }: Search, nr: number): Promise<List | null> {
  return requests.counted(client.evaluations(nr, specification));
}
