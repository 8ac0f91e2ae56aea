// Which part of a very long log is in the list: a browser can't draw an element of any height.

/** Of 20 px each these are 16 million px; Firefox ends at about 17.8 million, Chromium at 33.5 million. */
export const BAND_ROWS = 800_000;

export interface Band {
  /** Of all rows, the first that is in the list. */
  readonly start: number;
  readonly rows: ArrayLike<number>;
}

/** The band that a row is in; `length` of all rows. */
export function bandAt(row: number): number {
  return Math.floor(Math.max(0, row) / BAND_ROWS);
}

/** @param at which band; the last one where there are not so many. */
export function bandOf(all: Int32Array | readonly number[], at: number): Band {
  if (all.length <= BAND_ROWS) return { start: 0, rows: all };
  const start = Math.min(at, bandAt(all.length - 1)) * BAND_ROWS;
  const end = Math.min(all.length, start + BAND_ROWS);
  return { start, rows: all instanceof Int32Array ? all.subarray(start, end) : all.slice(start, end) };
}
