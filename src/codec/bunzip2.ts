// bzip2, which Node can't read, piece by piece and with bounded memory. After the layout that bzip2 1.0's decompress.c
// reads. Written here because the packages there are hold a whole block's text (40 MB and more of a monotonous log,
// ten times that in their arrays) before they give any of it, and fail on a file that is still being written.

/** Text is handed out in pieces of this size at most. */
const PIECE_BYTES = 64 * 1024;
/** After so many of them others get their turn: some 10 ms with what their reader does. */
const TURN_PIECES = 16;
const BLOCK_MAGIC = [0x314159, 0x265359] as const;
const END_MAGIC = [0x177245, 0x385090] as const;
const CODE_MAX_BITS = 20;
/** Codes of so many bits, nearly all, are looked up. */
const SHORT_BITS = 10;
/** No block is longer: 900,000 symbols of 20 bits, and its tables. */
const BLOCK_MAX_BYTES = 2_500_000;
/** Symbols that are decoded with one table before the next is chosen. */
const GROUP_SYMBOLS = 50;
const RUN_B = 1;

/** Not bzip2, or damaged. */
export class Bzip2Error extends Error {
  override readonly name = "Bzip2Error";
}

/** The end is missing. */
export class Bzip2Cut extends Bzip2Error {}

/** What has arrived ends inside a block. */
class OutOfInput extends Error {}

/**
 * The text of a bzip2 file, of several that were joined, or of one whose end is missing: of that, what its whole
 * blocks hold. Throws `Bzip2Error`. Holds one block, some 8 MB at most.
 * @param isWhole whether a missing end is an error, `Bzip2Cut`.
 */
export async function* bunzip2(
  chunks: AsyncIterable<Buffer>,
  isWhole = false,
): AsyncGenerator<Buffer, void, undefined> {
  const input = new Input(chunks);
  try {
    for (let table = await readHeader(input); table !== null; table = await readNextHeader(input)) {
      for (let block = await nextBlock(input, table); block !== "end"; block = await nextBlock(input, table)) {
        if (block === "cut") {
          if (isWhole) throw new Bzip2Cut("its end is missing");
          return;
        }
        let pieces = 0;
        for (const piece of textOf(block, table)) {
          yield piece;
          pieces += 1;
          // A monotonous block stands for 45 MB of text.
          if (pieces % TURN_PIECES === 0) await othersTurn();
        }
        // A block is up to 0.1 s of work.
        await othersTurn();
      }
    }
  } finally {
    await input.close();
  }
}

const othersTurn = () => new Promise((resolve) => setImmediate(resolve));

