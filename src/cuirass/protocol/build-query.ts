// What Cuirass can be asked for of builds and of jobs (cuirass.md, section 4.2).

import type { Border } from "./border.js";
import type { CuirassEvaluationId, QueryText } from "./ids.js";

/** Most builds that one list may have; Cuirass refuses more. */
export const BUILDS_MAX = 1_000;

/** Evaluations that a history of jobs looks through at most; Cuirass refuses more. */
export const HISTORY_MAX = 100;

/** Which builds; all that are given must hold. Texts are compared exactly. */
export interface BuildQuery {
  readonly specification?: QueryText | undefined;
  readonly job?: QueryText | undefined;
  readonly system?: QueryText | undefined;
  readonly evaluation?: CuirassEvaluationId | undefined;
  /** First asked for by an evaluation with a lower number than this. */
  readonly olderThan?: number | undefined;
  /** Its store path. */
  readonly derivation?: QueryText | undefined;
  /** Name of the worker that builds or built it. */
  readonly worker?: QueryText | undefined;
  /** Only what lies above this place, without it. What has not ended, or was canceled, lies at the very bottom. */
  readonly above?: Border | undefined;
  /** Only what lies below this place, without it. */
  readonly below?: Border | undefined;
  /** Highest id first, instead of the list's own order. */
  readonly byId?: boolean | undefined;
}

export interface JobQuery {
  readonly names?: readonly QueryText[] | undefined;
  readonly system?: QueryText | undefined;
}
