// One gateway by itself: its log is its ring, and only its own limits count.

import { AloneLog } from "../events/event-log.js";
import { PROCESS_KEY } from "../events/cursors.js";
import { NO_BUDGET } from "../net/slots.js";
import type { Cluster } from "./cluster.js";

/** Costs nothing, and has nothing to close. */
export const ALONE: Cluster = {
  cursorKey: PROCESS_KEY,
  openLog: ({ name }) => new AloneLog(name),
  budgetOf: () => NO_BUDGET,
  status: () => ({ mode: "alone", members: 1, lost: 0, reason: null, logs: [] }),
  start: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
