// Errors that libraries throw in callbacks of connections: each is counted, each kind is logged once.

import type { Logger } from "pino";

/** Kinds that are known to have been logged; more would be a leak. */
const KINDS_MAX = 100;

/** @param where the configured server whose connection it was; null: not known. */
export type OnLibraryFault = (error: unknown, where: string | null) => void;

/** The cause is logged once for each kind of error, that is its message and the place that threw it. */
export function createLibraryFaults(log: Logger, count: () => void): OnLibraryFault {
  const logged = new Set<string>();
  return (error, system) => {
    count();
    const kind =
      error instanceof Error ? (error.stack ?? error.message).split("\n    at ", 2).join(" at ") : String(error);
    if (logged.has(kind) || logged.size >= KINDS_MAX) return;
    logged.add(kind);
    log.error(
      { ...(system === null ? {} : { system }), err: error },
      "a library failed in a connection: its request fails, all else goes on; logged once, counted in etna_library_faults_total",
    );
  };
}
