// An answer read whole, through undici. Its parser is never paused: a paused one takes the end of the connection for a
// failure although every byte has come, and asserts (undici 7.30.2; docs/decisions/0001-streams-from-servers-that-close.md).

import type { Dispatcher } from "undici";
import { errors as undiciErrors } from "undici";
import { errorOf } from "../errors.js";
import { CutError } from "./transport-failure.js";

export interface WholeAnswer {
  readonly status: number;
  /** Lower-case names; a repeated header is joined by comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null where it is larger than wanted; the rest was not read. */
  readonly body: Buffer | null;
}

export interface WholeRequest {
  readonly options: Dispatcher.DispatchOptions;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** Of an answer that is not a success no more than this is read; its beginning says enough. */
  readonly errorMaxBytes: number;
  /** Called when there is a connection and the request goes out. */
  readonly onStart?: () => void;
  /** Called when the headers are there. */
  readonly onStatus: (status: number) => void;
}

/** Holds at most `maxBytes` and one chunk. Rejects with what undici throws, the signal's reason, or `CutError`. */
export function readWhole(
  dispatcher: Dispatcher,
  { options, signal, maxBytes, errorMaxBytes, onStart, onStatus }: WholeRequest,
): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let status: number | null = null;
    let headers: WholeAnswer["headers"] = {};
    const chunks: Buffer[] = [];
    let size = 0;
    let settled = false;
    const settle = (how: () => void) => {
      if (settled) return;
      settled = true;
      signal.removeEventListener("abort", leave);
      how();
    };
    const stop = (reason: unknown) => controller?.abort(reason instanceof Error ? reason : new Error("given up"));
    const leave = () => {
      // Nobody waits for a connection that is still being made: the request is given up once it begins.
      settle(() => reject(errorOf(signal.reason)));
      stop(signal.reason);
    };
    if (signal.aborted) return reject(errorOf(signal.reason));
    signal.addEventListener("abort", leave, { once: true });
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        if (settled) stop(signal.reason);
        else onStart?.();
      },
      onResponseStart(_, statusCode, received) {
        if (statusCode < 200) return;
        status = statusCode;
        onStatus(statusCode);
        headers = joinHeaders(received);
      },
      onResponseData(_, chunk) {
        const before = size;
        size += chunk.length;
        const isError = (status ?? 0) >= 300;
        if (size <= (isError ? Math.min(maxBytes, errorMaxBytes) : maxBytes)) {
          chunks.push(chunk);
          return;
        }
        if (isError) chunks.push(chunk.subarray(0, Math.min(maxBytes, errorMaxBytes) - before));
        settle(() => resolve({ status: status ?? 0, headers, body: isError ? Buffer.concat(chunks) : null }));
        stop(new undiciErrors.RequestAbortedError());
      },
      onResponseEnd() {
        settle(() => resolve({ status: status ?? 0, headers, body: Buffer.concat(chunks, size) }));
      },
      onResponseError(_, error) {
        settle(() => reject(status !== null && isCut(error) ? new CutError("cut", { cause: error }) : error));
      },
    });
  });
}

/** Of an answer whose headers have come. */
function isCut(error: unknown): boolean {
  return (
    error instanceof undiciErrors.SocketError ||
    error instanceof undiciErrors.ResponseContentLengthMismatchError ||
    // A chunked one: the words are llhttp's, the error has no code.
    (error instanceof undiciErrors.HTTPParserError && error.message.includes("Invalid EOF state"))
  );
}

export function joinHeaders(received: Readonly<Record<string, string | string[] | undefined>>): WholeAnswer["headers"] {
  return Object.fromEntries(
    Object.entries(received).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}
