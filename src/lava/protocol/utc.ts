// Times of LAVA's exports, logs and events: naive UTC or with an offset, a T or a blank, microseconds or none.

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
