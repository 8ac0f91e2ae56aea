// The log of a build or an evaluation, which Cuirass serves whole and as stored (cuirass.md, section 4.3): mostly gzip,
// without an end while the build runs, and without any limit.

import { Readable, pipeline } from "node:stream";
import { constants, createGunzip } from "node:zlib";
import type { LogLine, LogSource } from "../../ci/log.js";
import { Overflow, UpstreamError } from "../../errors.js";
import { Bzip2Error, bunzip2, Bzip2Cut } from "../../codec/bunzip2.js";
import { malformed } from "../../net/decode.js";
import type { Origin } from "../../net/decode.js";
import type { HttpStream } from "../../net/http.js";
import { splitLogLines } from "../../codec/lines.js";

/** More text than this is not read: 50 kB of gzip can hold 50 MB, and 50 kB of bzip2 gigabytes. */
export const LOG_TEXT_MAX_BYTES = 512 * 1024 * 1024;
/** Nor more than so much, and this for each byte that was received: a small file must not cost what a large one does. */
const FREE_BYTES = 64 * 1024 * 1024;
/** gzip can't reach it, and bzip2 only with a line that is the same over and over: other logs have 10 to 100. */
const TEXT_PER_BYTE = 1_100;

export interface LogReading {
  /** Text beyond it is `Overflow`; 512 MiB by default. */
  readonly maxBytes?: number | undefined;
  /**
   * Whether what writes the log has ended. Then a compressed log without an end is taken for cut, where the answer itself
   * does not tell how long it is. Default: no.
   */
  readonly hasEnded?: boolean | undefined;
  /** Leaves out a last line without line feed, which is still being written. Default: no. */
  readonly wholeLines?: boolean | undefined;
}

/**
 * Lines of a log that `open` gives, or that is not there (null). Every read begins at the log's first byte, since
 * Cuirass knows no ranges; breaking it off ends the request.
 * Reading throws `UpstreamMalformed` for what can't be read, `UpstreamUnreachable` for what was cut on its way, and
 * `Overflow` beyond `maxBytes` of text.
 */
export function createLogSource(
  origin: Origin,
  open: () => Promise<HttpStream | null>,
  reading: LogReading = {},
): LogSource {
  return {
    async *read(start) {
      let number = 0;
      for await (const text of logLines(origin, open, reading)) {
        if (number >= start) yield toLogLine(number, text);
        number += 1;
      }
    },

    async count() {
      const lines = logLines(origin, open, reading);
      let count = 0;
      while ((await lines.next()).done !== true) count += 1;
      return count;
    },
  };
}

/** The same as plain text, from the first line on. */
export async function* logLines(
  origin: Origin,
  open: () => Promise<HttpStream | null>,
  { maxBytes = LOG_TEXT_MAX_BYTES, hasEnded = false, wholeLines = false }: LogReading = {},
): AsyncGenerator<string, void, undefined> {
  const stream = await open();
  if (stream === null) return;
  let received = 0;
  const body = (async function* () {
    for await (const chunk of stream.body) {
      received += chunk.length;
      yield chunk;
    }
  })();
  const limit = () => Math.min(maxBytes, FREE_BYTES + received * TEXT_PER_BYTE);
  try {
    const text = bounded(origin, textOf(origin, { ...stream, body }, hasEnded), limit);
    for await (const line of splitLogLines(text, !wholeLines)) {
      yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
  } finally {
    stream.discard();
  }
}

export function toLogLine(number: number, text: string): LogLine {
  return { number, time: null, level: null, text };
}

function textOf(origin: Origin, { headers, body }: HttpStream, hasEnded: boolean): AsyncIterable<Buffer> {
  const type = headers["content-type"] ?? "";
  // Where the answer tells its length itself, a log without an end is one whose writer has died: all there is.
  const isFramed = "content-length" in headers || "transfer-encoding" in headers;
  const needsEnd = hasEnded && !isFramed;
  if (type.includes("bzip2")) return decompress(origin, bunzip2(body, needsEnd), "bzip2");
  if (type.includes("html")) throw malformed(origin, "an HTML page instead of a log");
  const encoding = headers["content-encoding"] ?? "";
  if (encoding === "") return body;
  if (encoding === "gzip") return decompress(origin, gunzip(body, needsEnd), "gzip");
  throw malformed(origin, `the log has an encoding that Etna can't read; see \`rawUrl\``);
}

function gunzip(body: AsyncIterable<Buffer>, needsEnd: boolean): AsyncIterable<Buffer> {
  // The stream of a running build has no end, which is an error to gunzip unless told so.
  const text = createGunzip(needsEnd ? {} : { finishFlush: constants.Z_SYNC_FLUSH });
  pipeline(Readable.from(body), text, () => undefined);
  return text;
}

async function* decompress(
  origin: Origin,
  text: AsyncIterable<Buffer>,
  format: string,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* text;
  } catch (error) {
    if (error instanceof UpstreamError) throw error;
    if (error instanceof Bzip2Cut || (error instanceof Error && "code" in error && error.code === "Z_BUF_ERROR")) {
      const message = `the answer was cut: the log's ${format} has no end`;
      throw new UpstreamError({ ...origin, kind: "UpstreamUnreachable", message, cause: error });
    }
    const reason = error instanceof Bzip2Error ? ` (${error.message})` : "";
    throw malformed(origin, `the log is not ${format} although the server says so${reason}`, error);
  }
}

async function* bounded(
  { server, operation }: Origin,
  chunks: AsyncIterable<Buffer>,
  limit: () => number,
): AsyncGenerator<Buffer, void, undefined> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    const maxBytes = limit();
    if (size > maxBytes) {
      const message = `the log has more than ${maxBytes} bytes of text, too many for its size; see \`rawUrl\``;
      throw new Overflow("LIMIT_EXCEEDED", `${server}: ${operation}: ${message}`);
    }
    yield chunk;
  }
}
