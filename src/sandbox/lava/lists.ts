// REST lists: filters as django-filter reads them, `ordering`, pages (lava.md section 3.2). An unknown filter name is ignored.
import type { Generation } from "./generation.js";
import { type Call, crash, json, type Reply, ReplyWith } from "./http.js";
import type { Micros } from "./model.js";

/** Reads a filter's text and gives the test for an item: false, or how often it is listed. Throws ReplyWith for a bad value. */
export type Filter<T> = (value: string, name: string) => (item: T) => boolean | number;
export type Filters<T> = Readonly<Record<string, Filter<T>>>;
export type Orderings<T> = Readonly<Record<string, (item: T) => number | string | boolean | null>>;

const LIMIT = 50;

function invalid(name: string, message: string): ReplyWith {
  return new ReplyWith(json(400, { [name]: [message] }));
}

export function text<T>(name: string, get: (item: T) => string | null): Filters<T> {
  return texts(name, (item) => {
    const value = get(item);
    return value === null ? [] : [value];
  });
}

/** For related rows: LAVA joins them, and lists an item once for each that fits. */
export function texts<T>(name: string, get: (item: T) => readonly string[]): Filters<T> {
  const by =
    (fits: (own: string, wanted: string) => boolean): Filter<T> =>
    (wanted) =>
    (item) =>
      get(item).filter((own) => fits(own, wanted)).length;
  return {
    [name]: by((own, wanted) => own === wanted),
    [`${name}__in`]: by((own, wanted) => wanted.split(",").includes(own)),
    [`${name}__contains`]: by((own, wanted) => own.includes(wanted)),
    [`${name}__icontains`]: by((own, wanted) => own.toLowerCase().includes(wanted.toLowerCase())),
    [`${name}__startswith`]: by((own, wanted) => own.startsWith(wanted)),
    [`${name}__endswith`]: by((own, wanted) => own.endsWith(wanted)),
  };
}

type Lookup = "exact" | "lt" | "lte" | "gt" | "gte" | "in" | "isnull";

const COMPARE: Readonly<Record<"exact" | "lt" | "lte" | "gt" | "gte", (a: number, b: number) => boolean>> = {
  exact: (a, b) => a === b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
};

function ordered<T>(
  name: string,
  get: (item: T) => number | null,
  lookups: readonly Lookup[],
  read: (value: string, filter: string) => number,
): Filters<T> {
  const filters: Record<string, Filter<T>> = {};
  for (const lookup of lookups) {
    if (lookup === "isnull") {
      filters[`${name}__isnull`] = (value) => {
        const wanted = booleanOf(value);
        return (item) => wanted === undefined || (get(item) === null) === wanted;
      };
    } else if (lookup === "in") {
      filters[`${name}__in`] = (value, filter) => {
        const wanted = new Set(
          value
            .split(",")
            .filter((part) => part !== "")
            .map((part) => read(part, filter)),
        );
        return (item) => wanted.has(get(item) ?? NaN);
      };
    } else {
      filters[lookup === "exact" ? name : `${name}__${lookup}`] = (value, filter) => {
        const wanted = read(value, filter);
        return (item) => {
          const own = get(item);
          return own !== null && COMPARE[lookup](own, wanted);
        };
      };
    }
  }
  return filters;
}

export function numbers<T>(name: string, get: (item: T) => number | null, lookups: readonly Lookup[]): Filters<T> {
  return ordered(name, get, lookups, (value, filter) => {
    if (!/^\s*-?\d+(\.\d+)?\s*$/.test(value)) throw invalid(filter, "Enter a number.");
    return Number(value);
  });
}

export function times<T>(name: string, get: (item: T) => Micros | null, lookups: readonly Lookup[]): Filters<T> {
  return ordered(name, get, lookups, (value, filter) => {
    const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6}))?)?\s*(Z|[+-]\d\d:?\d\d)?$/.exec(
      value.trim(),
    );
    const [, day = "", clock = "00:00", fraction = "", zone = "Z"] = parts ?? [];
    const ms = parts === null ? NaN : Date.parse(`${day}T${clock}${zone.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2")}`);
    if (Number.isNaN(ms)) throw invalid(filter, "Enter a valid date/time.");
    return ms * 1000 + Number(fraction.padEnd(6, "0"));
  });
}

