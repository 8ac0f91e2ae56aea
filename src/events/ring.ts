// The last events of a feed, so that a subscriber who comes back can go on where it broke off.

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Events kept for one feed. */
export const RING_MAX = 10_000;

/** Numbered in the order in which they came. */
export interface Kept<T> {
  readonly number: number;
  readonly event: T;
}

/** Bounded: the oldest leave first. Whatever was lost between two events is marked, so that nobody skips it unaware. */
export class EventRing<T> {
  /** Full, each new one takes the place of the oldest. */
  readonly #kept: Kept<T>[] = [];
  #pushed = 0;
  #last = 0;
  #gapAt = -1;

  constructor(private readonly max = RING_MAX) {}

  /** The present position: a subscriber who goes on from here misses nothing that comes. */
  get last(): number {
    return this.#last;
  }

  push(event: T): number {
    this.#last += 1;
    this.#kept[this.#pushed % this.max] = { number: this.#last, event };
    this.#pushed += 1;
    return this.#last;
  }

  /** Events may have been lost: no position before leads over this one, which has a number of its own. */
  markGap(): void {
    this.#gapAt = this.#last;
    this.#last += 1;
  }

  /** All that came after this number; null when some of it has left the ring, or may never have come. */
  after(number: number): readonly Kept<T>[] | null {
    const kept = this.all();
    const [oldest] = kept;
    const hasLeft = oldest !== undefined && number < oldest.number - 1;
    if (number > this.#last || hasLeft || number <= this.#gapAt) return null;
    return kept.filter((one) => one.number > number);
  }

  /** All that are kept, oldest first. */
  all(): readonly Kept<T>[] {
    const oldest = this.#pushed % this.max;
    return this.#kept.slice(oldest).concat(this.#kept.slice(0, oldest));
  }
}

/**
 * Of this process alone, and not kept in `data.dir`: numbers count what one process has seen, so that no other could go on from
 * them. What a cursor is to tell over a restart stands beside, in the server's own terms.
 */
const processKey = randomBytes(32);
const IV_BYTES = 12;
const TAG_BYTES = 16;
const DIGITS = 12;

/**
 * A position as text that tells nothing: numbers in clear would count the events that a viewer may not see.
 * @param number null for a position that nothing leads on from, such as inside a snapshot.
 */
export function encodeCursor(feed: string, number: number | null): string {
  return seal(`${toDigits(number)}:${feed}`);
}

/** Null for a cursor of another process or feed, for text that is none, and for a position that was null. */
export function decodeCursor(feed: string, cursor: string): number | null {
  const [, number, name] = /^(\d{12}):(.*)$/s.exec(unseal(cursor) ?? "") ?? [];
  return name === feed ? Number(number) : null;
}

/** The position after which a subscriber that gives this cursor goes on; null for one that gives none. */
export function positionAfter(feed: string, cursor: string | null | undefined): number | null {
  // What can't be read is of another process, or none: -1 is a position that nothing leads on from.
  return cursor == null ? null : (decodeCursor(feed, cursor) ?? -1);
}

/** Positions in several feeds at once, by the feeds' names, as one text. */
export function encodePositions(positions: ReadonlyMap<string, number>): string {
  return seal(JSON.stringify([...positions].map(([feed, number]) => [feed, toDigits(number)])));
}

/** Null for a cursor of another process, and for text that is none. */
export function decodePositions(cursor: string): ReadonlyMap<string, number> | null {
  const text = unseal(cursor);
  if (text?.startsWith("[") !== true) return null;
  const pairs = JSON.parse(text) as readonly (readonly [string, string])[];
  return new Map(pairs.map(([feed, digits]) => [feed, Number(digits)]));
}

/** Of one length, so that the length of a cursor does not tell either. */
function toDigits(number: number | null): string {
  return number === null ? "-".repeat(DIGITS) : String(number).padStart(DIGITS, "0");
}

function seal(text: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", processKey, iv);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** Null for what this process has not sealed. */
function unseal(cursor: string): string | null {
  const bytes = Buffer.from(cursor, "base64url");
  try {
    // Refuses an IV or a tag that is too short, too.
    const iv = bytes.subarray(0, IV_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", processKey, iv, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)).toString("utf8") + decipher.final("utf8");
  } catch {
    return null;
  }
}
