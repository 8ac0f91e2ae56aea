// LAVA's own filters on `devices/`, `workers/` and `devicetypes/` (lava.md section 3.2), as far as a row says what they ask
// for: what is understood here gives the same rows as LAVA would.

import type { Query } from "../protocol/job-search.js";
import { upperCase } from "./job-query.js";

/** A page of things by name. */
export interface NameQuery<V> {
  readonly fits: (value: V) => boolean;
  /** Null for all. */
  readonly limit: number | null;
  readonly offset: number;
}

/** What a filter's name asks of a thing; null where its row does not say. */
export type FieldTests<V> = Readonly<Record<string, ((value: V) => string | null | undefined) | undefined>>;

const ASCII = /^[ -~]*$/;

/**
 * Null for a query that the rows can't answer.
 * @param order LAVA's name of the order that the rows stand in.
 * @param fields the fields that filters without suffix, or with `__in` and `__icontains`, compare.
 */
export function readNameQuery<V>(query: Query, order: string, fields: FieldTests<V>): NameQuery<V> | null {
  const tests: ((value: V) => boolean)[] = [];
  let limit: number | null = null;
  let offset = 0;
  if (query.ordering !== order) return null;
  for (const [name, value] of Object.entries(query)) {
    if (value == null || value === "" || name === "ordering" || name === "all") continue;
    const text = String(value);
    if (name === "limit") limit = Number(text);
    else if (name === "offset") offset = Number(text);
    else {
      const test = readTest(name, text, fields);
      if (test === null) return null;
      tests.push(test);
    }
  }
  if ((limit !== null && !(limit >= 1)) || !(offset >= 0)) return null;
  return { fits: (value) => tests.every((test) => test(value)), limit, offset };
}

function readTest<V>(name: string, text: string, fields: FieldTests<V>): ((value: V) => boolean) | null {
  const [, base = "", suffix] = /^(.+?)(?:__(in|icontains))?$/.exec(name) ?? [];
  const field = Object.hasOwn(fields, base) ? fields[base] : undefined;
  if (field === undefined) return null;
  if (suffix === undefined) return (value) => field(value) === text;
  if (suffix === "in") {
    const words = new Set(text.split(","));
    return (value) => words.has(field(value) ?? "");
  }
  // Other texts are the database's to compare.
  if (!ASCII.test(text)) return null;
  const needle = text.toUpperCase();
  return (value) => upperCase(field(value) ?? "").includes(needle);
}

export function pageOf<V>(all: readonly V[], { fits, limit, offset }: NameQuery<V>) {
  const found = all.filter(fits);
  const results = limit === null ? found : found.slice(offset, offset + limit);
  return { count: found.length, results };
}
