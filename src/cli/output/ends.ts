// How a command ends that goes wrong: with a sentence and its status, never with a stack trace.

import { CommanderError } from "@commander-js/extra-typings";
import { ConfigError } from "../../config/config-error.js";
import { isLibraryFault } from "../gateway/library-fault.js";
import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { complain } from "./streams.js";

/** Of a process whose reader has left while its outcome is not known: the shell's status for SIGPIPE. */
const CUT = 141;

let statusWithoutReader: number = EXIT.ok;

/** From now on the exit status tells an outcome: `| head` must not make a success of it before it is known. */
export function statusTellsOutcome(): void {
  statusWithoutReader = CUT;
}

/**
 * For the whole process: whoever reads its output may leave (`| head`), which ends it quietly; and what a library throws
 * in a callback of its own is told in words.
 */
export function watchForEnds(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(statusWithoutReader);
      if (stream === process.stdout) complain(`the output can't be written (${error.code ?? error.message})`);
      process.exit(EXIT.failed);
    });
  }
  process.on("uncaughtException", lastResort);
  process.on("unhandledRejection", lastResort);
}

/** For `serve`, which goes on after some faults, and logs the others. */
export function leaveFaultsToServe(): void {
  process.off("uncaughtException", lastResort);
  process.off("unhandledRejection", lastResort);
}

function lastResort(error: unknown): void {
  process.exit(explain(error));
}

/** Says on stderr why a command could not do its work, and gives its exit status. */
export function explain(error: unknown): ExitStatus {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CommandError) {
    complain(error.message);
    return error.status;
  }
  complain(error instanceof Error ? error.message : String(error));
  if (error instanceof ConfigError) return EXIT.usage;
  return isLibraryFault(error) ? EXIT.unreachable : EXIT.failed;
}
