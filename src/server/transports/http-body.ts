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
    request.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.once("error", reject);
    request.once("close", () => {
      // Making an error takes longer than all of the above.
      if (!request.complete)
        reject(new Refusal([coded("CLIENT_LEFT", "the client left before its request was whole")]));
    });
  });
}

function tooLarge(allowed: number): Refusal {
  const message = `the request's body is larger than ${allowed} bytes; ask for less at a time`;
  return new Refusal([limitError({ limit: "bodyBytes", asked: allowed + 1, allowed, message })], 413);
}
