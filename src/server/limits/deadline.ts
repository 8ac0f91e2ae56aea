// How long a query or mutation may take. At the deadline its signal aborts, which ends its upstream calls, so that their
// fields fail with UPSTREAM_TIMEOUT and the rest of the answer stands. What does not end even then is answered for.

import { setMaxListeners } from "node:events";
import type { GraphQLError } from "graphql";
import { limitError } from "./limits.js";

/** For the answer to be put together once the upstream calls have been ended. */
const GRACE_MS = 1_000;

export interface Deadline {
  /** Aborts when the client leaves, and at the deadline (then with a `TimeoutError`). */
  readonly signal: AbortSignal;
  /** The work's own result, or `late`'s when there is none soon after the deadline. Ends the deadline either way. */
  readonly race: <T>(work: PromiseLike<T> | T, late: (error: GraphQLError) => T) => Promise<T>;
  /** Ends the work before its deadline: aborts the signal, and `race` gives `late`'s result of this error. */
  readonly giveUp: (error: GraphQLError) => void;
  /** For work that ends in another way; harmless when repeated. */
  readonly stop: () => void;
}

/**
 * @param left aborts when the client leaves.
 * @param mayChange whether something may have been changed by the time that the deadline has passed.
 */
export function startDeadline(left: AbortSignal, deadlineMs: number, mayChange = false): Deadline {
  const controller = new AbortController();
  // Each upstream call of the operation listens.
  setMaxListeners(0, controller.signal);
  const leave = () => controller.abort(left.reason);
  if (left.aborted) leave();
  else left.addEventListener("abort", leave, { once: true });
  const expire = () => controller.abort(new DOMException("the operation's deadline has passed", "TimeoutError"));
  const timer = setTimeout(expire, deadlineMs);
  const stop = () => {
    clearTimeout(timer);
    left.removeEventListener("abort", leave);
  };
  let end: (error: GraphQLError) => void = () => undefined;
  const ended = new Promise<GraphQLError>((resolve) => (end = resolve));
  const race: Deadline["race"] = async (work, late) => {
    const grace = setTimeout(() => end(deadlineError(deadlineMs, mayChange)), deadlineMs + GRACE_MS);
    try {
      return await Promise.race([ended.then(late), work]);
    } finally {
      clearTimeout(grace);
      stop();
    }
  };
  const giveUp = (error: GraphQLError) => {
    controller.abort(error);
    end(error);
  };
  return { signal: controller.signal, race, giveUp, stop };
}

function deadlineError(deadlineMs: number, mayChange: boolean): GraphQLError {
  const allowed = deadlineMs / 1000;
  const late = `was not done after ${allowed} s, which is all it may take`;
  const error = limitError({
    limit: "deadlineSeconds",
    asked: allowed,
    allowed,
    message: mayChange
      ? `the mutation ${late}; what it asks for may have been done, so look before you send it again`
      : `the operation ${late}; ask for less at a time`,
  });
  if (mayChange) error.extensions["retryable"] = false;
  return error;
}
