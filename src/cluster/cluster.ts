// What several gateways of the same servers have in common: the log of each server's events, and how much may be asked of it
// at once. Two implementations: alone (`alone.ts`), and over Redis (`redis/`). Nobody else asks which one it is.

import type { EventLog, Logged } from "../events/event-log.js";
import type { SealingKey } from "../events/sealing-key.js";
import type { Budget } from "../net/slots.js";

/** A configured server, as all gateways have it. */
export interface LabName {
  readonly name: string;
  /** Without a closing slash. */
  readonly url: string;
}

/**
 * - `alone`: there is no other gateway.
 * - `shared`: the gateways share what is in their log.
 * - `degraded`: they should, but the engine does not answer: each is alone until it does.
 */
export type ClusterMode = "alone" | "shared" | "degraded";

export interface ClusterStatus {
  readonly mode: ClusterMode;
  /** Living gateways with this one; while degraded, how many there were. */
  readonly members: number;
  /** How often the engine was lost since the start. */
  readonly lost: number;
  /** Why the engine is away; null while it is not. */
  readonly reason: string | null;
  readonly logs: readonly LogStatus[];
}

export interface LogStatus {
  readonly server: string;
  /** Entries that this gateway has not read yet, as of the last heartbeat. */
  readonly lag: number;
  /** Gateways that hear the server's whole bus. */
  readonly hearers: number;
}

/** What an administrator should hear of, as it happens. */
export type ClusterNotice =
  | { readonly kind: "away"; readonly reason: string; readonly members: number }
  | { readonly kind: "joined"; readonly members: number }
  /** The log of a server begins anew: the engine has lost some of it, and all cursors expire. */
  | { readonly kind: "generation"; readonly server: string };

export interface Cluster {
  /** What cursors are sealed with; whoever has the same opens them. */
  readonly cursorKey: SealingKey;
  openLog<E extends Logged>(lab: LabName): EventLog<E>;
  /** What may be asked of a server at once by all gateways together. */
  budgetOf(lab: LabName): Budget;
  status(): ClusterStatus;
  /** To be awaited before servers are started. Throws where the engine is required and does not answer. */
  start(): Promise<void>;
  close(): Promise<void>;
}
