// What undici, a socket or a signal has thrown, in the words of our errors.

import { errors as undiciErrors } from "undici";
import type { UpstreamErrorKind } from "../errors.js";

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

/** Whether a request was given up because nobody waits for it any more. */
export function hasLeft(signal: AbortSignal): boolean {
  return signal.aborted && !isTimeout(signal.reason);
}

/** What kind of failure it is when no whole answer has come, and in what words it is told. */
export function describeFailure(error: unknown, signal: AbortSignal): { kind: UpstreamErrorKind; message: string } {
  if (error instanceof undiciErrors.ConnectTimeoutError) {
    return { kind: "UpstreamUnreachable", message: "no connection within the limit" };
  }
  if (error instanceof undiciErrors.HeadersTimeoutError || error instanceof undiciErrors.BodyTimeoutError) {
    return { kind: "UpstreamTimeout", message: "no whole answer within the limit" };
  }
  if (signal.aborted || isTimeout(error)) {
    const message = hasLeft(signal) ? "given up: the client has left" : "no whole answer within the limit";
    return { kind: "UpstreamTimeout", message };
  }
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "no code";
  return { kind: "UpstreamUnreachable", message: `connection failed (${code})` };
}
