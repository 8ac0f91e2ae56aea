// Places in a feed as text for subscribers. Numbers of a ring count what one process has seen; a cursor says which log it is
// of (its generation) and the number there, so that whoever reads the same log goes on from it. It is sealed: numbers in
// clear would count the events that a viewer may not see.

import { randomBytes } from "node:crypto";
import { SealingKey } from "./sealing-key.js";

const DIGITS = 12;
const GENERATION_BYTES = 8;
/** Beginnings of logs whose cursors are still read; each new one replaces what the ring holds. */
const SEGMENTS_MAX = 4;

/** A new name for a log: of one length, and like no other. */
export function newGeneration(): string {
  return randomBytes(GENERATION_BYTES).toString("base64url");
}

/**
 * Of this process alone, and not kept in `data.dir`: its logs end with it. What a cursor is to tell over a restart stands
 * beside, in the server's own terms.
 */
export const PROCESS_KEY = new SealingKey(randomBytes(32));

/** Places in several feeds at once, by the feeds' names, as one cursor. @param marks of `Cursors.mark`. */
export function sealMarks(key: SealingKey, marks: ReadonlyMap<string, string>): string {
  return key.seal(JSON.stringify([...marks]));
}

/** Null for a cursor of another key, and for text that is none. */
export function openMarks(key: SealingKey, cursor: string): ReadonlyMap<string, string> | null {
  const text = key.open(cursor);
  if (text?.startsWith("[") !== true) return null;
  return new Map(JSON.parse(text) as readonly (readonly [string, string])[]);
}

/** From the number `from` of the ring on, numbers are those of a log, moved by a constant. */
interface Segment {
  readonly generation: string;
  readonly from: number;
  /** What the log counts where the ring counts `from`. */
  readonly sequence: number;
}

/** The cursors of one feed. */
export class Cursors {
  /** In the order of their numbers; the last one is the present. */
  readonly #segments: Segment[];

  /** @param feed what counts; a cursor of one leads on in no other. */
  constructor(
    readonly feed: string,
    readonly key: SealingKey = PROCESS_KEY,
  ) {
    this.#segments = [{ generation: newGeneration(), from: 0, sequence: 0 }];
  }

  /** The ring's number `from` is `sequence` of this log, and so on from there. */
  begin(generation: string, from: number, sequence: number): void {
    this.#segments.push({ generation, from, sequence });
    if (this.#segments.length > SEGMENTS_MAX) this.#segments.shift();
  }

  /** A place as this feed and its log have it, in clear. @param number of the ring; null leads nowhere. */
  mark(number: number | null): string {
    const segment = number === null ? undefined : this.#segments.findLast(({ from }) => from <= number);
    if (number === null || segment === undefined) return `${this.#segments.at(-1)?.generation ?? ""}:${toDigits(null)}`;
    return `${segment.generation}:${toDigits(number - segment.from + segment.sequence)}`;
  }

  /** The ring's number of a mark; -1, which nothing leads on from, for one of a log that is not this one any more. */
  numberOf(mark: string): number {
    const [, generation, digits] = /^([\w-]+):(\d+)$/.exec(mark) ?? [];
    const sequence = Number(digits);
    // The same log may have been read anew, further up.
    for (const [at, segment] of [...this.#segments.entries()].reverse()) {
      const number = sequence - segment.sequence + segment.from;
      const end = this.#segments[at + 1]?.from ?? Infinity;
      if (segment.generation === generation && number >= segment.from && number < end) return number;
    }
    return -1;
  }

  /** @param number null for a position that nothing leads on from, such as inside a snapshot. */
  seal(number: number | null): string {
    return this.key.seal(`${this.mark(number)}:${this.feed}`);
  }

  /** The position after which a subscriber that gives this cursor goes on, -1 where that is not known; null for none. */
  open(cursor: string | null | undefined): number | null {
    if (cursor == null) return null;
    const [, mark = "", feed] = /^([\w-]+:\d{12}):(.*)$/s.exec(this.key.open(cursor) ?? "") ?? [];
    return feed === this.feed ? this.numberOf(mark) : -1;
  }
}

/** Of one length, so that the length of a cursor does not tell either. */
function toDigits(number: number | null): string {
  return number === null ? "-".repeat(DIGITS) : String(number).padStart(DIGITS, "0");
}
