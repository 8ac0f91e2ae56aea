// What undici, node:http, a socket or a signal has thrown, in the words of our errors.

import { errors as undiciErrors } from "undici";
import type { UpstreamErrorKind } from "../errors.js";

/** A limit in time that a streamed answer overstepped; undici has errors of its own for this. */
export class LateError extends Error {
  override readonly name = "LateError";
  constructor(readonly stage: "connect" | "headers" | "body") {
    super(`the limit in time for ${stage} was overstepped`);
  }
}

/** The connection ended before the answer did: fewer bytes than announced, or no last chunk. */
export class CutError extends Error {
  override readonly name = "CutError";
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

/** Whether a request was given up because nobody waits for it any more. */
export function hasLeft(signal: AbortSignal): boolean {
  return signal.aborted && !isTimeout(signal.reason);
}

/** What kind of failure it is when no whole answer has come, and its message. */
export function describeFailure(error: unknown, signal: AbortSignal): { kind: UpstreamErrorKind; message: string } {
  const stage = error instanceof LateError ? error.stage : null;
  if (stage === "connect" || error instanceof undiciErrors.ConnectTimeoutError) {
    return { kind: "UpstreamUnreachable", message: "no connection within the limit" };
  }
  if (
    stage !== null ||
    error instanceof undiciErrors.HeadersTimeoutError ||
    error instanceof undiciErrors.BodyTimeoutError
  ) {
    return { kind: "UpstreamTimeout", message: "no whole answer within the limit" };
  }
  if (signal.aborted || isTimeout(error)) {
    const message = hasLeft(signal) ? "given up: the client has left" : "no whole answer within the limit";
    return { kind: "UpstreamTimeout", message };
  }
  if (error instanceof CutError) {
    return { kind: "UpstreamUnreachable", message: "the answer was cut: the connection ended before it" };
  }
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "no code";
  return { kind: "UpstreamUnreachable", message: `connection failed (${code})` };
}
