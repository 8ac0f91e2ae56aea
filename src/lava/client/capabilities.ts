// Which capabilities a LAVA has, by its version (lava.md section 10).

import { ServerCapability } from "../../ci/enums.js";

/** The first version with each: year times 100 plus month. */
const SINCE: readonly (readonly [ServerCapability, number])[] = [
  [ServerCapability.WEBSOCKET_AUTH, 2023_02],
  [ServerCapability.JOB_ERRORS, 2023_06],
  [ServerCapability.RESULTS_CHECKED, 2023_08],
  [ServerCapability.BATCH_CANCEL, 2024_09],
  [ServerCapability.USERS_AND_GROUPS, 2026_04],
  [ServerCapability.METADATA_FILTER, 2026_08],
];

const VERSION = /^(\d{4})\.(\d{1,2})(?!\d)/;

/**
 * What a server of this version can do. Versions are `YYYY.MM`, possibly with a point release, a Debian revision
 * (`2023.01+dfsg-1`), or commits since (`2026.07-10-g8ba352b`, taken for 2026.07: a capability is never assumed too
 * early). A version that says nothing, or null, has none.
 */
export function capabilitiesOf(version: string | null): readonly ServerCapability[] {
  const [, year = "", month = ""] = VERSION.exec(version?.trim() ?? "") ?? [];
  const number = Number(year) * 100 + Number(month);
  if (year === "" || Number(month) < 1 || Number(month) > 12) return [];
  return SINCE.filter(([, since]) => number >= since).map(([capability]) => capability);
}
