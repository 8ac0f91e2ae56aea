// What may travel in a request to Cuirass: its ids, store items, and texts that survive its query strings, which it
// never percent-decodes (cuirass.md, section 1).

import { InputRefused } from "../../errors.js";
import { LIST_ITEMS_MAX } from "../../ci/list-limits.js";

declare const brand: unique symbol;
export type CuirassBuildId = number & { readonly [brand]: "CuirassBuildId" };
export type CuirassEvaluationId = number & { readonly [brand]: "CuirassEvaluationId" };
/** `HASH-NAME`: a store path without `/gnu/store/`. */
export type StoreItem = string & { readonly [brand]: "StoreItem" };
/** Text that reaches Cuirass unchanged in a query string. */
export type QueryText = string & { readonly [brand]: "QueryText" };

const ID_MAX = 2_147_483_647;

export function toBuildId(id: number): CuirassBuildId {
  return id as CuirassBuildId;
}

export function toEvaluationId(id: number): CuirassEvaluationId {
  return id as CuirassEvaluationId;
}

/** A positive integer that PostgreSQL holds in four bytes; beyond, Cuirass answers with an empty 500. Null for other text. */
export function parseId(text: string): number | null {
  if (!/^[1-9]\d{0,9}$/.test(text) || Number(text) > ID_MAX) return null;
  return Number(text);
}

export function readBuildId(argument: string, value: number): CuirassBuildId {
  return toBuildId(readId(argument, value));
}

export function readEvaluationId(argument: string, value: number): CuirassEvaluationId {
  return toEvaluationId(readId(argument, value));
}

function readId(argument: string, value: number): number {
  const id = parseId(String(value));
  if (id === null) throw new InputRefused(argument, `${value} is not an id; ids go from 1 to ${ID_MAX}`);
  return id;
}

/** Reads `/gnu/store/HASH-NAME`, or `HASH-NAME` alone; a path inside a store item stands for the item. Null for other text. */
export function parseStoreItem(text: string): StoreItem | null {
  const [, item] = /^(?:\/gnu\/store\/)?([0-9a-z]{32}-[\w+.?=-]{1,211})(?:\/.*)?$/s.exec(text) ?? [];
  return item === undefined ? null : (item as StoreItem);
}

export function readStoreItem(argument: string, text: string): StoreItem {
  const item = parseStoreItem(text);
  if (item === null) {
    throw new InputRefused(
      argument,
      `${JSON.stringify(text.slice(0, 60))} is not a store path; write /gnu/store/HASH-NAME`,
    );
  }
  return item;
}

/** Reads the store path of a derivation, which ends in `.drv`. */
export function readDerivation(argument: string, text: string): StoreItem {
  const item = readStoreItem(argument, text);
  if (!item.endsWith(".drv")) {
    throw new InputRefused(
      argument,
      `${JSON.stringify(text.slice(0, 60))} is not a derivation; write /gnu/store/HASH-NAME.drv`,
    );
  }
  return item;
}

/** Reads the beginning of a commit's hash: at least 7 hexadecimal digits, lower case afterwards. */
export function readCommit(argument: string, text: string): string {
  if (/^[0-9a-f]{7,64}$/i.test(text)) return text.toLowerCase();
  throw new InputRefused(
    argument,
    `${JSON.stringify(text.slice(0, 60))} is not a commit; write at least 7 hexadecimal digits of its hash`,
  );
}

/** The first character that Cuirass' query strings can't hold, since there is no way to escape one; undefined for none. */
function oddCharacter(text: string): string | undefined {
  return /[^!-~]|[&=#]/u.exec(text)?.[0];
}

/** Null for text that Cuirass can't be asked for, and for empty text. */
export function parseQueryText(text: string): QueryText | null {
  return text === "" || oddCharacter(text) !== undefined ? null : (text as QueryText);
}

export function readQueryText(argument: string, text: string): QueryText {
  if (text === "") throw new InputRefused(argument, "is empty; leave it out to see all");
  const odd = oddCharacter(text);
  if (odd !== undefined) {
    throw new InputRefused(
      argument,
      `holds ${JSON.stringify(odd)}, which Cuirass can't be asked for: only ASCII without space, &, = and #`,
    );
  }
  return text as QueryText;
}

/** Job names for a list, which Cuirass joins and splits by comma. */
export function readJobNames(argument: string, names: readonly string[]): readonly QueryText[] {
  if (names.length === 0) throw new InputRefused(argument, "is empty; leave it out to see all");
  if (names.length > LIST_ITEMS_MAX) throw new InputRefused(argument, `has more than ${LIST_ITEMS_MAX} names`);
  return names.map((name) => {
    const [odd] = /[,"{}\\]/.exec(name) ?? [];
    if (odd !== undefined)
      throw new InputRefused(argument, `${JSON.stringify(name.slice(0, 60))} holds ${odd}, which no job name does`);
    return readQueryText(argument, name);
  });
}
