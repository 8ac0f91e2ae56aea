// What the upstream reads of one operation have in common: when to give up, what they cost, what the answer rests on.

import { setMaxListeners } from "node:events";
import type { AskScope, OperationOrigin } from "../net/ask.js";
import type { Life } from "./memory.js";

/** The signal of what nobody waits for, and so nobody leaves. */
export const NOBODY_LEAVES: AbortSignal = new AbortController().signal;

const NO_ORIGIN: OperationOrigin = { requestId: null, startCall: null };

/** What fields ask of the size of their answer. */
export interface AnswerCount {
  /** Whether it has become too large, so that what is left of it is of no use. */
  readonly isExceeded: boolean;
  /** Why the answer is refused. */
  readonly error: Error;
  add(bytes: number): void;
}

export class OperationScope implements AskScope {
  /** Requests that went to the servers. */
  upstreamCalls = 0;
  /** Reads that memory, or another operation's call, has answered. */
  upstreamCached = 0;
  /** Sum of the requests' time, in milliseconds; they may have gone side by side. */
  upstreamMs = 0;
  changedAt = -Infinity;
  /** Names of servers that are down, and for which memory stood in. */
  readonly stale = new Set<string>();
  /** Counts the answer while it is put together; null where nothing limits it. */
  answerSize: AnswerCount | null = null;
  readonly #used = new Set<Life>();
  #reusable = true;

  /**
   * @param signal aborts when the client has left, or the operation's time is up.
   * @param records whether `foundation` will be asked for. A subscription would collect them for as long as it lives.
   */
  constructor(
    readonly signal: AbortSignal,
    private readonly records = false,
    readonly origin: OperationOrigin = NO_ORIGIN,
  ) {
    // Each upstream call of the operation listens.
    setMaxListeners(0, signal);
  }

  /** Notes that the answer rests on a cached value with this life. */
  use(life: Life): void {
    if (this.records) this.#used.add(life);
  }

  /** Notes that the answer holds what nothing in memory stands for: it must not be given again. */
  forbidReuse(): void {
    this.#reusable = false;
  }

  /** What the answer rests on; null when it must not be given again. */
  get foundation(): readonly Life[] | null {
    return this.#reusable && this.stale.size === 0 && this.#used.size > 0 ? [...this.#used] : null;
  }
}
