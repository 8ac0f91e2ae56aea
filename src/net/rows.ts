// Lists at the border, read row by row where one is not as it should be. Tested by the `odd-rows` of each system.

import { z } from "zod";
import { fieldsOf } from "../codec/mapping.js";

/** A row of a list of which something could not be read. */
export interface OddRow {
  /** By field, what was wrong. These fields hold a stand-in. */
  readonly odd?: Readonly<Record<string, string>>;
  /** What was wrong with its key, where that could not be read: it holds one that no other row of the list has. */
  readonly lost?: string;
}

/** What puts a row in its place in a list: where it can't be read, the place is beside the row before, or else the next. */
export interface RowPlace<T> {
  /** A number, or a text. */
  readonly key: keyof T & string;
  /** Fields by which lists are in order, or that say which list a row is in. */
  readonly order: readonly (keyof T & string)[];
}

/**
 * A list in which a row that is not as it should be fails only itself, and only what is odd of it.
 * @param rough reads what it can of a row that has its key, with stand-ins for all else.
 */
export function rowsOf<T extends object>(whole: z.ZodType<T>, rough: z.ZodType<T>, place: RowPlace<T>) {
  const all = z.array(whole);
  return z.array(z.unknown()).transform((rows, context): readonly (T & OddRow)[] => {
    const read = all.safeParse(rows);
    if (read.success) return read.data;
    const placed = rows.map((row) => readRow(whole, rough, row));
    // A list of other things, rather than one of which a row is odd.
    if (placed.every((row) => row === null)) {
      const { issues } = read.error;
      for (const { path, message } of issues) context.addIssue({ code: "custom", path: [...path], message });
      return z.NEVER;
    }
    const keys = new Set<unknown>(placed.flatMap((row) => (row === null ? [] : [row[place.key]])));
    return placed.map((row, at) => {
      const beside =
        placed.slice(0, at).findLast((one) => one !== null) ?? placed.slice(at).find((one) => one !== null);
      if (beside == null || (row !== null && row.odd === undefined)) return row ?? z.NEVER;
      if (row !== null) return { ...row, ...borrowed(place, row.odd ?? {}, beside) };
      const key = freeKey(keys, placed, at, place.key);
      const lost = readRow(whole, rough, { ...fieldsOf(rows[at]), [place.key]: key });
      const fault = whole.safeParse(rows[at]).error?.issues[0];
      const why = `row ${at + 1}: at ${fault?.path.map(String).join(".") ?? place.key}: ${fault?.message ?? "odd"}`;
      return { ...(lost ?? beside), ...borrowed(place, lost?.odd ?? {}, beside), [place.key]: key, lost: why };
    });
  });
}

/** Those of which it is known what they are, and where they stand: whoever does more than to show rows takes these. */
export function placed<T extends OddRow>(rows: readonly T[], place: readonly (keyof T & string)[] = []): readonly T[] {
  if (rows.every(({ odd, lost }) => odd === undefined && lost === undefined)) return rows;
  return rows.filter(({ odd, lost }) => lost === undefined && place.every((name) => odd?.[name] === undefined));
}

/** Null for one without its key. */
function readRow<T extends object>(whole: z.ZodType<T>, rough: z.ZodType<T>, row: unknown): (T & OddRow) | null {
  const alone = whole.safeParse(row);
  if (alone.success) return alone.data;
  const rest = rough.safeParse(row);
  return rest.success ? { ...rest.data, odd: Object.fromEntries(alone.error.issues.map(toOdd).reverse()) } : null;
}

function borrowed<T extends object>(
  { order }: RowPlace<T>,
  odd: Readonly<Record<string, string>>,
  beside: T,
): Partial<T> {
  const names = order.filter((name) => odd[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, beside[name]])) as Partial<T>;
}

/** Between those beside it, as far as numbers go: a page that ends with it goes on there. */
function freeKey<T extends object>(
  keys: Set<unknown>,
  rows: readonly (T | null)[],
  at: number,
  name: keyof T & string,
): unknown {
  const keyOf = (row: T | null | undefined) => (row == null ? undefined : row[name]);
  const before = keyOf(rows.slice(0, at).findLast((row) => row !== null));
  const next = keyOf(rows.slice(at).find((row) => row !== null));
  const [from, isBehind] = before === undefined ? [next, false] : [before, true];
  if (typeof from !== "number") return `${String(from)}\u0000${at}`;
  const grows = typeof before === "number" && typeof next === "number" && next > before;
  let key: number = from;
  do key += grows === isBehind ? 1 : -1;
  while (keys.has(key));
  keys.add(key);
  return key;
}

function toOdd({ path, message }: z.core.$ZodIssue): [string, string] {
  return [String(path[0]), `at ${path.map(String).join(".")}: ${message}`];
}
