// Faults that nobody has caught: each is a line in the log, and never ends the process without one.
//
// A thrown error ends the process, since nobody knows what state it left behind. One kind is survived: what a library
// threw out of a callback of a connection or a timer, which node called and in which no code of Etna's was running. None of Etna's own
// state can be half changed by that, and the library's is that of one connection, whose request ends by its time limit.

import type { Logger } from "pino";
import { isLibraryFault } from "./library-fault.js";

/** For a stop with work under way, after which the process ends whatever is left. */
const STOP_MS = 10_000;
/** More of a library's faults in a minute than these are no accident of one connection: the process stops. */
const LIBRARY_FAULTS_MAX = 20;
const LIBRARY_FAULTS_WINDOW_MS = 60_000;

/**
 * Until `close`.
 * @param stop ends what is under way in order; what it does not end within the limit is cut off.
 * @param libraryFailed is told of each error that is survived.
 */
export function survive(
  log: Logger,
  stop: () => Promise<void>,
  libraryFailed: (error: unknown) => void,
): { readonly close: () => void } {
  let ending = false;
  let recent: number[] = [];
  const isSurvived = (error: unknown) => {
    if (ending || !isLibraryFault(error)) return false;
    const now = performance.now();
    recent = [...recent.filter((at) => now - at < LIBRARY_FAULTS_WINDOW_MS), now];
    return recent.length <= LIBRARY_FAULTS_MAX;
  };
  const rejected = (error: unknown) => log.error({ err: error }, "a promise was rejected and nobody cared");
  const thrown = (error: unknown) => {
    if (isSurvived(error)) {
      libraryFailed(error);
      return;
    }
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
