// Pages of what an upstream can't be asked for: stretches of its list are read on until enough of them fits.

import type { Page, PageItem, PageRequest } from "./page.js";

export interface Stretch<T> {
  /** What fits, in the page's order. */
  readonly found: readonly T[];
  /** How many were looked at for it. */
  readonly looked: number;
  /** Whether anything lies behind it. */
  readonly more: boolean;
}

/**
 * Reads stretches, one after the other, until more than `count` fit, nothing is left, or so many are read: all of them as
 * one. `next` is called with the number of those before.
 */
export async function readOn<T>(
  count: number,
  readsMax: number,
  next: (reads: number) => Promise<Stretch<T>>,
): Promise<Stretch<T>> {
  const found: T[] = [];
  let looked = 0;
  let more = true;
  for (let reads = 0; reads < readsMax && more && found.length <= count; reads += 1) {
    const stretch = await next(reads);
    found.push(...stretch.found);
    looked += stretch.looked;
    more = stretch.more;
  }
  return { found, looked, more };
}

/** A forward page of what was found from its place on. */
export function forwardPage<T, N, I extends PageItem<N> = PageItem<N>>(
  { count, cursor }: PageRequest,
  { found, more }: Pick<Stretch<T>, "found" | "more">,
  toItem: (one: T) => I,
): Page<N> & { readonly items: readonly I[] } {
  return {
    items: found.slice(0, count).map(toItem),
    hasNextPage: found.length > count || more,
    hasPreviousPage: cursor !== null,
    totalCount: null,
  };
}
