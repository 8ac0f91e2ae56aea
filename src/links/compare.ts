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
  /** What makes a thing the same in both lists. Where it repeats inside a list, the first goes with the first, and so on. */
  readonly keyOf: (item: T) => string;
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

function pairUp<T>(before: readonly T[], after: readonly T[], keyOf: (item: T) => string): Pair<T>[] {
  const left = keyed(before, keyOf);
  const right = keyed(after, keyOf);
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
