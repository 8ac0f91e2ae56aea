// A key of the configuration is written once: its check, what it is for, and an example, which faults quote.

import { z } from "zod";

/** A key that may be left out. */
export function key<T extends z.ZodType>(check: T, example: string, description: string): z.ZodOptional<T> {
  return check.optional().meta({ description, examples: [example] });
}

/** The examples of all keys of an object, by their paths: `listen.port`. */
export function examplesOf(shape: z.ZodRawShape, path = ""): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([name, check]) => {
      const at = `${path}${name}`;
      const { examples } = (check as z.ZodType).meta() ?? {};
      const own = Array.isArray(examples) ? [[at, String(examples[0])]] : [];
      const inner = innerShape(check as z.ZodType);
      return [...own, ...(inner === null ? [] : Object.entries(examplesOf(inner, `${at}.`)))];
    }),
  );
}

/** The keys of an object, or of the objects of a list; null for anything else. */
function innerShape(check: z.ZodType): z.ZodRawShape | null {
  if (check instanceof z.ZodOptional) return innerShape(check.unwrap() as z.ZodType);
  if (check instanceof z.ZodArray) return innerShape(check.element as z.ZodType);
  return check instanceof z.ZodObject ? check.shape : null;
}
