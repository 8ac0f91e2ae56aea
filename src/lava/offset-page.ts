// Pages of lists that LAVA knows no better way to page than by offset.

import { unknownCursor } from "../ci/page.js";
import type { Page, PageRequest } from "../ci/page.js";

/** Some elements of a list, and how many there are in all. */
export type LoadWindow<T> = (window: {
  readonly limit: number;
  readonly offset: number;
}) => Promise<{ readonly count: number; readonly nodes: readonly T[] }>;

/** Pages of a list that LAVA pages by offset. A cursor is the offset. */
export async function offsetPage<T>(request: PageRequest, load: LoadWindow<T>): Promise<Page<T>> {
  if (request.cursor !== null && !/^\d{1,9}$/.test(request.cursor)) throw unknownCursor(request);
  const at = request.cursor === null ? null : Number(request.cursor);
  let offset = at === null ? 0 : at + 1;
  let limit = request.count;
  if (request.direction === "backward") {
    const end = at ?? (await load({ limit: 1, offset: 0 })).count;
    offset = Math.max(0, end - request.count);
    limit = end - offset;
  }
  // LAVA takes a limit of 0 for its default of 50.
  const { count, nodes } = await load({ limit: Math.max(1, limit), offset });
  const items = nodes.slice(0, limit).map((node, index) => ({ cursor: String(offset + index), node }));
  return { items, hasNextPage: offset + items.length < count, hasPreviousPage: offset > 0, totalCount: count };
}
