// The LAVA that the sandbox is: three versions that were compared on the wire (lava.md section 10), and where they differ.

export const LAVA_VERSIONS = ["2020.12", "2023.01", "2026.10"] as const;
export type LavaVersion = (typeof LAVA_VERSIONS)[number];

export interface Generation {
  readonly version: LavaVersion;
  /** What `jobs/ID/cancel/` takes; the other verb is a 405 and changes nothing. */
  readonly cancelVerb: "GET" | "POST";
  /** Knows `jobs/batch_cancel/`; others take it for the job of that name, and POST for a wrong verb. */
  readonly cancelsMany: boolean;
  /** `state__in` and `health__in` of jobs take the database's numbers, as `id__in` does; later LAVA's words. */
  readonly wordListsAreNumbers: boolean;
  /** Jobs have the column `metadata`, which lists filter by. */
  readonly hasMetadata: boolean;
  /** XML-RPC has `scheduler.jobs.logs_count`. */
  readonly countsLogLines: boolean;
  /** Suites, cases and exports of suites are refused for a job that the caller may not see; before, all may read them. */
  readonly checksResults: boolean;
  /** What the server has no answer prepared for is a 500 with an HTML page; later a 400 or 404 with JSON. */
  readonly crashes: boolean;
}

const GENERATIONS: Readonly<Record<LavaVersion, Generation>> = {
  "2020.12": {
    version: "2020.12",
    cancelVerb: "GET",
    cancelsMany: false,
    wordListsAreNumbers: true,
    hasMetadata: false,
    countsLogLines: false,
    checksResults: false,
    crashes: true,
  },
  "2023.01": {
    version: "2023.01",
    cancelVerb: "GET",
    cancelsMany: false,
    wordListsAreNumbers: false,
    hasMetadata: false,
    countsLogLines: false,
    checksResults: false,
    crashes: true,
  },
  "2026.10": {
    version: "2026.10",
    cancelVerb: "POST",
    cancelsMany: true,
    wordListsAreNumbers: false,
    hasMetadata: true,
    countsLogLines: true,
    checksResults: true,
    crashes: false,
  },
};

export function generationOf(version: LavaVersion): Generation {
  return GENERATIONS[version];
}
