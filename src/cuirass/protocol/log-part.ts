// Lines of a log that follow each other, as one buffer, so that memory knows to the byte what they take: numbers, where
// each block of lines begins, the text.

/** Text of a block: the least that is decoded for a page. */
const BLOCK_BYTES = 64 * 1024;
/** Bytes of a number, four of which come first: the first line, the line after the last, all lines, the blocks. */
const NUMBER = 4;
const HEAD_NUMBERS = 4;
const UNKNOWN = 0xffff_ffff;

interface Block {
  readonly firstLine: number;
  readonly lines: string[];
  bytes: number;
}

/** Collects lines, in order. */
export class LogPartWriter {
  readonly #blocks: Block[] = [];
  #end = 0;
  #bytes = 0;

  /** Of the text. */
  get bytes(): number {
    return this.#bytes;
  }

  add(number: number, text: string): void {
    const bytes = Buffer.byteLength(text) + 1;
    let block = this.#blocks.at(-1);
    if (block === undefined || block.bytes >= BLOCK_BYTES) {
      block = { firstLine: number, lines: [], bytes: 0 };
      this.#blocks.push(block);
    }
    block.lines.push(text);
    block.bytes += bytes;
    this.#bytes += bytes;
    this.#end = number + 1;
  }

  /** Gives up the oldest lines until no more text than this is left, or one block. */
  limit(maxBytes: number): void {
    while (this.#bytes > maxBytes && this.#blocks.length > 1) this.#bytes -= this.#blocks.shift()?.bytes ?? 0;
  }

  /** @param total lines of the whole log; null when unknown. */
  pack(total: number | null): Buffer {
    const head = [this.#blocks[0]?.firstLine ?? 0, this.#end, total ?? UNKNOWN, this.#blocks.length];
    let offset = 0;
    for (const { firstLine, bytes } of this.#blocks) {
      head.push(firstLine, offset);
      offset += bytes;
    }
    const numbers = Buffer.alloc(NUMBER * head.length);
    head.forEach((number, at) => numbers.writeUInt32LE(number, NUMBER * at));
    return Buffer.concat([numbers, ...this.#blocks.map(({ lines }) => Buffer.from(`${lines.join("\n")}\n`))]);
  }
}

/** Reads what a writer has packed. */
export class LogPart {
  constructor(private readonly packed: Buffer) {}

  get firstLine(): number {
    return this.#number(0);
  }

  /** Number of the line after the last one. */
  get end(): number {
    return this.#number(1);
  }

  /** Lines of the whole log; null when unknown. */
  get total(): number | null {
    const total = this.#number(2);
    return total === UNKNOWN ? null : total;
  }

  /** Its lines from a number on, with their numbers. */
  *lines(start: number): Generator<readonly [number, string], void, undefined> {
    const blocks = this.#number(3);
    const text = NUMBER * (HEAD_NUMBERS + 2 * blocks);
    for (let at = 0; at < blocks; at += 1) {
      const isLast = at === blocks - 1;
      if (start >= (isLast ? this.end : this.#firstLineOf(at + 1))) continue;
      const end = isLast ? this.packed.length : text + this.#offsetOf(at + 1);
      // Without the last line's end.
      const lines = this.packed.toString("utf8", text + this.#offsetOf(at), end - 1).split("\n");
      const first = this.#firstLineOf(at);
      for (const [line, text] of lines.entries()) if (first + line >= start) yield [first + line, text];
    }
  }

  #firstLineOf(block: number): number {
    return this.#number(HEAD_NUMBERS + 2 * block);
  }

  #offsetOf(block: number): number {
    return this.#number(HEAD_NUMBERS + 2 * block + 1);
  }

  #number(at: number): number {
    return this.packed.readUInt32LE(NUMBER * at);
  }
}
