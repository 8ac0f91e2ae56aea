// Values as people write them behind an option. Each reader throws commander's error with the fault and an example.

import { InvalidArgumentError, Option } from "@commander-js/extra-typings";

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION_MAX_MS = 1_000_000_000;

/** `3m`, `1h30m`, `500ms`; a bare number is seconds. In milliseconds, or null for other text. */
export function toDurationMs(text: string): number | null {
  if (/^\d{1,12}(?:\.\d{1,6})?$/.test(text)) return Number(text) * 1_000;
  const part = /(\d{1,12}(?:\.\d{1,6})?)(ms|[smhd])/y;
  let sum = 0;
  do {
    const [, count, unit] = part.exec(text) ?? [];
    if (unit === undefined) return null;
    sum += Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  } while (part.lastIndex < text.length);
  return sum;
}

/** For `--timeout`, in milliseconds. */
export function readDuration(text: string): number {
  const ms = toDurationMs(text);
  if (ms === null || ms <= 0 || ms > DURATION_MAX_MS)
    throw new InvalidArgumentError("Write seconds or a time with its unit, e.g. 600, 10m or 1h30m.");
  return ms;
}

/** For `--since`: how long ago (`2d`), or a date and time (`2026-11-30`, `2026-11-30T08:00:00Z`). RFC 3339, UTC. */
export function readTime(text: string): string {
  const ago = /\d$/.test(text) ? null : toDurationMs(text);
  if (ago !== null) return new Date(new Date().getTime() - ago).toISOString();
  const date = /^\d{4}-\d\d-\d\d/.test(text) ? new Date(text) : null;
  if (date === null || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError("Write how long ago, e.g. 2h or 3d, or a date, e.g. 2026-11-30.");
  return date.toISOString();
}

/** For a count of things on a page. */
export function readCount(text: string): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) === 0) throw new InvalidArgumentError("Write a number from 1 to 9999.");
  return Number(text);
}

/** The words of an enum of the schema, each as people write it: `RUNNING` as `running`. */
export function wordsOf<E extends string>(values: Readonly<Record<E, true>>): readonly string[] {
  return Object.keys(values).map((value) => value.toLowerCase().replaceAll("_", "-"));
}

/**
 * Reads words of an enum, with commas between, and the option repeated. The record names each value of the enum once, so
 * that a new one is not forgotten.
 */
export function readWords<E extends string>(
  values: Readonly<Record<E, true>>,
): (text: string, before: readonly E[] | undefined) => readonly E[] {
  const known = new Map(Object.keys(values).map((value) => [value, value as E] as const));
  return (text, before) => {
    const found = text.split(",").map((word) => known.get(word.trim().toUpperCase().replaceAll("-", "_")));
    const good = found.filter((value) => value !== undefined);
    if (good.length < found.length)
      throw new InvalidArgumentError(`Write one or more of ${wordsOf(values).join(", ")}.`);
    return [...(before ?? []), ...good];
  };
}

/** An option for words of an enum; completion offers them. */
export function optionOfWords<const Flags extends string, E extends string>(
  flags: Flags,
  description: string,
  values: Readonly<Record<E, true>>,
) {
  const words = wordsOf(values);
  return new Option(flags, `${description}: ${words.join(", ")}; several with commas`)
    .choices(words)
    .argParser<readonly E[] | undefined>(readWords(values));
}

/** Collects an option that may be repeated. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}
