// The process's log: JSON lines on stderr, since stdout belongs to the commands' answers.

import { destination, pino } from "pino";
import type { Logger } from "pino";

/** `ETNA_LOG` is pino's level: fatal, error, warn, info (default), debug (a line per upstream call), silent. */
export function createLog(): Logger {
  const levels = ["fatal", "error", "warn", "info", "debug", "silent"];
  const wanted = process.env.ETNA_LOG ?? "info";
  return pino({ name: "etna", level: levels.includes(wanted) ? wanted : "info" }, destination({ fd: 2, sync: true }));
}
