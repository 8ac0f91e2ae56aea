// What `search` is asked for, taken apart once for all systems, and what each system contributes.

import type { Node } from "./graph/node.type.js";
import type { SearchMatch } from "./graph/search.type.js";
import type { Server } from "./graph/server.type.js";

/** The text, and what it can be; null for what it can't. */
export interface SearchTerm {
  /** Without blanks around it. */
  readonly text: string;
  readonly number: number | null;
  /** `2008.1`: a node of a multinode job. */
  readonly subId: string | null;
  readonly storePath: { readonly path: string; readonly hash: string } | null;
  /** A commit's hash, or at least 7 digits of its beginning. */
  readonly commit: string | null;
  /** Address of a page. */
  readonly url: string | null;
  /** Anything else may be a name. */
  readonly name: string | null;
}

export interface SearchFound {
  readonly matched: SearchMatch;
  readonly node: Node;
}

/** One question to one server. `find` is one upstream request, unless said otherwise. */
export interface SearchLookup {
  readonly server: Server;
  readonly find: (report: (error: unknown) => void) => Promise<readonly SearchFound[]>;
}

const ID_MAX = 2_147_483_647;
const STORE_PATH = /^(?:\/gnu\/store\/)?(([0-9a-df-np-sv-z]{32})-[^/\s]+)(?:\/.*)?$/;

/** Reads the text, which must not be blank. */
export function readTerm(given: string): SearchTerm {
  const text = given.trim();
  const number = /^[1-9]\d{0,9}$/.test(text) && Number(text) <= ID_MAX ? Number(text) : null;
  const subId = /^\d{1,10}\.\d{1,5}$/.test(text) ? text : null;
  const [, item, hash] = STORE_PATH.exec(text) ?? [];
  const storePath = item === undefined || hash === undefined ? null : { path: `/gnu/store/${item}`, hash };
  const commit = number === null && /^[0-9a-f]{7,40}$/.test(text) ? text : null;
  const url = /^https?:\/\/\S+$/i.test(text) ? text : null;
  const known = [number, subId, storePath, commit, url].some((one) => one !== null);
  return { text, number, subId, storePath, commit, url, name: known ? null : text };
}

/**
 * The part of an address below a server's own; null when it is of another server. People copy addresses: http or https, the
 * host in any case and a port that goes without saying make no difference.
 */
export function pathBelow(serverUrl: string, url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const [server, page] = [new URL(serverUrl), new URL(url)];
  const root = server.pathname.endsWith("/") ? server.pathname : `${server.pathname}/`;
  return page.host === server.host && page.pathname.startsWith(root) ? page.pathname.slice(root.length - 1) : null;
}
