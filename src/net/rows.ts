// Lists at the border, read row by row where one is not as it should be.

import { z } from "zod";

/** A row of a list of which something could not be read: by field, what was wrong. These fields hold a stand-in. */
export interface OddRow {
  readonly odd?: Readonly<Record<string, string>>;
}

/**
 * A list in which a row that is not as it should be fails only itself, and only what is odd of it.
 * @param rough reads as much of a row as Etna needs to put it in its place, with stand-ins for all else.
 */
export function rowsOf<T extends object>(whole: z.ZodType<T>, rough: z.ZodType<T>) {
  const all = z.array(whole);
  return z.array(z.unknown()).transform((rows, context): readonly (T & OddRow)[] => {
    const read = all.safeParse(rows);
    if (read.success) return read.data;
    return rows.map((row, at) => {
      const alone = whole.safeParse(row);
      const rest = alone.success ? alone : rough.safeParse(row);
      if (rest.success && alone.success) return rest.data;
      const issues = (rest.error ?? alone.error)?.issues ?? [];
      if (rest.success) return { ...rest.data, odd: Object.fromEntries(issues.map(toOdd).reverse()) };
      for (const { path, message } of issues) context.addIssue({ code: "custom", path: [at, ...path], message });
      return z.NEVER;
    });
  });
}

function toOdd({ path, message }: z.core.$ZodIssue): [string, string] {
  return [String(path[0]), `at ${path.map(String).join(".")}: ${message}`];
}
