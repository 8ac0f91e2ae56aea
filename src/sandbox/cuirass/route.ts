// What a route of the Cuirass sandbox is, and what it is given.

import type { Answer } from "./answers.js";
import type { Farm } from "./farm.js";

/** What the routes act upon. */
export interface Context {
  readonly farm: Farm;
  /** Whether it has what versions from 2024 on have. */
  readonly isNewer: boolean;
  readonly dashboards: Map<string, { readonly specification: string; readonly names: string }>;
  /** A specification's hook was called. */
  trigger(specification: string): void;
}

/** A request with what its route needs. */
export interface RouteRequest {
  readonly path: string;
  /** The decoded parts of the path that stand where the pattern has a word in capitals. */
  readonly args: readonly string[];
  readonly parameters: ReadonlyMap<string, string>;
}

export interface Route {
  readonly method: "GET" | "POST";
  /** Words in capitals stand for any part; a last `*` for all parts that follow, also none. */
  readonly pattern: string;
  readonly handle: (context: Context, request: RouteRequest) => Answer;
}
