// Checks of filter values. LAVA takes an empty value, or one of blanks, for no filter at all and would return everything;
// and it cuts blanks off both ends of a text.

import { InputRefused } from "../../errors.js";
import { toWord } from "../protocol/enums.js";
import type { Query } from "../protocol/job-search.js";
import { LIST_ITEMS_MAX } from "../../ci/list-limits.js";

const TEXT_MAX_CHARACTERS = 1000;

/** A text to look for; null when none is given. Throws `InputRefused` for one that LAVA would not take as it is. */
export function readText(argument: string, text: string | null | undefined): string | null {
  if (text == null) return null;
  if (text === "") throw new InputRefused(argument, "is empty; leave it out to see all");
  if (text.trim() !== text) throw new InputRefused(argument, "begins or ends with white space, which LAVA cuts off");
  if (text.length > TEXT_MAX_CHARACTERS) {
    throw new InputRefused(argument, `has ${text.length} characters; allowed are ${TEXT_MAX_CHARACTERS}`);
  }
  if (text.includes("\0")) throw new InputRefused(argument, "holds a NUL character");
  return text;
}

/** A list of things to look for; null when none is given. Throws `InputRefused` when it is empty or too long. */
export function readList<T>(argument: string, items: readonly T[] | null | undefined): readonly T[] | null {
  if (items == null) return null;
  if (items.length === 0) throw new InputRefused(argument, "is empty; leave it out to see all");
  if (items.length > LIST_ITEMS_MAX) {
    throw new InputRefused(argument, `has ${items.length} items; allowed are ${LIST_ITEMS_MAX}`);
  }
  return items;
}

/** LAVA's filter for any of some names: `FIELD`, or `FIELD__in` with commas between. */
export function anyOf(field: string, argument: string, names: readonly string[] | null | undefined): Query {
  const list = readList(argument, names);
  if (list === null) return {};
  const texts = list.map((name) => readText(argument, name) ?? "");
  if (texts.length === 1) return { [field]: texts[0] };
  const torn = texts.find((name) => name.includes(","));
  if (torn !== undefined) throw new InputRefused(argument, "a name with a comma can only be asked for alone");
  return { [`${field}__in`]: texts.join(",") };
}

/** Members of one of the enums of `enums.ts` in LAVA's words; null when none is given. */
export function readWords(argument: string, members: readonly string[] | null | undefined): readonly string[] | null {
  const list = readList(argument, members);
  if (list?.includes("UNRECOGNIZED") === true) throw new InputRefused(argument, "UNRECOGNIZED can't be asked for");
  return list?.map(toWord) ?? null;
}
