// The block `notify` of a definition: whom LAVA tells what when. From LAVA's documentation, "User notifications in
// LAVA", and its schema (`lava_common/schemas`, `notify`).

import { isMapping } from "../../codec/mapping.js";
import type { Mapping } from "../../codec/mapping.js";

/** The block in LAVA's own words. Absent keys are null; a single `callback` is a list of one. */
export interface NotifyBlock {
  readonly criteria: {
    readonly status: string;
    readonly type: string | null;
    readonly dependencyQuery: string | null;
  };
  readonly verbosity: string | null;
  readonly recipients: readonly NotifyTarget[];
  readonly callbacks: readonly NotifyCall[];
  readonly compare: { readonly query: NotifyQuery | null; readonly blacklist: readonly string[] } | null;
}

export interface NotifyTarget {
  readonly method: string;
  readonly user: string | null;
  readonly email: string | null;
  readonly handle: string | null;
  readonly server: string | null;
}

export interface NotifyCall {
  readonly url: string;
  readonly method: string | null;
  /** A secret: never shown. */
  readonly token: string | null;
  readonly header: string | null;
  readonly dataset: string | null;
  readonly contentType: string | null;
}

/** A saved query by its owner and name, or an entity with conditions. */
export interface NotifyQuery {
  readonly username: string | null;
  readonly name: string | null;
  readonly entity: string | null;
  readonly conditions: readonly (readonly [key: string, value: string])[];
}

/** Plain data for YAML or JSON; never empty lists or mappings. */
export type Tree = string | readonly Tree[] | { readonly [key: string]: Tree };

/** Reads the block of a parsed definition, whose scalars are text; null for none, or one without criteria. */
export function readNotifyBlock(block: unknown): NotifyBlock | null {
  if (!isMapping(block) || !isMapping(block.criteria)) return null;
  const { criteria, compare } = block;
  const status = text(criteria, "status");
  if (status === null) return null;
  return {
    criteria: { status, type: text(criteria, "type"), dependencyQuery: text(criteria, "dependency_query") },
    verbosity: text(block, "verbosity"),
    recipients: mappings(block.recipients).flatMap((recipient) => mappings([recipient.to]).map(toTarget)),
    callbacks: [...mappings(block.callbacks), ...mappings([block.callback])].flatMap(toCall),
    compare: isMapping(compare) ? { query: toQuery(compare.query), blacklist: texts(compare.blacklist) } : null,
  };
}

/** The block as LAVA wants it written. */
export function toTree(block: NotifyBlock): Tree {
  const { criteria, compare } = block;
  return tree({
    criteria: tree({ status: criteria.status, type: criteria.type, dependency_query: criteria.dependencyQuery }),
    verbosity: block.verbosity,
    recipients: block.recipients.map((target) => ({ to: tree({ ...target }) })),
    callbacks: block.callbacks.map(({ contentType, ...call }) => tree({ ...call, "content-type": contentType })),
    compare:
      compare === null
        ? null
        : tree({
            query: compare.query === null ? null : tree({ ...compare.query, conditions: conditions(compare.query) }),
            blacklist: compare.blacklist,
          }),
  });
}

/**
 * A callback's address without what may be a secret: no user, no password, no fragment, no token in the path, and of the
 * query only names and LAVA's own substitutions, `{STATUS}`.
 */
export function withoutSecrets(url: string, token: string | null): string {
  const [, scheme = "", authority = "", path = "", query] = ADDRESS.exec(url) ?? [];
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const place = token !== null && token.length >= TOKEN_MIN ? path.replaceAll(token, "***") : path;
  const shown = query?.split("&").map((pair) => {
    const [, name = "", value = pair] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    return SUBSTITUTION.test(value) ? pair : name === "" ? "***" : `${name}=***`;
  });
  return `${scheme}${host}${place}${shown === undefined ? "" : `?${shown.join("&")}`}`;
}

const ADDRESS = /^([a-z][a-z\d+.-]*:\/\/)?([^/?#]*)([^?#]*)(?:\?([^#]*))?/is;
/** A shorter one is hardly a secret, and would be found everywhere. */
const TOKEN_MIN = 4;
const SUBSTITUTION = /^\{\s*(?:[A-Z_-]+\s*)?\}$/;

function toTarget(to: Mapping): NotifyTarget {
  return {
    method: text(to, "method") ?? "",
    user: text(to, "user"),
    email: text(to, "email"),
    handle: text(to, "handle"),
    server: text(to, "server"),
  };
}

function toCall(call: Mapping): NotifyCall[] {
  const url = text(call, "url");
  if (url === null) return [];
  return [
    {
      url,
      method: text(call, "method"),
      token: text(call, "token"),
      header: text(call, "header"),
      dataset: text(call, "dataset"),
      contentType: text(call, "content-type"),
    },
  ];
}

function toQuery(query: unknown): NotifyQuery | null {
  if (!isMapping(query)) return null;
  const { conditions } = query;
  return {
    username: text(query, "username"),
    name: text(query, "name"),
    entity: text(query, "entity"),
    conditions: isMapping(conditions)
      ? Object.entries(conditions).flatMap(([key, value]) => (typeof value === "string" ? [[key, value] as const] : []))
      : [],
  };
}

function conditions(query: NotifyQuery): Tree | null {
  return query.conditions.length === 0 ? null : Object.fromEntries(query.conditions);
}

function text(mapping: Mapping, key: string): string | null {
  const value = mapping[key];
  return typeof value === "string" ? value : null;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function mappings(value: unknown): readonly Mapping[] {
  return Array.isArray(value) ? value.filter(isMapping) : [];
}

/** Without the keys that hold nothing. */
function tree(members: Readonly<Record<string, Tree | null>>): { readonly [key: string]: Tree } {
  return Object.fromEntries(
    Object.entries(members).flatMap(([key, value]) =>
      value === null || (Array.isArray(value) && value.length === 0) ? [] : [[key, value]],
    ),
  );
}
