// Times of LAVA: text in exports, logs and events (naive UTC or with an offset, a T or a blank, microseconds or none), and
// moments to the microsecond, as its database keeps them, where a Date would lose the last three digits.

import { InputRefused } from "../../errors.js";

const TIME =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))[T ]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(\.\d{1,9})?(?:Z|([+-])(\d\d):?(\d\d))?$/;

/**
 * The same moment as RFC 3339 in UTC with `Z`, its fraction of a second as written; null when the text is no time.
 * Text without a zone is UTC already (lava.md, sections 5 and 7).
 */
export function toUtc(text: string): string | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const [, date = "", clock = "", fraction = "", sign, hours, minutes] = match;
  const offset = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  if (offset === 0) return `${date}T${clock}${fraction}Z`;
  const moment = Date.parse(`${date}T${clock}Z`) - (sign === "-" ? -offset : offset) * 60_000;
  return `${new Date(moment).toISOString().slice(0, 19)}${fraction}Z`;
}

const PARTS = /^(.{19})(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
/** LAVA's years; others it calls no time at all. */
const FIRST = BigInt(Date.parse("0001-01-01T00:00:00Z")) * 1000n;
const LAST = BigInt(Date.parse("9999-12-31T23:59:59Z")) * 1000n;

/** Microseconds since 1970 of an RFC 3339 text, digits beyond them cut off; null when it is none. */
export function toMicros(text: string | null): bigint | null {
  if (text === null) return null;
  const [, clock = "", fraction = "", zone = ""] = PARTS.exec(text) ?? [];
  const ms = Date.parse(clock + zone);
  return Number.isNaN(ms) ? null : BigInt(ms) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, "0"));
}

/** RFC 3339 in UTC with six digits. */
export function fromMicros(micros: bigint): string {
  const second = micros >= 0n ? micros / 1_000_000n : -((999_999n - micros) / 1_000_000n);
  const fraction = (micros - second * 1_000_000n).toString().padStart(6, "0");
  return `${new Date(Number(second) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** An argument of type DateTime. Throws `InputRefused` for a year that LAVA does not know. */
export function readMicros(argument: string, text: string): bigint {
  const micros = toMicros(text);
  if (micros === null || micros < FIRST || micros > LAST) {
    throw new InputRefused(argument, "is no time between the years 1 and 9999 (UTC)");
  }
  return micros;
}