function booleanOf(value: string): boolean | undefined {
  if (/^(true|1)$/i.test(value)) return true;
  return /^(false|0)$/i.test(value) ? false : undefined;
}

export function boolean<T>(name: string, get: (item: T) => boolean): Filters<T> {
  return {
    [name]: (value) => {
      const wanted = booleanOf(value);
      return (item) => wanted === undefined || get(item) === wanted;
    },
  };
}

/** Display names; a value that is none of them crashes older LAVA (500, message in the page), newer answers a bare array. */
export function names<T>(
  { crashes }: Generation,
  name: string,
  get: (item: T) => string,
  choices: readonly string[],
  options: { readonly anyCase?: boolean; readonly list?: boolean; readonly brackets?: "[]" } = {},
): Filters<T> {
  const [open, shut] = options.brackets === "[]" ? ["[", "]"] : ["(", ")"];
  const fold = (word: string): string => (options.anyCase === true ? word.toLowerCase() : word);
  const check = (value: string, words: readonly string[]): void => {
    if (words.every((word) => choices.some((choice) => fold(choice) === fold(word)))) return;
    const list = choices.map((choice) => `'${choice}'`).join(", ");
    const message = `Select a valid choice. ${value} is not one of the available choices: ${open}${list}${shut}`;
    throw new ReplyWith(crashes ? crash(`["${message}"]`) : json(400, [message]));
  };
  const filter =
    (split: boolean): Filter<T> =>
    (value) => {
      const words = split ? value.split(",") : [value];
      check(value, words);
      const wanted = words.map(fold);
      return (item) => wanted.includes(fold(get(item)));
    };
  return { [name]: filter(false), ...(options.list === true ? { [`${name}__in`]: filter(true) } : {}) };
}

/** A reference to a row: a value that is none of the rows is a 400. */
export function choice<T>(name: string, get: (item: T) => string | null, rows: () => readonly string[]): Filters<T> {
  return {
    [name]: (value, filter) => {
      if (!rows().includes(value)) {
        throw invalid(filter, "Select a valid choice. That choice is not one of the available choices.");
      }
      return (item) => get(item) === value;
    },
  };
}

export interface ListSpec<T> {
  readonly items: readonly T[];
  readonly filters: Filters<T>;
  readonly orderings: Orderings<T>;
  readonly show: (item: T) => unknown;
}

/** One page: `{count, next, previous, results}`. */
export function list<T>(call: Call, spec: ListSpec<T>): Reply {
  let items = [...spec.items];
  for (const [name, filter] of Object.entries(spec.filters)) {
    const value = call.query.get(name);
    if (value === null || value === "") continue;
    const times = filter(value, name);
    items = items.flatMap((item) => Array.from({ length: Number(times(item)) }, () => item));
  }
  items = order(items, call.query.get("ordering"), spec.orderings);
  const limit = positive(call.query.get("limit")) ?? LIMIT;
  const offset = positive(call.query.get("offset")) ?? 0;
  return json(200, {
    count: items.length,
    next: offset + limit < items.length ? pageUrl(call, limit, offset + limit) : null,
    previous: offset > 0 ? pageUrl(call, limit, offset - limit) : null,
    results: items.slice(offset, offset + limit).map(spec.show),
  });
}

function positive(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

function pageUrl(call: Call, limit: number, offset: number): string {
  const query = new URLSearchParams(call.query);
  query.set("limit", String(limit));
  if (offset > 0) query.set("offset", String(offset));
  else query.delete("offset");
  query.sort();
  return `${call.origin}${call.path}?${query.toString()}`;
}

function order<T>(items: T[], ordering: string | null, orderings: Orderings<T>): T[] {
  const keys = (ordering ?? "").split(",").flatMap((word) => {
    const descending = word.startsWith("-");
    const get = orderings[descending ? word.slice(1) : word];
    return get === undefined ? [] : [{ get, descending }];
  });
  if (keys.length === 0) return items;
  return items.sort((a, b) => {
    for (const { get, descending } of keys) {
      const result = compare(get(a), get(b));
      if (result !== 0) return descending ? -result : result;
    }
    return 0;
  });
}

// As PostgreSQL: null is greater than everything.
function compare(a: number | string | boolean | null, b: number | string | boolean | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}
