// Which LAVA a server is. Versions are `YYYY.MM`, and what a server understands depends on them (lava.md section 10).

import { ServerCapability } from "../../ci/enums.js";
import type { Query } from "../protocol/job-search.js";

/** A version as a number that can be compared: year times 100 plus month, 202301 for `2023.01`. */
export type Release = number;

const VERSION = /^(\d{4})\.(\d{1,2})(?!\d)/;

/**
 * The release that a version text belongs to. A point release, a Debian revision (`2023.01+dfsg-1`) and commits since
 * (`2026.07-10-g8ba352b`) count as that release. Null for a text that names none, and for null.
 */
export function releaseOf(version: string | null): Release | null {
  const [, year = "", month = ""] = VERSION.exec(version?.trim() ?? "") ?? [];
  if (year === "" || Number(month) < 1 || Number(month) > 12) return null;
  return Number(year) * 100 + Number(month);
}

/** What Etna knows (lava.md section 10): older ones lack what it needs, newer ones may have changed. */
export const OLDEST: Release = 2020_05;

/** A server may be upgraded while the gateway runs. */
const VERSION_MS = 600_000;

/** A server's version, asked for once and again every ten minutes while it is wanted; shared by all clients of it. */
export class ServerVersion {
  #asked: Promise<string> | undefined;
  #askedAt = -Infinity;
  #last: string | undefined;

  /**
   * Throws what `ask` throws when the version was never learned; later the last one stands in while the server is away.
   * @param ask asks the server as this viewer; must not end with the operation that was the first to want it.
   */
  async get(ask: () => Promise<string>): Promise<string> {
    if (this.#asked !== undefined && performance.now() - this.#askedAt < VERSION_MS) {
      try {
        return await this.#asked;
      } catch {
        // It was asked with somebody else's token, which the server may have refused.
      }
    }
    const asked = ask();
    this.#asked = asked;
    this.#askedAt = performance.now();
    try {
      return (this.#last = await asked);
    } catch (error) {
      if (this.#asked === asked) this.#asked = undefined;
      if (this.#last === undefined) throw error;
      return this.#last;
    }
  }

  /** Notes a version that was asked for on another occasion. */
  note(version: string): void {
    this.#last = version;
    this.#asked = Promise.resolve(version);
    this.#askedAt = performance.now();
  }
}

/** The first release with each. */
const SINCE: readonly (readonly [ServerCapability, Release])[] = [
  [ServerCapability.RESULTS_CHECKED, 2023_08],
  [ServerCapability.METADATA_FILTER, 2026_08],
  [ServerCapability.LOG_LINE_COUNT, 2026_08],
];

/** What a server of this version can do. A capability is never assumed too early; an unknown version has none. */
export function capabilitiesOf(version: string | null): readonly ServerCapability[] {
  const release = releaseOf(version);
  return release === null ? [] : SINCE.filter(([, since]) => release >= since).map(([capability]) => capability);
}

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