/** What has arrived and was not used. */
class Input {
  readonly #source: AsyncIterator<Buffer>;
  held: Buffer = Buffer.alloc(0);
  /** Bits of its first byte that were used. */
  used = 0;
  ended = false;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#source = chunks[Symbol.asyncIterator]();
  }

  /** Waits until so many bytes are held, or all there are. */
  async fill(bytes: number): Promise<void> {
    const parts = [this.held];
    let size = this.held.length;
    while (!this.ended && size < bytes) {
      const next = await this.#source.next();
      if (next.done === true) this.ended = true;
      else {
        parts.push(next.value);
        size += next.value.length;
      }
    }
    this.held = Buffer.concat(parts, size);
  }

  /** @param position in bits. */
  skipTo(position: number): void {
    this.held = this.held.subarray(position >> 3);
    this.used = position & 7;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

/** Room for a block of the file that begins here; null when nothing has been written yet. */
async function readHeader(input: Input): Promise<Uint32Array | null> {
  const table = await readNextHeader(input);
  if (table === null && !"BZh".startsWith(input.held.toString("latin1", 0, 4))) {
    throw new Bzip2Error("does not begin like bzip2");
  }
  return table;
}

/** The same after a file; null when no other follows. What else follows is ignored, as bzip2 does. */
async function readNextHeader(input: Input): Promise<Uint32Array | null> {
  await input.fill(4);
  const [, level] = /^BZh([1-9])$/.exec(input.held.toString("latin1", 0, 4)) ?? [];
  if (level === undefined) return null;
  input.skipTo(32);
  return new Uint32Array(Number(level) * 100_000);
}

/** `end`: of this file; `cut`: of what there is, inside a block. */
async function nextBlock(input: Input, table: Uint32Array): Promise<Block | "end" | "cut"> {
  for (let wanted = table.length * 1.3; ; wanted = input.held.length * 2) {
    await input.fill(wanted);
    const bits = new Bits(input.held, input.used);
    try {
      const block = readBlock(bits, table);
      // The next file begins with a byte.
      input.skipTo(block === null ? Math.ceil(bits.position / 8) * 8 : bits.position);
      return block ?? "end";
    } catch (error) {
      if (!(error instanceof OutOfInput)) throw error;
      if (input.held.length > BLOCK_MAX_BYTES) throw new Bzip2Error("a block that does not end");
      if (input.ended) return "cut";
    }
  }
}

class Bits {
  #held = 0;
  #count = 0;
  #at: number;

  constructor(
    private readonly bytes: Buffer,
    start: number,
  ) {
    this.#at = start >> 3;
    if ((start & 7) !== 0) this.read(start & 7);
  }

  /** In bits from the beginning. */
  get position(): number {
    return this.#at * 8 - this.#count;
  }

  /** The next `n` bits, 24 at most. */
  read(n: number): number {
    this.#fill(n);
    if (this.#count < n) throw new OutOfInput();
    this.#count -= n;
    return (this.#held >>> this.#count) & ((1 << n) - 1);
  }

  /** The next `n` bits without taking them, 24 at most; zeros where there are no more. */
  peek(n: number): number {
    this.#fill(n);
    const missing = n - this.#count;
    const bits = missing > 0 ? this.#held << missing : this.#held >>> -missing;
    return bits & ((1 << n) - 1);
  }

  #fill(n: number): void {
    while (this.#count < n && this.#at < this.bytes.length) {
      this.#held = (this.#held << 8) | (this.bytes[this.#at] ?? 0);
      this.#at += 1;
      this.#count += 8;
    }
  }

  read32(): number {
    return this.read(16) * 65_536 + this.read(16);
  }
}

interface Block {
  /** How many bytes of the table are used, before runs are spelled out. */
  readonly length: number;
  /** Where in the table the text begins. */
  readonly origin: number;
  readonly crc: number;
}

/** Reads a block into `table`, sorted; null at the file's end. */
function readBlock(bits: Bits, table: Uint32Array): Block | null {
  const magic = [bits.read(24), bits.read(24)] as const;
  const crc = bits.read32();
  // That sum is over the blocks' sums, each of which was compared.
  if (magic[0] === END_MAGIC[0] && magic[1] === END_MAGIC[1]) return null;
  if (magic[0] !== BLOCK_MAGIC[0] || magic[1] !== BLOCK_MAGIC[1])
    throw new Bzip2Error("no block where one should begin");
  if (bits.read(1) !== 0) throw new Bzip2Error("a block in a form that bzip2 gave up in 1997");
  const origin = bits.read(24);
  const bytes = readBytesUsed(bits);
  const codes = readCodes(bits, bytes.length + 2);
  const length = readSymbols(bits, codes, bytes, table);
  if (origin >= length) throw new Bzip2Error("a block that begins outside itself");
  sort(table, length);
  return { length, origin, crc };
}

function readBytesUsed(bits: Bits): number[] {
  const rows = bits.read(16);
  const used: number[] = [];
  for (let row = 0; row < 16; row += 1) {
    if (((rows >> (15 - row)) & 1) === 0) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column += 1) {
      if (((columns >> (15 - column)) & 1) === 1) used.push(row * 16 + column);
    }
  }
  if (used.length === 0) throw new Bzip2Error("a block without any byte");
  return used;
}

/** A Huffman code: of each length the highest code, and what to add to a code for its place in `symbols`. */
interface Code {
  /** By the next `SHORT_BITS` bits: symbol and length of a code that is not longer; 0 for one that is. */
  readonly short: Uint16Array;
  readonly highest: Int32Array;
  readonly offset: Int32Array;
  readonly symbols: Uint16Array;
}

interface Codes {
  readonly codes: readonly Code[];
  /** Which code each group of symbols has. */
  readonly selectors: Uint8Array;
}

function readCodes(bits: Bits, symbolCount: number): Codes {
  const count = bits.read(3);
  if (count < 2 || count > 6) throw new Bzip2Error(`${count} codes in a block`);
  const selectors = new Uint8Array(bits.read(15));
  const recent = [0, 1, 2, 3, 4, 5].slice(0, count);
  for (let at = 0; at < selectors.length; at += 1) {
    let place = 0;
    while (bits.read(1) === 1) place += 1;
    const [chosen] = recent.splice(place, 1);
    if (chosen === undefined) throw new Bzip2Error("a code that the block does not have");
    recent.unshift(chosen);
    selectors[at] = chosen;
  }
  return { codes: Array.from({ length: count }, () => readCode(bits, symbolCount)), selectors };
}

function readCode(bits: Bits, symbolCount: number): Code {
  const lengths = new Uint8Array(symbolCount);
  let length = bits.read(5);
  for (let symbol = 0; symbol < symbolCount; symbol += 1) {
    while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1;
    if (length < 1 || length > CODE_MAX_BITS) throw new Bzip2Error(`a code of ${length} bits`);
    lengths[symbol] = length;
  }
  const symbols = new Uint16Array(symbolCount);
  const short = new Uint16Array(1 << SHORT_BITS);
  const highest = new Int32Array(CODE_MAX_BITS + 1).fill(-1);
  const offset = new Int32Array(CODE_MAX_BITS + 1);
  let code = 0;
  let place = 0;
  for (let bitCount = 1; bitCount <= CODE_MAX_BITS; bitCount += 1) {
    offset[bitCount] = place - code;
    for (let symbol = 0; symbol < symbolCount; symbol += 1) {
      if (lengths[symbol] !== bitCount) continue;
      symbols[place] = symbol;
      const free = SHORT_BITS - bitCount;
      if (free >= 0) short.fill((symbol << 4) | bitCount, code << free, (code + 1) << free);
      place += 1;
      code += 1;
    }
    highest[bitCount] = code - 1;
    code <<= 1;
  }
  return { short, highest, offset, symbols };
}

/** Decodes a block's symbols to bytes in `table`, runs and moves to the front undone. How many there are. */
function readSymbols(bits: Bits, { codes, selectors }: Codes, bytes: readonly number[], table: Uint32Array): number {
  const recent = Uint8Array.from(bytes);
  const end = bytes.length + 1;
  let length = 0;
  let group = 0;
  let left = 0;
  let code: Code | undefined;
  let run = 0;
  let runBit = 1;
  for (;;) {
    if (left === 0) {
      code = codes[selectors[group] ?? -1];
      group += 1;
      left = GROUP_SYMBOLS;
    }
    left -= 1;
    if (code === undefined) throw new Bzip2Error("a block that does not end");
    const symbol = readSymbol(bits, code);
    if (symbol <= RUN_B) {
      // A run's length has digits of 1 and 2, the lowest first.
      run += runBit << symbol;
      runBit <<= 1;
      if (run > table.length) throw new Bzip2Error("a run longer than its block");
      continue;
    }
    if (run > 0) {
      if (length + run > table.length) throw new Bzip2Error("a block that is too long");
      table.fill(recent[0] ?? 0, length, length + run);
      length += run;
      run = 0;
      runBit = 1;
    }
    if (symbol === end) return length;
    if (length === table.length) throw new Bzip2Error("a block that is too long");
    const byte = recent[symbol - 1] ?? 0;
    recent.copyWithin(1, 0, symbol - 1);
    recent[0] = byte;
    table[length] = byte;
    length += 1;
  }
}

function readSymbol(bits: Bits, { short, highest, offset, symbols }: Code): number {
  const found = short[bits.peek(SHORT_BITS)] ?? 0;
  if (found !== 0) {
    bits.read(found & 0xf);
    return found >> 4;
  }
  let value = bits.read(SHORT_BITS);
  for (let bitCount = SHORT_BITS + 1; bitCount <= CODE_MAX_BITS; bitCount += 1) {
    value = (value << 1) | bits.read(1);
    if (value > (highest[bitCount] ?? -1)) continue;
    const symbol = symbols[value + (offset[bitCount] ?? 0)];
    if (symbol !== undefined) return symbol;
    break;
  }
  throw new Bzip2Error("bits that are no code");
}

/** Burrows and Wheeler's sort undone: beside each byte, in its upper 24 bits, where the byte after it is. */
function sort(table: Uint32Array, length: number): void {
  const next = new Uint32Array(256);
  for (let at = 0; at < length; at += 1) next[table[at] ?? 0] = (next[table[at] ?? 0] ?? 0) + 1;
  let sum = 0;
  for (let byte = 0; byte < 256; byte += 1) {
    const count = next[byte] ?? 0;
    next[byte] = sum;
    sum += count;
  }
  for (let at = 0; at < length; at += 1) {
    const byte = (table[at] ?? 0) & 0xff;
    const place = next[byte] ?? 0;
    table[place] = (table[place] ?? 0) | (at << 8);
    next[byte] = place + 1;
  }
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

/** A block's text: four equal bytes are followed by how many more there are. */
function* textOf({ length, origin, crc: told }: Block, table: Uint32Array): Generator<Buffer, void, undefined> {
  let piece = Buffer.allocUnsafe(PIECE_BYTES);
  let size = 0;
  let crc = -1;
  let entry = table[origin] ?? 0;
  let last = -1;
  let equal = 0;
  for (let left = length; left > 0; left -= 1) {
    entry = table[entry >>> 8] ?? 0;
    const byte = entry & 0xff;
    let count = 1;
    let written = byte;
    if (equal === 4) {
      count = byte;
      written = last;
      equal = 0;
      last = -1;
    } else {
      equal = byte === last ? equal + 1 : 1;
      last = byte;
    }
    for (; count > 0; count -= 1) {
      crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ written] ?? 0);
      piece[size] = written;
      size += 1;
      if (size < PIECE_BYTES) continue;
      yield piece;
      piece = Buffer.allocUnsafe(PIECE_BYTES);
      size = 0;
    }
  }
  if (~crc >>> 0 !== told) throw new Bzip2Error("a block whose checksum is wrong");
  if (size > 0) yield piece.subarray(0, size);
}
