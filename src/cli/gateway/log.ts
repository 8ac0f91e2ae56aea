// The process's log: JSON lines on stderr, since stdout belongs to the commands' answers.

import { destination, pino } from "pino";
import type { Logger } from "pino";
import { ConfigError } from "../../config/config-error.js";
import { DEFAULT_TELEMETRY, readLogLevel } from "../../config/telemetry.js";
import type { LogLevel } from "../../config/telemetry.js";

/**
 * Levels are written as words, since the journal and most readers of logs know no numbers.
 * @param level pino's: fatal, error, warn, info, debug (a line per operation and per upstream call), silent. Default:
 * that of `ETNA_LOG`, else info. Throws `ConfigError` where that is no level.
 */
export function createLog(level?: LogLevel): Logger {
  const wanted = level ?? logLevelOf(process.env.ETNA_LOG);
  const serializers = { err: (error: unknown) => described(error, CAUSES_MAX) };
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ name: "etna", level: wanted, serializers, formatters }, destination({ fd: 2, sync: true }));
}

function logLevelOf(given: string | undefined): LogLevel {
  const faults: string[] = [];
  const level = readLogLevel(given, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return level ?? DEFAULT_TELEMETRY.logLevel;
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
