// A key of the configuration is written once: its check, what it is for, and an example, which faults quote.

import { z } from "zod";

/** A key that may be left out. */
export function key<T extends z.ZodType>(check: T, example: string, description: string): z.ZodOptional<T> {
  return check.optional().meta({ description, examples: [example] });
}

/** The examples of all keys of an object, by their paths: `listen.port`. */
export function examplesOf(shape: z.ZodRawShape, path = ""): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, check] of Object.entries(shape) as [string, z.ZodType][]) {
    const at = `${path}${name}`;
    const { examples } = check.meta() ?? {};
    if (Array.isArray(examples)) found[at] = String(examples[0]);
    const inner = innerShape(check);
    if (inner !== null) Object.assign(found, examplesOf(inner, `${at}.`));
  }
  return found;
}

/** The keys of an object, or of the objects of a list; null for anything else. */
function innerShape(check: z.ZodType): z.ZodRawShape | null {
  if (check instanceof z.ZodOptional) return innerShape(check.unwrap() as z.ZodType);
  if (check instanceof z.ZodArray) return innerShape(check.element as z.ZodType);
  return check instanceof z.ZodObject ? check.shape : null;
}
