// All pages of a list, from its beginning to its end.

import { expect } from "vitest";
import type { Page, PageRequest } from "../../src/ci/page.js";

export function forward(count: number, cursor: string | null = null): PageRequest {
  return { direction: "forward", count, cursor };
}

/** The things of all pages. `each` is called after every page, with its number from 1. */
export async function walkPages<T, P extends Page<T>>(
  ask: (request: PageRequest) => Promise<P & Page<T>>,
  count: number,
  each: (page: P, number: number) => void = () => undefined,
): Promise<T[]> {
  const nodes: T[] = [];
  let cursor: string | null = null;
  for (let number = 1; ; number += 1) {
    const page: P & Page<T> = await ask(forward(count, cursor));
    expect(page.hasPreviousPage).toBe(cursor !== null);
    expect(page.items.length).toBeLessThanOrEqual(count);
    nodes.push(...page.items.map(({ node }) => node));
    each(page, number);
    if (!page.hasNextPage) return nodes;
    cursor = page.endCursor ?? page.items.at(-1)?.cursor ?? null;
  }
}
