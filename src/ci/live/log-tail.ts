// A log that is still being written, followed to its end.

import { Gone, ServerReplaced, UpstreamError } from "../../errors.js";
import { createStream, endWith } from "../../events/stream.js";
import type { LogLine } from "../log.js";

export interface LogRead {
  readonly lines: readonly LogLine[];
  readonly finished: boolean;
}

/** What a system can tell of a log that grows. */
export interface LogTail {
  /**
   * Lines from number `from` on that are there now, at most some 1000, and whether none will follow them. Null when
   * the run does not exist or its viewer may not see it. Throws `UpstreamError`.
   */
  read(from: number): Promise<LogRead | null>;
  /** Names of the server and the run, for messages. */
  readonly server: string;
  readonly run: string;
  /** Ends it, with an error, when its viewer's rights are no more; see `Ask.lease`. */
  readonly lease: AbortSignal | null;
  /** Resolves when it is worth reading again: after `ms` at the latest. */
  pause(ms: number): Promise<void>;
  /** Ends a pause and lets go of what it waited with. Harmless when repeated. */
  close(): void;
}

export interface LogBatch extends LogRead {
  readonly nextLine: number;
}

/** Lines of one read. */
export const TAIL_LINES = 1_000;
/** Between reads that brought something, and at most between reads of a log that stands still. */
const TAIL_MIN_MS = 1_000;
const TAIL_MAX_MS = 5_000;

/**
 * What `first` has read from line `from` on, then what comes, until the run has ended and its last line is delivered. A
 * server that is away is waited for. Throws `Gone`, and `UpstreamError` when it denies or refuses what is asked. Closes
 * the tail.
 */
export function followLog(tail: LogTail, from: number, first: LogRead): AsyncIterableIterator<LogBatch, undefined> {
  const left = new AbortController();
  const batches = (async function* (): AsyncGenerator<LogBatch, undefined, undefined> {
    try {
      let next = from;
      let pauseMs = TAIL_MIN_MS;
      for (let read: LogRead | null | undefined = first; ; read = await readUnlessAway(tail, next)) {
        if (read === null) throw new Gone(tail.server, "run", [tail.run]);
        next = (read?.lines.at(-1)?.number ?? next - 1) + 1;
        if (read !== undefined && (read.lines.length > 0 || read.finished)) yield { ...read, nextLine: next };
        if (read?.finished === true) return;
        const isMoving = read !== undefined && read.lines.length > 0;
        pauseMs = isMoving ? TAIL_MIN_MS : Math.min(TAIL_MAX_MS, pauseMs * 1.5);
        if (read === undefined || read.lines.length < TAIL_LINES) await tail.pause(pauseMs);
        if (left.signal.aborted) return;
      }
    } finally {
      tail.close();
    }
  })();
  const lines = createStream(
    () => batches.next(),
    () => {
      left.abort();
      tail.close();
      return batches.return(undefined);
    },
  );
  return endWith(lines, tail.lease);
}

/** Undefined when the server is away: it is asked again. */
async function readUnlessAway(tail: LogTail, from: number): Promise<LogRead | null | undefined> {
  try {
    return await tail.read(from);
  } catch (error) {
    if (!(error instanceof UpstreamError) || error instanceof ServerReplaced) throw error;
    if (error.kind === "UpstreamDenied" || error.kind === "UpstreamRejected") throw error;
    return undefined;
  }
}
