// Faults that nobody has caught: each is a line in the log, and never ends the process without one.

import type { Logger } from "pino";

/** For a stop with work under way, after which the process ends whatever is left. */
const STOP_MS = 10_000;

/** Until `close`. @param stop ends what is under way in order; what it does not end within the limit is cut off. */
export function survive(log: Logger, stop: () => Promise<void>): { readonly close: () => void } {
  let ending = false;
  const rejected = (error: unknown) => log.error({ err: error }, "a promise was rejected and nobody cared");
  const thrown = (error: unknown) => {
    log.fatal({ err: error }, "an error was thrown and nobody caught it; stopping");
    if (ending) return;
    ending = true;
    const end = () => process.exit(1);
    setTimeout(end, STOP_MS).unref();
    // What state it is in nobody knows: it stops in order if it can, and ends in any case.
    stop().then(end, end);
  };
  process.on("unhandledRejection", rejected);
  process.on("uncaughtException", thrown);
  return {
    close: () => {
      process.off("unhandledRejection", rejected);
      process.off("uncaughtException", thrown);
    },
  };
}
