// Lines out of chunks of bytes, for the logs of both systems.

import { StringDecoder } from "node:string_decoder";

/** A longer line of a log is cut here. */
export const LOG_LINE_MAX_BYTES = 1024 * 1024;
/** What ends a line that was cut. */
export const LOG_LINE_CUT_MARK = " [… cut at 1 MiB]";

const LINE_FEED = 0x0a;

/**
 * The lines of a log, without their line feeds, from chunks of UTF-8 that may end anywhere. Blank lines count, so that
 * the n-th line is the server's line n; a last line without line feed counts when it is not empty. Bytes that are no
 * UTF-8 become U+FFFD. Holds one line at most.
 * @param isWritten whether the log is written to its end; else a last line without line feed is still being written, and
 * is left out.
 */
export async function* splitLogLines(
  chunks: AsyncIterable<Buffer>,
  isWritten = true,
): AsyncGenerator<string, void, undefined> {
  let begun = new PartialLine();
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to !== -1; to = chunk.indexOf(LINE_FEED, from)) {
      begun.add(chunk.subarray(from, to));
      yield begun.toString();
      begun = new PartialLine();
      from = to + 1;
    }
    begun.add(chunk.subarray(from));
  }
  if (isWritten && !begun.isEmpty) yield begun.toString();
}

/** Decoded at once at most. No line among them is longer, so that none has to be cut. */
const BLOCK_BYTES = 64 * 1024;

/** A line of a log by its place among those that were looked through, from 0. */
export interface FoundLine {
  readonly at: number;
  readonly text: string;
}

/** The same lines as those of `splitLogLines`, but only those that are wanted, and for less work: a block at a time. */
export class LineScan {
  #begun = new PartialLine();
  #count = 0;

  constructor(private readonly isWanted: (line: string) => boolean) {}

  /** Lines that have ended so far, wanted or not. */
  get count(): number {
    return this.#count;
  }

  /** The wanted ones of the lines that end in this chunk. */
  *add(chunk: Buffer): Generator<FoundLine, void, undefined> {
    for (let from = 0; from < chunk.length; from += BLOCK_BYTES) {
      yield* this.#addBlock(chunk.subarray(from, from + BLOCK_BYTES));
    }
  }

  /** The last line, where it has no line feed. */
  *end(): Generator<FoundLine, void, undefined> {
    if (!this.#begun.isEmpty) yield* this.#look(this.#begun.toString());
    this.#begun = new PartialLine();
  }

  *#addBlock(block: Buffer): Generator<FoundLine, void, undefined> {
    const first = block.indexOf(LINE_FEED);
    if (first === -1) {
      this.#begun.add(block);
      return;
    }
    this.#begun.add(block.subarray(0, first));
    yield* this.#look(this.#begun.toString());
    const last = block.lastIndexOf(LINE_FEED);
    const whole = block.toString("utf8", first + 1, last + 1);
    let from = 0;
    for (let to = whole.indexOf("\n"); to !== -1; to = whole.indexOf("\n", from)) {
      const line = whole.slice(from, to);
      if (this.isWanted(line)) yield { at: this.#count, text: line };
      this.#count += 1;
      from = to + 1;
    }
    this.#begun = new PartialLine();
    this.#begun.add(block.subarray(last + 1));
  }

  *#look(text: string): Generator<FoundLine, void, undefined> {
    if (this.isWanted(text)) yield { at: this.#count, text };
    this.#count += 1;
  }
}

class PartialLine {
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  #cut = false;

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  add(part: Buffer): void {
    const room = LOG_LINE_MAX_BYTES - this.#bytes;
    if (part.length > room) this.#cut = true;
    const kept = part.subarray(0, room);
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#bytes += kept.length;
  }

  toString(): string {
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    // The string decoder keeps back a character that the cut went through.
    return this.#cut ? new StringDecoder("utf8").write(bytes) + LOG_LINE_CUT_MARK : bytes.toString("utf8");
  }
}
