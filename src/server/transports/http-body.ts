// The body of a request, up to its limit.

import type { IncomingMessage } from "node:http";
import { limitError } from "../limits/limits.js";
import { coded } from "../pipeline/errors.js";
import { Refusal } from "../pipeline/refusal.js";

/** The whole body as text. Throws `Refusal` when it is too large, and when the client leaves before its end. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  // Events: an async iteration over the request would take longer than all the rest of a kept answer.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else reject(tooLarge(maxBytes));
    });
    // All of them come once, and `once` would cost more than the listener.
    request.on("end", () => resolve(textOf(chunks)));
    request.on("error", reject);
    request.on("close", () => {
      // Making an error takes longer than all of the above.
      if (!request.complete)
        reject(new Refusal([coded("CLIENT_LEFT", "the client left before its request was whole")]));
    });
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [first, ...more] = chunks;
  if (first === undefined) return "";
  return (more.length === 0 ? first : Buffer.concat(chunks)).toString("utf8");
}

function tooLarge(allowed: number): Refusal {
  const message = `the request's body is larger than ${allowed} bytes; ask for less at a time`;
  return new Refusal([limitError({ limit: "bodyBytes", asked: allowed + 1, allowed, message })], 413);
}
