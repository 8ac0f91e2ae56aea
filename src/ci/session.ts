// What the schema's common fields ask of each CI system.

import type { GraphQLResolveInfo } from "graphql";
import type { OperationScope } from "../cache/operation-scope.js";
import type { Credentials } from "./viewer.js";
import type { Download } from "./download.js";
import type { LogTail } from "./live/log-tail.js";
import type { Node } from "./graph/node.type.js";
import type { PageSource } from "./page.js";
import type { ServerPart } from "./live/merged-updates.js";
import type { CreatedSpan, Run } from "./graph/run.type.js";
import type { StatusFeed } from "./live/status-news.js";
import type { RunKind, RunOutcome, RunPhase } from "./enums.js";
import type { SearchLookup, SearchTerm } from "./search.js";
import type { Server } from "./graph/server.type.js";

/** Which runs; null asks for nothing in particular. All that are given must hold. Lists are never empty. */
export interface RunFilter extends CreatedSpan {
  readonly kinds: readonly RunKind[] | null;
  readonly phases: readonly RunPhase[] | null;
  readonly outcomes: readonly RunOutcome[] | null;
  /** In the name, upper and lower case alike; never empty. */
  readonly text: string | null;
}

/** One system as one viewer sees it, for one operation: loaders live and die with it. */
export interface CiSession {
  readonly servers: readonly Server[];
  /** Runs of each of its servers, newest first; none for a kind that this system does not have. */
  runs(filter: RunFilter): readonly PageSource<Run>[];
  /** Runs of each of its servers to follow; none for a kind that this system does not have. */
  runUpdates(kinds: readonly RunKind[] | null): readonly ServerPart<() => Run>[];
  /** What to ask its servers about a text that somebody searches for. */
  search(term: SearchTerm, count: number): readonly SearchLookup[];
  /** The node, null when it does not exist or the viewer may not see it, undefined when the type or server is not of this system. */
  node(typeName: string, server: string, key: string): Promise<Node | null> | undefined;
  /** A run's log to follow; undefined when the type or server is not of this system. */
  tail(typeName: string, server: string, key: string): LogTail | undefined;
  /**
   * A file below the system's `downloads`, by its path, split at slashes and decoded; null when there is none that the
   * viewer may see.
   */
  openDownload?(path: readonly string[], signal: AbortSignal): Promise<Download | null>;
  /** Forgets what the loaders hold; a subscription calls it before each event it delivers. */
  renew(): void;
}

/** Requests to all servers together. */
export interface OperationPrice {
  readonly estimated: number;
  /** An operation with a higher estimate is refused. */
  readonly limit: number;
}

/** What every resolver can ask of the request it serves. */
export interface RequestContext {
  readonly credentials: Credentials;
  readonly sessions: readonly CiSession[];
  readonly scope: OperationScope;
  /** When something has changed about how servers fare. */
  readonly statuses: StatusFeed;
  /** The gateway's own address as clients know it, or its folder there as a path, without a slash at its end; null for neither. */
  readonly gatewayUrl: string | null;
  /** What the operation may cost the servers. */
  readonly price: (info: GraphQLResolveInfo) => OperationPrice;
  /** Names a fault in the answer's `errors` although the field has a value: a merged list without one of its servers. */
  readonly report: (error: unknown) => void;
}
