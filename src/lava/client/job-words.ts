// Lists of states and healths in filters of jobs, in the form that a server's version understands: before 2021.01
// `state__in` and `health__in` take the database's numbers, since then LAVA's words. A server answers 400 to the other form.

import type { Query } from "../protocol/job-search.js";
import type { Release } from "./server-version.js";

/** LAVA's words, each at the place that is its number in the database. */
const WORDS = {
  state: ["Submitted", "Scheduling", "Scheduled", "Running", "Canceling", "Finished"],
  health: ["Unknown", "Complete", "Incomplete", "Canceled"],
} as const;

const BY_WORD_SINCE: Release = 2021_01;

/**
 * The same query in the server's form. A single word goes as `state=` or `health=`, which all versions understand.
 * @param query with words in `state__in` and `health__in`.
 * @param release only asked for when the form depends on it; null, for a version that says nothing, counts as newer.
 */
export async function toServerWords(query: Query, release: () => Promise<Release | null>): Promise<Query> {
  const changed: Record<string, string | undefined> = {};
  for (const field of ["state", "health"] as const) {
    const list = query[`${field}__in`];
    if (typeof list !== "string" || list === "") continue;
    const words = list.split(",");
    if (words.length === 1) {
      Object.assign(changed, { [field]: list, [`${field}__in`]: undefined });
    } else if (((await release()) ?? Infinity) < BY_WORD_SINCE) {
      const numbers: readonly string[] = WORDS[field];
      changed[`${field}__in`] = words.map((word) => numbers.indexOf(word)).join(",");
    }
  }
  return { ...query, ...changed };
}
