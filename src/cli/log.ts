// The process's log: JSON lines on stderr, since stdout belongs to the commands' answers.

import { destination, pino } from "pino";
import type { Logger } from "pino";
import { DEFAULT_TELEMETRY, LOG_LEVELS } from "../config/telemetry.js";
import type { LogLevel } from "../config/telemetry.js";

/**
 * @param level pino's: fatal, error, warn, info, debug (a line per operation and per upstream call), silent. Default:
 * that of `ETNA_LOG`, else info.
 */
export function createLog(level?: LogLevel): Logger {
  const wanted = level ?? LOG_LEVELS.find((known) => known === process.env.ETNA_LOG) ?? DEFAULT_TELEMETRY.logLevel;
  const serializers = { err: (error: unknown) => described(error, CAUSES_MAX) };
  return pino({ name: "etna", level: wanted, serializers }, destination({ fd: 2, sync: true }));
}

const CAUSES_MAX = 3;

/** Not pino's own: that adds the error's other properties, which may hold whole requests with their headers. */
function described(error: unknown, causesMax: number): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack, cause } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return {
    type: name,
    message,
    ...(code === undefined ? {} : { code }),
    stack,
    ...(cause === undefined || causesMax === 0 ? {} : { cause: described(cause, causesMax - 1) }),
  };
}
