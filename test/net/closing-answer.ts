// Answers behind which a server closes the connection, byte by byte.

import { headOf } from "./raw-server.js";

export interface AnswerForm {
  /** `none`: only the end of the connection ends it. */
  readonly framing: "length" | "chunked" | "none";
  /** Whether the answer says `Connection: close`. */
  readonly announced: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer on the wire. @param sent how much of the body is sent before the connection is closed; null: all of it. */
export function answerOf(
  { framing, announced, headers = {} }: AnswerForm,
  whole: Buffer,
  sent: number | null = null,
): Buffer {
  const head = headOf(200, {
    ...headers,
    ...(framing === "length" ? { "content-length": String(whole.length) } : {}),
    ...(framing === "chunked" ? { "transfer-encoding": "chunked" } : {}),
    ...(announced ? { connection: "close" } : {}),
  });
  const body = whole.subarray(0, sent ?? whole.length);
  const pieces: Buffer[] = [Buffer.from(head)];
  if (framing !== "chunked") pieces.push(body);
  for (let from = 0; framing === "chunked" && from < body.length; from += 16_384) {
    const piece = body.subarray(from, from + 16_384);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
  }
  if (framing === "chunked" && sent === null) pieces.push(Buffer.from("0\r\n\r\n"));
  return Buffer.concat(pieces);
}
