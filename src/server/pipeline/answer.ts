// A whole answer, and the forms in which a kept one goes over HTTP: as it is, or compressed.

import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { OperationSummary } from "./observer.js";

export interface Answer {
  /** Over HTTP. */
  readonly status: number;
  /** JSON in UTF-8, and a line feed. */
  readonly body: Buffer;
  /** What it answers. */
  readonly operation: OperationSummary;
  /** Whether its length may be seen compressed: see chosen-texts.ts. */
  readonly compressible: boolean;
  /** Of a kept answer. */
  readonly forms?: AnswerForms;
}

/** What an answer may be compressed as, the better first. */
export const ENCODINGS = ["br", "gzip"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** One of an answer's forms. */
export interface AnswerForm {
  readonly body: Buffer;
  /** Null for the plain form. */
  readonly encoding: Encoding | null;
}

/** A smaller answer fits in a packet as it is. */
export const COMPRESSED_MIN_BYTES = 1_500;
/** Answers that are compressed at once: the threads are also those of files and names. */
const AT_ONCE_MAX = 2;
/** Of the plain form; what comes out larger is not worth its memory. */
const WORTH = 0.9;
const TAG_CHARACTERS = 27;

const asBrotli = promisify(brotliCompress);
const asGzip = promisify(gzip);

let underWay = 0;

/** The forms of one kept answer. They are made when they are asked for again, in Node's pool of threads. */
export class AnswerForms {
  readonly #compressed = new Map<Encoding, Buffer | null>();
  readonly #plain: AnswerForm;
  #isAskedAgain = false;
  #tag: string | null = null;

  /**
   * @param compressible whether there is any other than the plain one.
   * @param grow called when a form has come to it, with its bytes; false: there is no room for it.
   */
  constructor(
    body: Buffer,
    private readonly compressible: boolean,
    private readonly grow: (bytes: number) => boolean,
  ) {
    this.#plain = { body, encoding: null };
    this.compressible &&= body.length > COMPRESSED_MIN_BYTES;
  }

  /** Whether the form depends on what the client takes. */
  get vary(): boolean {
    return this.compressible;
  }

  /** The same for equal answers: what an ETag is made of. */
  get tag(): string {
    return (this.#tag ??= tagOf(this.#plain.body));
  }

  /** @param takes what the client takes, the first being the best; the plain form where there is none yet. */
  choose(takes: Encoding | null): AnswerForm {
    if (!this.compressible || takes === null) return this.#plain;
    const body = this.#compressed.get(takes);
    if (body != null) return { body, encoding: takes };
    if (body === undefined && this.#isAskedAgain && underWay < AT_ONCE_MAX) void this.#compress(takes);
    this.#isAskedAgain = true;
    return this.#plain;
  }

  async #compress(encoding: Encoding): Promise<void> {
    const { body } = this.#plain;
    // Until it is there, and where it is not worth it.
    this.#compressed.set(encoding, null);
    underWay += 1;
    try {
      const compressed = await compress(body, encoding);
      if (compressed.length > WORTH * body.length || !this.grow(compressed.length)) return;
      this.#compressed.set(encoding, compressed);
    } finally {
      underWay -= 1;
    }
  }
}

async function compress(body: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === "gzip") return alone(await asGzip(body, { level: 1 }));
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;
  return alone(await asBrotli(body, { params: { [BROTLI_PARAM_QUALITY]: 4, [BROTLI_PARAM_SIZE_HINT]: body.length } }));
}

/** In memory of its own: Node gives small buffers parts of one block, all of which stays in memory with the last part. */
export function alone(body: Buffer): Buffer {
  if (body.buffer.byteLength === body.length) return body;
  const copy = Buffer.allocUnsafeSlow(body.length);
  body.copy(copy);
  return copy;
}

/** For an ETag: the same for equal bodies. */
export function tagOf(body: Buffer): string {
  return createHash("sha256").update(body).digest("base64url").slice(0, TAG_CHARACTERS);
}
