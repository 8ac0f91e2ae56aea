// LAVA's lists in the schema that may have less than all others; see ci/list-limits.ts.

import type { ListLimits } from "../../ci/list-limits.js";
import { CONDITIONS_MAX } from "./custom-query.js";
import { ITEMS_MAX } from "./notify.input.js";
import { METADATA_MAX } from "./test-job-filter.js";

export const LAVA_LIST_LIMITS: ListLimits = {
  "LavaServer.customQuery(conditions:)": CONDITIONS_MAX,
  "NotifyInput.callbacks": ITEMS_MAX,
  "NotifyInput.recipients": ITEMS_MAX,
  "NotifyCompareInput.blacklist": ITEMS_MAX,
  "NotifyQueryInput.conditions": ITEMS_MAX,
  "TestJobFilter.metadata": METADATA_MAX,
};
