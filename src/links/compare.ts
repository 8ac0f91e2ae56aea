// Two lists of results against each other. Pure: knows neither system.

/** One thing in both lists, or in only one of them. */
export interface Pair<T> {
  /** Unique in its comparison. */
  readonly key: string;
  readonly before: T | null;
  readonly after: T | null;
}

/** What became of the things; each is in one list, or among `unchanged`. In the order of the first list, then of the second. */
export interface Comparison<T> {
  /** Fails now, and did not before. */
  readonly newFailures: readonly Pair<T>[];
  /** Failed before, and passes now. */
  readonly fixed: readonly Pair<T>[];
  readonly stillFailing: readonly Pair<T>[];
  /** Another verdict than before, and neither of the above: skipped now, say. */
  readonly otherwiseChanged: readonly Pair<T>[];
  readonly missing: readonly Pair<T>[];
  readonly added: readonly Pair<T>[];
  /** The same verdict as before, which is not a failure. */
  readonly unchanged: readonly Pair<T>[];
}

export interface Verdicts<T> {
  /** What makes a thing the same in both lists; the second list's things come with `after`. Where it repeats inside a list, the first goes with the first, and so on. */
  readonly keyOf: (item: T, list: "before" | "after") => string;
  readonly isFailure: (item: T) => boolean;
  readonly isSuccess: (item: T) => boolean;
  readonly isSame: (before: T, after: T) => boolean;
}

/** Compares in linear time. */
export function compare<T>(before: readonly T[], after: readonly T[], verdicts: Verdicts<T>): Comparison<T> {
  const { isFailure, isSuccess, isSame } = verdicts;
  const lists = { newFailures: [], fixed: [], stillFailing: [], otherwiseChanged: [], missing: [], added: [] };
  const comparison: { [Name in keyof Comparison<T>]: Pair<T>[] } = { ...lists, unchanged: [] };
  const listOf = ({ before: one, after: other }: Pair<T>): keyof Comparison<T> => {
    if (one === null) return "added";
    if (other === null) return "missing";
    if (isFailure(other)) return isFailure(one) ? "stillFailing" : "newFailures";
    if (isFailure(one) && isSuccess(other)) return "fixed";
    return isSame(one, other) ? "unchanged" : "otherwiseChanged";
  };
  for (const pair of pairUp(before, after, verdicts.keyOf)) comparison[listOf(pair)].push(pair);
  return comparison;
}

/**
 * What suites of the second list were called in the first. LAVA puts a running index before a definition's name (`1_smoke`),
 * which moves when a definition is added in front. As many suites of a name as before are the same ones in their order;
 * otherwise those with the whole name, and then the others in their order.
 */
export function formerSuites(before: readonly string[], after: readonly string[]): ReadonlyMap<string, string> {
  const former = new Map<string, string>();
  const groups = byBareName(before);
  for (const [bare, now] of byBareName(after)) {
    const old = groups.get(bare) ?? [];
    const moved = old.length !== now.length;
    const left = moved ? old.filter((name) => !now.includes(name)) : old;
    const names = moved ? now.filter((name) => !old.includes(name)) : now;
    for (const [at, name] of names.entries()) former.set(name, left[at] ?? name);
  }
  return former;
}

/** Names without their index, and all that begin with one, in the order of their indexes. */
function byBareName(suites: readonly string[]): Map<string, string[]> {
  const indexOf = (suite: string) => Number(/^(\d+)_/.exec(suite)?.[1] ?? -1);
  const groups = new Map<string, string[]>();
  for (const suite of [...new Set(suites)].sort((one, other) => indexOf(one) - indexOf(other))) {
    const bare = suite.replace(/^\d+_/, "");
    groups.set(bare, [...(groups.get(bare) ?? []), suite]);
  }
  return groups;
}

function pairUp<T>(before: readonly T[], after: readonly T[], keyOf: Verdicts<T>["keyOf"]): Pair<T>[] {
  const left = keyed(before, (item) => keyOf(item, "before"));
  const right = keyed(after, (item) => keyOf(item, "after"));
  return [...new Set([...left.keys(), ...right.keys()])].map((key) => ({
    key,
    before: left.get(key) ?? null,
    after: right.get(key) ?? null,
  }));
}

/** By key and number of repetition, from 0. */
function keyed<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T> {
  const seen = new Map<string, number>();
  return new Map(
    items.map((item) => {
      const key = keyOf(item);
      const nth = seen.get(key) ?? 0;
      seen.set(key, nth + 1);
      return [JSON.stringify([key, nth]), item];
    }),
  );
}
