// When a server that is overloaded wants to be asked again (RFC 9110, section 10.2.3).

/**
 * Milliseconds from now; null for an absent header, or one that is neither seconds nor a date.
 * @param now on the clock of `Date.now`, for the form with a date; one that has passed is 0.
 */
export function readRetryAfter(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = /^[A-Z][a-z]{2}, .* GMT$/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
