// Which capabilities a LAVA has, by its version (lava.md section 10).

import { ServerCapability } from "../../ci/enums.js";
import { releaseOf } from "./server-version.js";
import type { Release } from "./server-version.js";

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
